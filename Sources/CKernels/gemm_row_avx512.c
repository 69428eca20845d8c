#if defined(__x86_64__)

#define LANES 16
#include "gemm_row.inc"

TARGET void ck_gemm_row_avx512(const ck_row *t) { add_row(t); }

#endif
