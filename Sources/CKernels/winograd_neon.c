#if defined(__aarch64__)

#define LANES 4
#define TARGET
#include "winograd.inc"

const ck_winograd ck_winograd_neon = WINOGRAD;

#endif
