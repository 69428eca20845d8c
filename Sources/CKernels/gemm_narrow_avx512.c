#if defined(__x86_64__)

#define LANES 16
#include "gemm_narrow.inc"

TARGET void ck_gemm_narrow_avx512(const ck_panel *panel) { narrow(panel); }

#endif
