#if defined(__x86_64__)

#define LANES 8
#define TARGET __attribute__((target("avx2,fma")))
#include "winograd.inc"

const ck_winograd ck_winograd_avx2 = WINOGRAD;

#endif
