#if defined(__x86_64__)

#define LANES 16
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#include "winograd.inc"

const ck_winograd ck_winograd_avx512 = WINOGRAD;

#endif
