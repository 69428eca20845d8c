/// The page's own files (Sources/digit-app/Public), part of the program: one binary serves them anywhere.
/// C, because Swift has no way to include a file's bytes that compiles in reasonable time.
#ifndef CPAGES_H
#define CPAGES_H

#include <stddef.h>

typedef struct {
    const char *name;
    const unsigned char *bytes;
    size_t count;
} cpages_file;

/// All files, named as they are in Public/.
const cpages_file *cpages_files(void);
size_t cpages_count(void);

/// The report about the model that is part of the program; empty where there is none.
extern const cpages_file cpages_report;

#endif
