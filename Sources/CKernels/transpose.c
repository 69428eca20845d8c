#include "CKernels.h"

typedef float four __attribute__((ext_vector_type(4)));
typedef float unaligned_four __attribute__((ext_vector_type(4), aligned(4)));

/// 4 × 4 numbers, in four registers that every 64-bit machine has.
static inline void block(const float *from, size_t from_row, float *to, size_t to_row) {
    const four a = *(const unaligned_four *)from, b = *(const unaligned_four *)(from + from_row);
    const four c = *(const unaligned_four *)(from + 2 * from_row), d = *(const unaligned_four *)(from + 3 * from_row);
    const four ac = __builtin_shufflevector(a, c, 0, 4, 1, 5), bd = __builtin_shufflevector(b, d, 0, 4, 1, 5);
    const four ac_high = __builtin_shufflevector(a, c, 2, 6, 3, 7), bd_high = __builtin_shufflevector(b, d, 2, 6, 3, 7);
    *(unaligned_four *)to = __builtin_shufflevector(ac, bd, 0, 4, 1, 5);
    *(unaligned_four *)(to + to_row) = __builtin_shufflevector(ac, bd, 2, 6, 3, 7);
    *(unaligned_four *)(to + 2 * to_row) = __builtin_shufflevector(ac_high, bd_high, 0, 4, 1, 5);
    *(unaligned_four *)(to + 3 * to_row) = __builtin_shufflevector(ac_high, bd_high, 2, 6, 3, 7);
}

void ck_transpose(const float *from, size_t from_row, size_t rows, size_t columns, float *to, size_t to_row) {
    size_t c = 0;
    for (; c + 4 <= columns; c += 4) {
        size_t r = 0;
        for (; r + 4 <= rows; r += 4) block(from + r * from_row + c, from_row, to + c * to_row + r, to_row);
        for (; r < rows; r++) {
            for (size_t i = 0; i < 4; i++) to[(c + i) * to_row + r] = from[r * from_row + c + i];
        }
    }
    for (; c < columns; c++) {
        for (size_t r = 0; r < rows; r++) to[c * to_row + r] = from[r * from_row + c];
    }
}
