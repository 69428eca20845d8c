#if defined(__x86_64__)

#define LANES 8
#include "gemm_narrow.inc"

TARGET void ck_gemm_narrow_avx2(const ck_panel *panel) { narrow(panel); }

#endif
