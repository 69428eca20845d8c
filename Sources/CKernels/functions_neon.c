#if defined(__aarch64__)

#define LANES 4
#include "functions.inc"

const ck_functions ck_functions_neon = FUNCTIONS;

#endif
