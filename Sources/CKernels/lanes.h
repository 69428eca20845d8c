// One register of floats, for kernels that are the same loop on every instruction set. A file that includes this says
// how wide (LANES), which names the set (TARGET); the compiler then picks the instructions.

#include <stddef.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__x86_64__) && LANES == 16 && !defined(CK_EMULATED_AVX512)
#define MASKED_LANES
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#elif defined(__x86_64__) && LANES >= 8
#define TARGET __attribute__((target("avx2,fma")))
#else
#define TARGET
#endif

#define INLINE static inline __attribute__((always_inline)) TARGET

typedef float lanes __attribute__((ext_vector_type(LANES)));
typedef float unaligned_lanes __attribute__((ext_vector_type(LANES), aligned(4)));

/// What a comparison of lanes gives: all bits or none.
typedef int ints __attribute__((ext_vector_type(LANES)));

/// LANES numbers.
INLINE lanes load(const float *from) { return *(const unaligned_lanes *)from; }
INLINE void store(float *to, lanes value) { *(unaligned_lanes *)to = value; }

#if defined(__x86_64__) && LANES == 8
/// The mask of the first `count` lanes.
INLINE __m256i part(size_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
#endif

/// The first `count` of LANES numbers, then zeros.
INLINE lanes load_part(const float *from, size_t count) {
    if (count >= LANES) return load(from);
#if defined(MASKED_LANES)
    return _mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), from);
#elif defined(__x86_64__) && LANES == 8
    return _mm256_maskload_ps(from, part(count));
#else
    lanes value = (lanes)0;
    for (size_t i = 0; i < count; i++) value[i] = from[i];
    return value;
#endif
}

INLINE void store_part(float *to, lanes value, size_t count) {
    if (count >= LANES) return store(to, value);
#if defined(MASKED_LANES)
    _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), value);
#elif defined(__x86_64__) && LANES == 8
    // In pieces: masked stores are microcode on some processors, a dozen cycles each.
    __m128 rest = _mm256_castps256_ps128(value);
    if (count & 4) {
        _mm_storeu_ps(to, rest);
        rest = _mm256_extractf128_ps(value, 1);
        to += 4;
    }
    if (count & 2) {
        _mm_storel_pi((__m64 *)to, rest);
        rest = _mm_movehl_ps(rest, rest);
        to += 2;
    }
    if (count & 1) _mm_store_ss(to, rest);
#else
    for (size_t i = 0; i < count; i++) to[i] = value[i];
#endif
}

/// max(value, 0), where NaN stays NaN.
INLINE lanes rectified(lanes value) { return value < 0 ? (lanes)0 : value; }

/// The same, and no more than a ceiling above 0.
INLINE lanes rectified_below(lanes value, float ceiling) {
    value = rectified(value);
    return ceiling > 0 ? (value > ceiling ? (lanes)ceiling : value) : value;
}

/// The compiler may not read the value anew for each of its uses.
#if defined(CK_EMULATED_AVX512)
#define READ_ONCE(value)
#else
#define READ_ONCE(value) __asm__("" : "+v"(value))
#endif

#define UNROLL _Pragma("clang loop unroll(full)")
