#define _GNU_SOURCE // syscall
#include "CKernels.h"

#if defined(__x86_64__) && defined(__linux__)

#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma,amx-tile,amx-bf16")))
#define INLINE static inline __attribute__((always_inline)) TARGET
#define UNROLL _Pragma("clang loop unroll(full)")

// A tile register holds 16 rows of 16 words. A word is two bfloat16 numbers of a row of A or of a column of B: those at
// the depths i and i + 16 of a step of 32, for which two registers of floats need no shuffle.

enum {
    WORDS = 256,                        // of a tile
    STEP = 32,                          // depth of a tile
    CHUNK = CK_UNIT_CHUNK,              // words of B: a line of its own, then for each 16 columns hi, mid and lo
    HEADER = 16,                        // whose first word says that a number is infinite or none
    STEPS = 4,                          // of A that are taken apart at once: 24 KiB
    PIECES = 3 * WORDS,
};

/// The tiles' extents: 16 rows of 64 bytes, eight times.
static const struct {
    uint8_t palette, start, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} config = {1, 0, {0}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}};

int ck_unit_allowed(void) {
    // The operating system gives a process its tiles when it is asked: ARCH_REQ_XCOMP_PERM for XFEATURE_XTILEDATA.
    return syscall(SYS_arch_prctl, 0x1023, 18) == 0;
}

/// 32 numbers as three times 16 words; exactly, since 8 + 8 + 8 bits are all that a float has.
INLINE void take_apart(__m512 a, __m512 b, __m512i words[3]) {
    const __m512i top = _mm512_set1_epi32((int)0xffff0000);
    UNROLL for (int piece = 0; piece < 3; piece++) {
        // (a >> 16) | (b & top)
        words[piece] = _mm512_ternarylogic_epi32(
            _mm512_srli_epi32(_mm512_castps_si512(a), 16), _mm512_castps_si512(b), top, 0xf8);
        if (piece < 2) {
            a = _mm512_sub_ps(a, _mm512_castsi512_ps(_mm512_and_si512(_mm512_castps_si512(a), top)));
            b = _mm512_sub_ps(b, _mm512_castsi512_ps(_mm512_and_si512(_mm512_castps_si512(b), top)));
        }
    }
}

/// The lanes that are infinite or no number.
INLINE __mmask16 not_finite(__m512 x) { return _mm512_fpclass_ps_mask(x, 0x01 | 0x08 | 0x10 | 0x80); }

/// Zero where x and all before it are finite, else no number.
INLINE __m512 doubt(__m512 x, __m512 before) { return _mm512_fmadd_ps(x, _mm512_setzero_ps(), before); }
INLINE __mmask16 doubtful(__m512 doubts) { return _mm512_cmp_ps_mask(doubts, doubts, _CMP_UNORD_Q); }

INLINE __mmask16 first(size_t count) { return count >= 16 ? 0xFFFF : (__mmask16)((1u << count) - 1); }

TARGET static void pack(const float *b, size_t b_step, size_t depth, size_t columns, float *chunk) {
    __m512i *words = (__m512i *)(chunk + HEADER);
    __mmask16 bad = 0;
    for (size_t tile = 0; tile < 2; tile++) {
        const __mmask16 mask = first(columns > 16 * tile ? columns - 16 * tile : 0);
        for (size_t p = 0; p < 16; p++) {
            __m512 pair[2];
            for (size_t half = 0; half < 2; half++) {
                const size_t row = p + 16 * half;
                pair[half] = row < depth ? _mm512_maskz_loadu_ps(mask, b + row * b_step + 16 * tile) : _mm512_setzero_ps();
                bad |= not_finite(pair[half]);
            }
            __m512i pieces[3];
            take_apart(pair[0], pair[1], pieces);
            for (int piece = 0; piece < 3; piece++) _mm512_storeu_si512(words + (3 * tile + piece) * 16 + p, pieces[piece]);
        }
    }
    *(uint32_t *)chunk = bad != 0;
}

/// Where row r of A has its numbers from depth p on, and how many lie together.
INLINE const float *numbers(const ck_panel *t, size_t r, size_t p, size_t *together) {
    if (!t->runs) {
        *together = t->k - p;
        return t->a + r * t->a_row + p * t->a_step;
    }
    *together = t->k - p % t->k;
    return t->a + r * t->a_row + t->runs[p / t->k] + p % t->k;
}

