/// The files of Fixtures/digits as they are on disk (gzipped IDX), part of the program: an installed binary has them
/// wherever it runs. C, because Swift has no way to include a file's bytes that compiles in reasonable time.
#ifndef CEMBEDDED_H
#define CEMBEDDED_H

#include <stddef.h>

typedef struct {
    const char *name;
    const unsigned char *bytes;
    size_t count;
} cembedded_file;

/// Four files, named as MNIST's own.
enum { cembedded_digits_count = 4 };
extern const cembedded_file cembedded_digits[cembedded_digits_count];

#endif
