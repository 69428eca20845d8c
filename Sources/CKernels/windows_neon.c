#if defined(__aarch64__)

#define LANES 4
#define TARGET
#include "windows.inc"

const ck_windows ck_windows_neon = WINDOWS;

#endif
