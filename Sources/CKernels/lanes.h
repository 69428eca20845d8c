// One register of floats, for kernels that are the same loop on every instruction set. A file that includes this says
// how wide (LANES) and for which instructions (TARGET); the compiler then picks the instructions.

#include <stddef.h>

#define INLINE static inline __attribute__((always_inline)) TARGET

typedef float lanes __attribute__((ext_vector_type(LANES)));
typedef float unaligned_lanes __attribute__((ext_vector_type(LANES), aligned(4)));

/// LANES numbers.
INLINE lanes load(const float *from) { return *(const unaligned_lanes *)from; }
INLINE void store(float *to, lanes value) { *(unaligned_lanes *)to = value; }

/// The first `count` of LANES numbers, then zeros.
INLINE lanes load_part(const float *from, size_t count) {
    if (count >= LANES) return load(from);
    lanes value = {0};
    __builtin_memcpy(&value, from, count * sizeof(float));
    return value;
}

INLINE void store_part(float *to, lanes value, size_t count) {
    if (count >= LANES) store(to, value);
    else __builtin_memcpy(to, &value, count * sizeof(float));
}

INLINE lanes splat(float value) { return (lanes)value; }

/// max(value, 0), where NaN stays NaN.
INLINE lanes rectified(lanes value) { return value < 0 ? (lanes){0} : value; }
