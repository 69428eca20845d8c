#if defined(__aarch64__)

#define LANES 4
#include "gemm_row.inc"

void ck_gemm_row_neon(const ck_row *t) { add_row(t); }

#endif
