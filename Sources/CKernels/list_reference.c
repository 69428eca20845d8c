#include "CKernels.h"

/// The definition; without a branch, for no processor foresees where the zeros are.
void ck_list_reference(const float *a, size_t a_row, size_t rows, size_t k, const ck_nonzeros *found) {
    uint32_t count = 0, *ends = found->ends;
    for (size_t first = 0; first == 0 || first < k; first += CK_CHUNK) {
        const size_t end = k - first < CK_CHUNK ? k : first + CK_CHUNK;
        for (size_t r = 0; r < rows; r++) {
            for (size_t p = first; p < end; p++) {
                found->values[count] = a[r * a_row + p];
                found->places[count] = (uint32_t)p;
                count += a[r * a_row + p] != 0;
            }
            *ends++ = count;
        }
    }
}
