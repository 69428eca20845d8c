#if defined(__x86_64__)

#define LANES 16
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#include "functions.inc"

const ck_functions ck_functions_avx512 = FUNCTIONS;

#endif
