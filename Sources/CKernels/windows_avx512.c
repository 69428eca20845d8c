#if defined(__x86_64__)

#define LANES 16
#include "windows.inc"

const ck_windows ck_windows_avx512 = WINDOWS;

#endif
