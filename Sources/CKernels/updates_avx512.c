#if defined(__x86_64__)

#define LANES 16
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#include "updates.inc"

const ck_updates ck_updates_avx512 = UPDATES;

#endif
