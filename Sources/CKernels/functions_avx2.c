#if defined(__x86_64__)

#define LANES 8
#include "functions.inc"

const ck_functions ck_functions_avx2 = FUNCTIONS;

#endif