/// Numbers p … p + depth of row r, together: where they lie, or copied to `row`.
INLINE const float *gathered(const ck_panel *t, size_t r, size_t p, size_t depth, float *row) {
    size_t together;
    const float *from = numbers(t, r, p, &together);
    if (together >= depth) return from;
    for (size_t q = 0; q < depth; q += together) {
        from = numbers(t, r, p + q, &together);
        if (together > depth - q) together = depth - q;
        for (size_t n = 0; n < together; n++) row[q + n] = from[n];
    }
    return row;
}

/// Takes a step of `depth` numbers apart.
INLINE __m512 take_step_apart(const float *from, size_t depth, uint32_t *to, __m512 doubts) {
    const __m512 a = depth >= 16 ? _mm512_loadu_ps(from) : _mm512_maskz_loadu_ps(first(depth), from);
    const __m512 b = depth == STEP ? _mm512_loadu_ps(from + 16)
                   : depth > 16    ? _mm512_maskz_loadu_ps(first(depth - 16), from + 16)
                                   : _mm512_setzero_ps();
    __m512i words[3];
    take_apart(a, b, words);
    UNROLL for (int piece = 0; piece < 3; piece++) _mm512_storeu_si512(to + piece * WORDS, words[piece]);
    return doubt(b, doubt(a, doubts));
}

/// Takes `count` rows of A apart, over `depth` numbers from `start` on; gives the rows that are not finite, one bit each.
INLINE uint32_t take_rows_apart(
    const ck_panel *t, size_t r, size_t count, size_t start, size_t depth, uint32_t *pieces) {
    __m512 doubts = _mm512_setzero_ps();
    float copy[STEP];
    for (size_t p = 0; p < depth; p += STEP) {
        const size_t wanted = depth - p < STEP ? depth - p : STEP;
        uint32_t *to = pieces + p / STEP * 2 * PIECES;
        if (!t->runs && wanted == STEP) {
            const float *from = t->a + r * t->a_row + start + p;
            for (size_t i = 0; i < count; i++, from += t->a_row) {
                doubts = take_step_apart(from, STEP, to + i / 16 * PIECES + i % 16 * 16, doubts);
            }
            continue;
        }
        for (size_t i = 0; i < count; i++) {
            const float *from = gathered(t, r + i, start + p, wanted, copy);
            doubts = take_step_apart(from, wanted, to + i / 16 * PIECES + i % 16 * 16, doubts);
        }
    }
    if (!doubtful(doubts)) return 0;
    uint32_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t p = 0; p < depth; p++) {
            size_t together;
            const float x = *numbers(t, r + i, start + p, &together);
            bad |= (uint32_t)!(x - x == 0) << i;
        }
    }
    return bad;
}

/// 16 × 16 words, transposed.
INLINE void transpose(__m512i x[16], uint32_t *to) {
    __m512i y[16];
    UNROLL for (int i = 0; i < 8; i++) {
        y[2 * i] = _mm512_unpacklo_epi32(x[2 * i], x[2 * i + 1]);
        y[2 * i + 1] = _mm512_unpackhi_epi32(x[2 * i], x[2 * i + 1]);
    }
    UNROLL for (int i = 0; i < 4; i++) {
        x[4 * i] = _mm512_unpacklo_epi64(y[4 * i], y[4 * i + 2]);
        x[4 * i + 1] = _mm512_unpackhi_epi64(y[4 * i], y[4 * i + 2]);
        x[4 * i + 2] = _mm512_unpacklo_epi64(y[4 * i + 1], y[4 * i + 3]);
        x[4 * i + 3] = _mm512_unpackhi_epi64(y[4 * i + 1], y[4 * i + 3]);
    }
    // Now x[4 i + j] holds, in its four quarters q, the words of rows 4 i … 4 i + 3 of column 4 q + j.
    UNROLL for (int j = 0; j < 4; j++) {
        const __m512i low = _mm512_shuffle_i32x4(x[j], x[4 + j], 0x88), low2 = _mm512_shuffle_i32x4(x[8 + j], x[12 + j], 0x88);
        const __m512i high = _mm512_shuffle_i32x4(x[j], x[4 + j], 0xdd), high2 = _mm512_shuffle_i32x4(x[8 + j], x[12 + j], 0xdd);
        _mm512_storeu_si512(to + (j + 0) * 16, _mm512_shuffle_i32x4(low, low2, 0x88));
        _mm512_storeu_si512(to + (j + 8) * 16, _mm512_shuffle_i32x4(low, low2, 0xdd));
        _mm512_storeu_si512(to + (j + 4) * 16, _mm512_shuffle_i32x4(high, high2, 0x88));
        _mm512_storeu_si512(to + (j + 12) * 16, _mm512_shuffle_i32x4(high, high2, 0xdd));
    }
}

