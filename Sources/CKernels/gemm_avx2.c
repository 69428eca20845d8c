#if defined(__x86_64__)

#define LANES 8
#define TARGET __attribute__((target("avx2,fma")))
#include "CKernels.h"
#include "lanes.h"

/// Adds what is there already and the bias, rectifies, stores. `whole` says that all columns are there.
INLINE void finish(const ck_panel *t, size_t first, lanes sums[6][2], const int MR, const int NV, const int whole) {
    size_t wide[2]; // columns that a register has
    UNROLL for (int v = 0; v < NV; v++) wide[v] = whole ? 8 : t->columns - 8u * v;
    const size_t c_row = t->c_row;
    float *c = t->c + first * c_row;
    if (t->accumulate) {
        UNROLL for (int r = 0; r < MR; r++) {
            UNROLL for (int v = 0; v < NV; v++) sums[r][v] += load_part(c + r * c_row + 8 * v, wide[v]);
        }
    }
    if (t->bias) {
        UNROLL for (int v = 0; v < NV; v++) {
            const lanes bias = load_part(t->bias + 8 * v, wide[v]);
            UNROLL for (int r = 0; r < MR; r++) sums[r][v] += bias;
        }
    }
    if (t->relu) {
        const float ceiling = t->ceiling;
        UNROLL for (int r = 0; r < MR; r++) {
            UNROLL for (int v = 0; v < NV; v++) sums[r][v] = rectified_below(sums[r][v], ceiling);
        }
    }
    UNROLL for (int r = 0; r < MR; r++) {
        UNROLL for (int v = 0; v < NV; v++) store_part(c + r * c_row + 8 * v, sums[r][v], wide[v]);
    }
}

/// Rows first … first + MR of the panel, NV × 8 columns: MR · NV accumulators, NV registers of B, one broadcast of A.
///
/// `by_rows` says that a_step is 1. All three small numbers are constants where this is inlined, so the loops unroll.
INLINE void tile(const ck_panel *t, size_t first, const int MR, const int NV, const int by_rows) {
    lanes sums[6][2];
    UNROLL for (int r = 0; r < MR; r++) {
        UNROLL for (int v = 0; v < NV; v++) sums[r][v] = (lanes)0;
    }

    const size_t a_row = by_rows ? t->a_row : 1, a_step = by_rows ? 1 : t->a_step, b_step = t->b_step;
    const float *b = t->b;
    const size_t runs = t->runs ? t->count : 1;
    for (size_t run = 0; run < runs; run++) {
        const float *start = t->a + first * a_row + (t->runs ? t->runs[run] : 0);
        // Three rows share a base address, [base], [base + s], [base + 2 s].
        const float *base[2];
        UNROLL for (int g = 0; g < (MR + 2) / 3; g++) base[g] = start + 3 * g * a_row;
        for (size_t p = t->k; p > 0; p--) {
            lanes columns[2];
            UNROLL for (int v = 0; v < NV; v++) columns[v] = load(b + 8 * v);
            UNROLL for (int r = 0; r < MR; r++) {
                const __m256 a = _mm256_broadcast_ss(&base[r / 3][(r % 3) * a_row]);
                UNROLL for (int v = 0; v < NV; v++) sums[r][v] = _mm256_fmadd_ps(a, columns[v], sums[r][v]);
            }
            b += b_step;
            UNROLL for (int g = 0; g < (MR + 2) / 3; g++) base[g] += a_step;
        }
    }

    if (t->columns >= 8 * NV) finish(t, first, sums, MR, NV, 1);
    else finish(t, first, sums, MR, NV, 0);
}

#define ROWS(n)                                                                                                        \
    case n:                                                                                                            \
        tile(t, first, n, NV, by_rows);                                                                                \
        break;

/// Even tiles: a last one of a row or two would wait for its own sums most of the time.
INLINE void all_rows(const ck_panel *t, const int NV, const int by_rows) {
    size_t tiles = (t->rows + 5) / 6;
    for (size_t first = 0, rows; first < t->rows; first += rows, tiles--) {
        rows = (t->rows - first + tiles - 1) / tiles;
        switch (rows) {
            ROWS(1) ROWS(2) ROWS(3) ROWS(4) ROWS(5) ROWS(6)
        default:
            break;
        }
    }
}

TARGET void ck_gemm_avx2(const ck_panel *t) {
    if (ck_is_narrow(t)) return ck_gemm_narrow_avx2(t);
    if (t->a_step == 1) {
        if (t->columns > 8) all_rows(t, 2, 1);
        else all_rows(t, 1, 1);
    } else {
        if (t->columns > 8) all_rows(t, 2, 0);
        else all_rows(t, 1, 0);
    }
}

#endif
