#if defined(__aarch64__)

#include "CKernels.h"
#include <arm_neon.h>

#define INLINE static inline __attribute__((always_inline))

/// Rows first … first + MR of the panel, 8 columns: 2 · MR accumulators, 2 registers of B, one broadcast of A.
///
/// MR is a constant where this is inlined, so the loops unroll.
INLINE void tile(const ck_panel *t, size_t first, const int MR) {
    float32x4_t sums[8][2];
#pragma clang loop unroll(full)
    for (int r = 0; r < MR; r++) sums[r][0] = sums[r][1] = vdupq_n_f32(0);

    const float *b = t->b;
    const size_t runs = t->runs ? t->count : 1;
    for (size_t run = 0; run < runs; run++) {
        const float *a = t->a + first * t->a_row + (t->runs ? t->runs[run] : 0);
        for (size_t p = t->k; p > 0; p--) {
            const float32x4_t left = vld1q_f32(b), right = vld1q_f32(b + 4);
#pragma clang loop unroll(full)
            for (int r = 0; r < MR; r++) {
                const float32x4_t value = vld1q_dup_f32(a + (size_t)r * t->a_row);
                sums[r][0] = vfmaq_f32(sums[r][0], value, left);
                sums[r][1] = vfmaq_f32(sums[r][1], value, right);
            }
            a += t->a_step;
            b += t->b_step;
        }
    }

#pragma clang loop unroll(full)
    for (int r = 0; r < MR; r++) {
        float *c = t->c + (first + r) * t->c_row;
        float row[8];
        vst1q_f32(row, sums[r][0]);
        vst1q_f32(row + 4, sums[r][1]);
        for (size_t j = 0; j < t->columns; j++) {
            float y = t->accumulate ? c[j] + row[j] : row[j];
            if (t->bias) y += t->bias[j];
            c[j] = t->relu ? ck_rectified(y, t->ceiling) : y;
        }
    }
}

#define ROWS(n)                                                                                                        \
    case n:                                                                                                            \
        tile(t, first, n);                                                                                             \
        break;

/// Even tiles: a last one of a row or two would wait for its own sums most of the time.
void ck_gemm_neon(const ck_panel *t) {
    size_t tiles = (t->rows + 7) / 8;
    for (size_t first = 0, rows; first < t->rows; first += rows, tiles--) {
        rows = (t->rows - first + tiles - 1) / tiles;
        switch (rows) {
            ROWS(1) ROWS(2) ROWS(3) ROWS(4) ROWS(5) ROWS(6) ROWS(7) ROWS(8)
        default:
            break;
        }
    }
}

#endif
