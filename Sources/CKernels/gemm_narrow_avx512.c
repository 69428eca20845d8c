#if defined(__x86_64__)

#define LANES 16
#include "gemm_narrow.inc"

TARGET void ck_gemm_narrow_avx512(const ck_panel *panel) { narrow(panel); }

TARGET void ck_gemm_pooled_avx512(const ck_panel *panel, size_t a_line) { narrow_pooled(panel, a_line); }

#endif
