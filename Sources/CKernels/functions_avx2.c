#if defined(__x86_64__)

#define LANES 8
#define TARGET __attribute__((target("avx2,fma")))
#include "functions.inc"

const ck_functions ck_functions_avx2 = FUNCTIONS;

#endif
