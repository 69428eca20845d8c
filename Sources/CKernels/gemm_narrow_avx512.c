#if defined(__x86_64__)

#define LANES 16
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#include "gemm_narrow.inc"

TARGET void ck_gemm_narrow_avx512(const ck_panel *panel) { narrow(panel); }

#endif
