#if defined(__x86_64__)

#define LANES 16
#define TALLEST 12
#include "gemm.inc"

TARGET void ck_gemm_avx512(const ck_panel *t) {
    if (ck_is_narrow(t)) ck_gemm_narrow_avx512(t);
    else gemm(t);
}

#endif
