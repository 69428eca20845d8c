#if defined(__x86_64__)

#include "CKernels.h"
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#define INLINE static inline __attribute__((always_inline)) TARGET

/// Rows first … first + MR of the panel, NV × 16 columns: MR · NV accumulators, NV registers of B, one broadcast of A.
///
/// `by_rows` says that a_step is 1. All three small numbers are constants where this is inlined, so the loops unroll.
INLINE void tile(const ck_panel *t, size_t first, const int MR, const int NV, const int by_rows) {
    __m512 sums[12][2];
#pragma clang loop unroll(full)
    for (int r = 0; r < MR; r++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < NV; v++) sums[r][v] = _mm512_setzero_ps();
    }

    const size_t a_row = by_rows ? t->a_row : 1, a_step = by_rows ? 1 : t->a_step, b_step = t->b_step;
    const float *b = t->b;
    const size_t runs = t->runs ? t->count : 1;
    for (size_t run = 0; run < runs; run++) {
        const float *start = t->a + first * a_row + (t->runs ? t->runs[run] : 0);
        // Three rows share a base address, [base], [base + s], [base + 2 s]: twelve bases would not fit the registers.
        const float *base[4];
#pragma clang loop unroll(full)
        for (int g = 0; g < (MR + 2) / 3; g++) base[g] = start + 3 * g * a_row;
        for (size_t p = t->k; p > 0; p--) {
            __m512 columns[2];
#pragma clang loop unroll(full)
            for (int v = 0; v < NV; v++) columns[v] = _mm512_loadu_ps(b + 16 * v);
#pragma clang loop unroll(full)
            for (int r = 0; r < MR; r++) {
                const __m512 a = _mm512_set1_ps(base[r / 3][(r % 3) * a_row]);
#pragma clang loop unroll(full)
                for (int v = 0; v < NV; v++) sums[r][v] = _mm512_fmadd_ps(a, columns[v], sums[r][v]);
            }
            b += b_step;
#pragma clang loop unroll(full)
            for (int g = 0; g < (MR + 2) / 3; g++) base[g] += a_step;
        }
    }

    __m512 bias[2];
    __mmask16 mask[2];
#pragma clang loop unroll(full)
    for (int v = 0; v < NV; v++) {
        const size_t left = t->columns > 16u * v ? t->columns - 16u * v : 0;
        mask[v] = left >= 16 ? 0xFFFF : (__mmask16)((1u << left) - 1);
        bias[v] = t->bias ? _mm512_maskz_loadu_ps(mask[v], t->bias + 16 * v) : _mm512_setzero_ps();
    }
    float *c = t->c + first * t->c_row;
    const size_t c_row = t->c_row;
    if (t->accumulate) {
#pragma clang loop unroll(full)
        for (int r = 0; r < MR; r++) {
#pragma clang loop unroll(full)
            for (int v = 0; v < NV; v++) {
                sums[r][v] = _mm512_add_ps(_mm512_maskz_loadu_ps(mask[v], c + r * c_row + 16 * v), sums[r][v]);
            }
        }
    }
    if (t->bias) {
#pragma clang loop unroll(full)
        for (int r = 0; r < MR; r++) {
#pragma clang loop unroll(full)
            for (int v = 0; v < NV; v++) {
                sums[r][v] = _mm512_add_ps(sums[r][v], bias[v]);
            }
        }
    }
    if (t->relu) {
#pragma clang loop unroll(full)
        for (int r = 0; r < MR; r++) {
#pragma clang loop unroll(full)
            for (int v = 0; v < NV; v++) {
                // max and min give their second operand where one is NaN.
                sums[r][v] = _mm512_max_ps(_mm512_setzero_ps(), sums[r][v]);
                if (t->ceiling > 0) sums[r][v] = _mm512_min_ps(_mm512_set1_ps(t->ceiling), sums[r][v]);
            }
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < MR; r++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < NV; v++) {
            _mm512_mask_storeu_ps(c + r * c_row + 16 * v, mask[v], sums[r][v]);
        }
    }
}

#define ROWS(n)                                                                                                        \
    case n:                                                                                                            \
        tile(t, first, n, NV, by_rows);                                                                                \
        break;

/// Even tiles: a last one of a row or two would wait for its own sums most of the time.
INLINE void all_rows(const ck_panel *t, const int NV, const int by_rows) {
    size_t tiles = (t->rows + 11) / 12;
    for (size_t first = 0, rows; first < t->rows; first += rows, tiles--) {
        rows = (t->rows - first + tiles - 1) / tiles;
        switch (rows) {
            ROWS(1) ROWS(2) ROWS(3) ROWS(4) ROWS(5) ROWS(6) ROWS(7) ROWS(8) ROWS(9) ROWS(10) ROWS(11) ROWS(12)
        default:
            break;
        }
    }
}

TARGET void ck_gemm_avx512(const ck_panel *t) {
    if (ck_is_narrow(t)) return ck_gemm_narrow_avx512(t);
    if (t->a_step == 1) {
        if (t->columns > 16) all_rows(t, 2, 1);
        else all_rows(t, 1, 1);
    } else {
        if (t->columns > 16) all_rows(t, 2, 0);
        else all_rows(t, 1, 0);
    }
}

#endif
