#if defined(__x86_64__)

#define LANES 16
#include "gemm_listed.inc"

TARGET void ck_gemm_listed_avx512(const ck_panel *panels, size_t b_next, const ck_nonzeros *listed) {
    gemm_listed(panels, b_next, listed);
}

#endif
