#if defined(__x86_64__)

#define LANES 16
#include "functions.inc"

const ck_functions ck_functions_avx512 = FUNCTIONS;

#endif
