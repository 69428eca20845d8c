#if defined(__x86_64__)

#define LANES 8
#define TARGET __attribute__((target("avx2,fma")))
#include "gemm_narrow.inc"

TARGET void ck_gemm_narrow_avx2(const ck_panel *panel) { narrow(panel); }

#endif
