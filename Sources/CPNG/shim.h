#pragma once
#include <png.h>

/// Opens a PNG in memory; 0 where it is none. A function, because the version of the structure is a macro with a cast.
static inline int cpng_open(png_image *image, const void *bytes, size_t count) {
    *image = (png_image){.version = PNG_IMAGE_VERSION};
    return png_image_begin_read_from_memory(image, bytes, count);
}

/// What libpng said last; Swift sees the array as a tuple.
static inline const char *cpng_message(const png_image *image) { return image->message; }

/// Whether it said so in earnest: 0 silence, 1 a warning, 2 and 3 an error. The bits have no names.
static inline unsigned cpng_severity(const png_image *image) { return image->warning_or_error & 3; }

/// Writes 8-bit pixels without gaps as a PNG; 0 where that fails, `*count` is then what it would have needed.
static inline int cpng_write(
    unsigned width, unsigned height, unsigned format, const void *pixels, void *bytes, size_t *count) {
    png_image image = {.version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = format};
    png_alloc_size_t size = *count;
    int done = png_image_write_to_memory(&image, bytes, &size, 0, pixels, 0, NULL);
    png_image_free(&image);
    *count = size;
    return done;
}
