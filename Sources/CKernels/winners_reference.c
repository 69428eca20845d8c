#include "CKernels.h"

// The definition.

static void list(
    const float *dy, const float *winners, size_t pixels, size_t first, size_t row, size_t pixel, const ck_returns *t
) {
    for (size_t p = 0; p < pixels; p++) {
        for (size_t u = 0; u < t->units; u++) {
            const int winner = (int)winners[p * t->units + u];
            if (winner < 0) continue;
            const size_t at = u * t->room + t->counts[u]++;
            t->values[at] = dy[p * t->units + u];
            t->places[at] = (uint32_t)(first + 2 * p * pixel + (size_t)(winner / 2) * row + (size_t)(winner % 2) * pixel);
        }
    }
}

static void gather(const ck_returns *t, const float *x, float *sums, size_t width) {
    for (size_t u = 0; u < t->units; u++) {
        for (size_t i = u * t->room; i < u * t->room + t->counts[u]; i++) {
            for (size_t j = 0; j < width; j++) sums[u * width + j] += t->values[i] * x[t->places[i] + j];
        }
    }
}

static void scatter(const ck_returns *t, const float *weights, float *x, size_t width) {
    for (size_t u = 0; u < t->units; u++) {
        for (size_t i = u * t->room; i < u * t->room + t->counts[u]; i++) {
            for (size_t j = 0; j < width; j++) x[t->places[i] + j] += t->values[i] * weights[u * width + j];
        }
    }
}

const ck_winners ck_winners_reference = {list, gather, scatter, 96};
