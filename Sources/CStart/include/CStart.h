#ifndef CSTART_H
#define CSTART_H

/// The number of words on the command line as the system handed them to this process, its own name first; 0 where that
/// is not known.
int cs_argument_count(void);

/// The word at this place of the command line, `NULL` beyond its end.
const char *cs_argument(int index);

/// Whether this process may start `count` threads, at most 64 of them: 0 or 1.
int cs_can_start_threads(int count);

/// The path that the system was told to start, as long as the working folder is the same; `NULL` where it does not say.
const char *cs_program(void);

#endif