/// The same where A lies transposed: 16 rows side by side, from one depth to the next a_step.
INLINE uint32_t take_columns_apart(
    const ck_panel *t, size_t r, size_t count, size_t start, size_t depth, uint32_t *pieces) {
    uint32_t bad = 0;
    for (size_t half = 0; 16 * half < count; half++) {
        const __mmask16 mask = first(count - 16 * half);
        __m512 doubts = _mm512_setzero_ps(); // a lane for each row
        for (size_t p = 0; p < depth; p += STEP) {
            __m512i words[3][16];
            UNROLL for (size_t i = 0; i < 16; i++) {
                const float *from = t->a + r + 16 * half + (start + p + i) * t->a_step;
                const __m512 a = p + i < depth ? _mm512_maskz_loadu_ps(mask, from) : _mm512_setzero_ps();
                const __m512 b =
                    p + i + 16 < depth ? _mm512_maskz_loadu_ps(mask, from + 16 * t->a_step) : _mm512_setzero_ps();
                doubts = doubt(b, doubt(a, doubts));
                __m512i three[3];
                take_apart(a, b, three);
                UNROLL for (int piece = 0; piece < 3; piece++) words[piece][i] = three[piece];
            }
            uint32_t *to = pieces + (p / STEP * 2 + half) * PIECES;
            UNROLL for (int piece = 0; piece < 3; piece++) transpose(words[piece], to + piece * WORDS);
        }
        bad |= (uint32_t)doubtful(doubts) << 16 * half;
    }
    return bad;
}

