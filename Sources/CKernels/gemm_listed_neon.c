#if defined(__aarch64__)

#define LANES 4
#include "gemm_listed.inc"

void ck_gemm_listed_neon(const ck_panel *panels, size_t b_next, const ck_nonzeros *listed) {
    gemm_listed(panels, b_next, listed);
}

#endif
