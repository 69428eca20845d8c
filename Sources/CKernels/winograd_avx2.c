#if defined(__x86_64__)

#define LANES 8
#include "winograd.inc"

const ck_winograd ck_winograd_avx2 = WINOGRAD;

#endif