/// 16 MR rows times 16 NR columns over some steps. Of the nine products of pieces the six largest count: the others are
/// less than 2⁻²⁴ of the whole. The small ones come first.
INLINE void tiles(const uint32_t *a, const float *b, size_t steps, float *c, size_t c_row, int accumulate, const int MR, const int NR) {
    const size_t row = c_row * sizeof(float);
    if (accumulate) {
        _tile_loadd(0, c, row);
        if (NR > 1) _tile_loadd(1, c + 16, row);
        if (MR > 1) _tile_loadd(2, c + 16 * c_row, row);
        if (MR > 1 && NR > 1) _tile_loadd(3, c + 16 * c_row + 16, row);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (size_t s = 0; s < steps; s++) {
        const uint32_t *a0 = a + s * 2 * PIECES, *a1 = a0 + PIECES;
        const float *b0 = b + s * CHUNK + HEADER, *b1 = b0 + PIECES;
#define ROWS(piece)                                                                                                    \
    _tile_loadd(4, a0 + piece * WORDS, 64);                                                                            \
    if (MR > 1) _tile_loadd(5, a1 + piece * WORDS, 64);
#define COLUMNS(piece)                                                                                                 \
    _tile_loadd(6, b0 + piece * WORDS, 64);                                                                            \
    if (NR > 1) _tile_loadd(7, b1 + piece * WORDS, 64);
#define MULTIPLY                                                                                                       \
    _tile_dpbf16ps(0, 4, 6);                                                                                           \
    if (NR > 1) _tile_dpbf16ps(1, 4, 7);                                                                               \
    if (MR > 1) _tile_dpbf16ps(2, 5, 6);                                                                               \
    if (MR > 1 && NR > 1) _tile_dpbf16ps(3, 5, 7);
        ROWS(2) COLUMNS(0) MULTIPLY
        ROWS(1) MULTIPLY
        COLUMNS(1) MULTIPLY
        ROWS(0) MULTIPLY
        COLUMNS(2) MULTIPLY
        COLUMNS(0) MULTIPLY
    }
    _tile_stored(0, c, row);
    if (NR > 1) _tile_stored(1, c + 16, row);
    if (MR > 1) _tile_stored(2, c + 16 * c_row, row);
    if (MR > 1 && NR > 1) _tile_stored(3, c + 16 * c_row + 16, row);
}

INLINE void block(const uint32_t *a, const float *b, size_t steps, float *c, size_t c_row, int accumulate, size_t rows, size_t columns) {
    if (rows > 16) {
        if (columns > 16) tiles(a, b, steps, c, c_row, accumulate, 2, 2);
        else tiles(a, b, steps, c, c_row, accumulate, 2, 1);
    } else {
        if (columns > 16) tiles(a, b, steps, c, c_row, accumulate, 1, 2);
        else tiles(a, b, steps, c, c_row, accumulate, 1, 1);
    }
}

/// Sums as they stand, for numbers that are not finite: 16 columns of a row of C.
INLINE __m512 plain(const ck_panel *t, size_t r, size_t start, size_t depth, const float *b, size_t tile, __m512 sum) {
    for (size_t p = 0; p < depth; p++) {
        size_t together;
        const float a = *numbers(t, r, start + p, &together);
        const __m512i *words = (const __m512i *)(b + p / STEP * CHUNK + HEADER) + 48 * tile + p % 16;
        __m512 value = _mm512_setzero_ps();
        for (int piece = 2; piece >= 0; piece--) {
            __m512i word = _mm512_loadu_si512(words + 16 * piece);
            if (p % STEP < 16) word = _mm512_slli_epi32(word, 16);
            else word = _mm512_and_si512(word, _mm512_set1_epi32((int)0xffff0000));
            const __m512 part = _mm512_castsi512_ps(word);
            // What is not finite stands in the first piece alone.
            value = piece == 0 ? _mm512_mask_add_ps(part, (__mmask16)~not_finite(part), value, part) : _mm512_add_ps(value, part);
        }
        sum = _mm512_fmadd_ps(_mm512_set1_ps(a), value, sum);
    }
    return sum;
}

TARGET static void product(const ck_panel *t) {
    __attribute__((aligned(64))) uint32_t pieces[STEPS * 2 * PIECES];
    __attribute__((aligned(64))) float corner[32 * 32];
    const size_t whole = t->runs ? t->k * t->count : t->k;
    for (size_t r = 0; r < t->rows; r += 32) {
        const size_t rows = t->rows - r < 32 ? t->rows - r : 32;
        size_t start = 0;
        do {
            const size_t depth = whole - start < STEPS * STEP ? whole - start : STEPS * STEP;
            const size_t steps = (depth + STEP - 1) / STEP;
            const int accumulate = t->accumulate || start > 0, ends = start + depth == whole;
            const uint32_t bad = t->a_step == 1 ? take_rows_apart(t, r, rows, start, depth, pieces)
                                                : take_columns_apart(t, r, rows, start, depth, pieces);
            for (size_t column = 0; column < t->columns; column += 32) {
                const size_t columns = t->columns - column < 32 ? t->columns - column : 32;
                const float *b = t->b + column / 32 * t->b_step + start / STEP * CHUNK;
                float *c = t->c + r * t->c_row + column;
                uint32_t odd = bad;
                for (size_t s = 0; s < steps; s++) {
                    if (*(const uint32_t *)(b + s * CHUNK)) odd = ~0u;
                }
                if (rows % 16 == 0 && columns % 16 == 0 && !odd && !(ends && (t->bias || t->relu))) {
                    block(pieces, b, steps, c, t->c_row, accumulate, rows, columns);
                    continue;
                }
                if (accumulate) {
                    for (size_t i = 0; i < rows; i++) {
                        for (size_t v = 0; v < 2; v++) {
                            const __mmask16 mask = first(columns > 16 * v ? columns - 16 * v : 0);
                            _mm512_store_ps(corner + 32 * i + 16 * v, _mm512_maskz_loadu_ps(mask, c + i * t->c_row + 16 * v));
                        }
                    }
                }
                if (~odd) block(pieces, b, steps, corner, 32, accumulate, rows, columns);
                for (size_t i = 0; i < rows; i++) {
                    for (size_t v = 0; 16 * v < columns; v++) {
                        const __mmask16 mask = first(columns - 16 * v);
                        float *to = c + i * t->c_row + 16 * v;
                        __m512 y;
                        if (odd >> i & 1) {
                            // C itself still holds what the sums go on from.
                            y = accumulate ? _mm512_maskz_loadu_ps(mask, to) : _mm512_setzero_ps();
                            y = plain(t, r + i, start, depth, b, v, y);
                        } else {
                            y = _mm512_load_ps(corner + 32 * i + 16 * v);
                        }
                        if (ends && t->bias) y = _mm512_add_ps(y, _mm512_maskz_loadu_ps(mask, t->bias + column + 16 * v));
                        // max and min give their second operand where one is NaN.
                        if (ends && t->relu) {
                            y = _mm512_max_ps(_mm512_setzero_ps(), y);
                            if (t->ceiling > 0) y = _mm512_min_ps(_mm512_set1_ps(t->ceiling), y);
                        }
                        _mm512_mask_storeu_ps(to, mask, y);
                    }
                }
            }
            start += depth;
        } while (start < whole);
    }
}

TARGET static void run(const ck_panel *first, size_t times, size_t a_next, size_t b_next, size_t c_next) {
    ck_panel t = *first;
    _tile_loadconfig(&config);
    for (size_t i = 0; i < times; i++, t.a += a_next, t.b += b_next, t.c += c_next) product(&t);
    _tile_release();
}

const ck_matrix_unit ck_unit_amx = {pack, run};

#endif
