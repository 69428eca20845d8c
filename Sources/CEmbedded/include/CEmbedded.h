/// Files of Fixtures as they are on disk, part of the program: an installed binary has them wherever it runs. C, because
/// Swift has no way to include a file's bytes that compiles in reasonable time.
#ifndef CEMBEDDED_H
#define CEMBEDDED_H

#include <stddef.h>

typedef struct {
    const char *name;
    const unsigned char *bytes;
    size_t count;
} cembedded_file;

/// The gzipped IDX files of Fixtures/digits: four, named as MNIST's own.
enum { cembedded_digits_count = 4 };
extern const cembedded_file cembedded_digits[cembedded_digits_count];

/// Fixtures/models/digits.keras, the model that reads digits.
extern const cembedded_file cembedded_digits_model;

/// Fixtures/models/digits.distance, what tells how far an image is from the digits that the model knows.
extern const cembedded_file cembedded_digits_distance;

#endif
