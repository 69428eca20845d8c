#if defined(__x86_64__)

#define LANES 8
#define TARGET __attribute__((target("avx2,fma")))
#include "updates.inc"

const ck_updates ck_updates_avx2 = UPDATES;

#endif
