#if defined(__x86_64__)

#define LANES 16
#include "winograd.inc"

const ck_winograd ck_winograd_avx512 = WINOGRAD;

#endif
