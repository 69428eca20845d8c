#include "CKernels.h"

enum { MR = 4, NR = 8 };

/// The definition, for up to MR rows at once.
static void tile(const ck_panel *t, size_t first, size_t rows) {
    float sums[MR][NR] = {{0}};
    const float *b = t->b;
    const size_t runs = t->runs ? t->count : 1;
    for (size_t run = 0; run < runs; run++) {
        const float *a = t->a + first * t->a_row + (t->runs ? t->runs[run] : 0);
        for (size_t p = 0; p < t->k; p++, b += t->b_step) {
            for (size_t r = 0; r < rows; r++) {
                for (size_t j = 0; j < NR; j++) sums[r][j] += a[r * t->a_row + p * t->a_step] * b[j];
            }
        }
    }
    for (size_t r = 0; r < rows; r++) {
        float *c = t->c + (first + r) * t->c_row;
        for (size_t j = 0; j < t->columns; j++) {
            float y = t->accumulate ? c[j] + sums[r][j] : sums[r][j];
            if (t->bias) y += t->bias[j];
            c[j] = t->relu ? ck_rectified(y, t->ceiling) : y;
        }
    }
}

void ck_gemm_reference(const ck_panel *t) {
    for (size_t first = 0; first < t->rows; first += MR) {
        tile(t, first, t->rows - first < MR ? t->rows - first : MR);
    }
}
