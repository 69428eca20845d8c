#if defined(__aarch64__)

#define LANES 4
#include "winograd.inc"

const ck_winograd ck_winograd_neon = WINOGRAD;

#endif
