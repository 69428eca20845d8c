#if defined(__x86_64__)

#include "CKernels.h"
#include <immintrin.h>

/// For each pattern of four: which of them are not zero, and how many.
static const int order[16][4] = {
    {0}, {0}, {1}, {0, 1}, {2}, {0, 2}, {1, 2}, {0, 1, 2}, {3}, {0, 3}, {1, 3}, {0, 1, 3}, {2, 3}, {0, 2, 3}, {1, 2, 3},
    {0, 1, 2, 3},
};
static const uint8_t counts[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};

/// Four numbers at a time: those that are not zero are moved to the front, and the next four go right behind them.
__attribute__((target("avx2"))) void ck_list_avx2(
    const float *a, size_t a_row, size_t rows, size_t k, const ck_nonzeros *found
) {
    float *values = found->values;
    uint32_t *places = found->places, *ends = found->ends, count = 0;
    for (size_t first = 0; first == 0 || first < k; first += CK_CHUNK) {
        const size_t end = k - first < CK_CHUNK ? k : first + CK_CHUNK;
        for (size_t r = 0; r < rows; r++) {
            const float *row = a + r * a_row;
            size_t p = first;
            __m128i place = _mm_add_epi32(_mm_set1_epi32((int)p), _mm_setr_epi32(0, 1, 2, 3));
            for (; p + 4 <= end; p += 4) {
                const __m128 four = _mm_loadu_ps(row + p);
                const int pattern = _mm_movemask_ps(_mm_cmpneq_ps(four, _mm_setzero_ps()));
                const __m128i front = _mm_loadu_si128((const __m128i *)order[pattern]);
                _mm_storeu_ps(values + count, _mm_permutevar_ps(four, front));
                _mm_storeu_ps((float *)places + count, _mm_permutevar_ps(_mm_castsi128_ps(place), front));
                count += counts[pattern];
                place = _mm_add_epi32(place, _mm_set1_epi32(4));
            }
            for (; p < end; p++) {
                values[count] = row[p];
                places[count] = (uint32_t)p;
                count += row[p] != 0;
            }
            *ends++ = count;
        }
    }
}

#endif
