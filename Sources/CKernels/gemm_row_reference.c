#include "CKernels.h"

/// The definition.
void ck_gemm_row_reference(const ck_row *t) {
    for (size_t p = 0; p < t->k; p++) {
        if (t->a[p] == 0) continue;
        for (size_t j = 0; j < t->columns; j++) t->sums[j] += t->a[p] * t->b[p * t->b_step + j];
    }
}
