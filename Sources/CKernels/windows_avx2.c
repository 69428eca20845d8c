#if defined(__x86_64__)

#define LANES 8
#include "windows.inc"

const ck_windows ck_windows_avx2 = WINDOWS;

#endif
