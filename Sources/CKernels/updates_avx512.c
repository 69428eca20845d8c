#if defined(__x86_64__)

#define LANES 16
#include "updates.inc"

const ck_updates ck_updates_avx512 = UPDATES;

#endif
