#include "CKernels.h"

enum { NR = 8 };

/// The definition.
void ck_gemm_listed_reference(const ck_panel *t, size_t b_next, const ck_nonzeros *listed) {
    size_t i = 0;
    const uint32_t *ends = listed->ends;
    for (size_t first = 0; first == 0 || first < t->k; first += CK_CHUNK) {
        for (size_t r = 0; r < t->rows; r++) {
            float *sums = listed->sums + r * t->columns, *c = t->c + r * t->c_row;
            for (size_t j = 0; j < t->columns && first == 0; j++) sums[j] = 0;
            for (const size_t end = *ends++; i < end; i++) {
                const float *b = t->b + listed->places[i] * t->b_step;
                for (size_t j = 0; j < t->columns; j++) sums[j] += listed->values[i] * b[j / NR * b_next + j % NR];
            }
            for (size_t j = 0; j < t->columns && first + CK_CHUNK >= t->k; j++) {
                float y = t->accumulate ? c[j] + sums[j] : sums[j];
                if (t->bias) y += t->bias[j];
                c[j] = t->relu ? ck_rectified(y, t->ceiling) : y;
            }
        }
    }
}
