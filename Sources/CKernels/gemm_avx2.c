#if defined(__x86_64__)

#define LANES 8
#define TALLEST 6
#include "gemm.inc"

TARGET void ck_gemm_avx2(const ck_panel *t) {
    if (ck_is_narrow(t)) ck_gemm_narrow_avx2(t);
    else gemm(t);
}

#endif
