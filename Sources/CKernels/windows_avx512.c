#if defined(__x86_64__)

#define LANES 16
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#include "windows.inc"

const ck_windows ck_windows_avx512 = WINDOWS;

#endif
