#pragma once
#include <stddef.h>
#include <stdint.h>

// Micro-kernels: the innermost loops, once for each instruction set, behind one contract each.
//
// A file is named family_set.c and holds one family for one instruction set. dispatch.c holds the table. The reference
// works everywhere and is what the tests hold the others against: without the other files the package still works.
//
// No kernel knows shapes, layers or threads. No kernel keeps anything from one call to the next. Each result element is
// computed from the operands in an order that depends on the depth alone, so cutting the work elsewhere changes no bit.

/// The instruction sets there are kernels for. A higher one of the same family is the faster.
typedef enum ck_isa {
    CK_REFERENCE = 0,
    CK_NEON = 1,
    CK_AVX2 = 2,
    CK_AVX512 = 3,
    CK_AMX = 4, // AVX-512, and matrix products on the matrix unit
} ck_isa;

/// Whether this machine and its operating system run an instruction set.
int ck_isa_available(ck_isa isa);

// ---------------------------------------------------------------------------------------------------------------------
// Matrix product

/// One panel of a matrix product: C = A · B, or C = C + A · B; then + bias; then max(C, 0), and perhaps a ceiling.
///
///            B: k rows of nr columns,              A element (r, p) = a[r * a_row + p * a_step]:
///            row p at b + p * b_step                 a_step 1: rows as they lie in an image or a matrix
///                 ┌────nr────┐                       a_row 1:  the same, transposed
///               k │          │
///                 └──────────┘                     C row r at c + r * c_row;
///         ┌─k─┐   ┌columns┬──┐                     only `rows` × `columns` of it are touched
///    rows │ A │   │   C   ┆  │
///         └───┘   └───────┴──┘
///
/// A may lie in several runs, as the pixels under the rows of a window do: then k is the depth of one run, run i starts
/// at a + runs[i], and B has its rows one after the other, count · k of them.
typedef struct ck_panel {
    size_t k;
    const float *a;
    size_t a_row, a_step;  // one of them is 1
    const ptrdiff_t *runs; // `count` of them, or NULL for one run at a
    size_t count;
    const float *b;       // nr columns are read, whatever `columns` says
    size_t b_step;
    float *c;
    size_t c_row;
    size_t rows;    // any number; a kernel cuts it into even tiles of at most mr
    size_t columns; // 1 … nr
    const float *bias; // `columns` numbers, or NULL
    int accumulate;
    int relu;      // NaN stays NaN
    float ceiling; // if relu: min(C, ceiling), where that is above 0
} ck_panel;

/// A unit that multiplies matrices of bfloat16 numbers and sums in float32.
///
/// A float32 is the sum of three bfloat16 numbers, 8 + 8 + 8 bits, so a product of two is a sum of nine that are exact.
/// The six largest are taken; what is left out is less than 2⁻²⁴ of the product, and the rounding that of float32 sums.
/// Numbers that are infinite or none are multiplied as they stand.
typedef struct ck_matrix_unit {
    /// Takes up to 32 rows and 32 columns of B apart, into CK_UNIT_CHUNK words; what lacks counts as zeros.
    void (*pack)(const float *b, size_t b_step, size_t depth, size_t columns, float *chunk);
    /// As ck_gemm.run, for any number of columns: B in chunks, those of 32 columns one after the other, and b_step from
    /// there to those of the next. Then the same some floats further on, `times` products in all.
    void (*run)(const ck_panel *panel, size_t times, size_t a_next, size_t b_next, size_t c_next);
} ck_matrix_unit;

enum { CK_UNIT_CHUNK = 16 + 2 * 3 * 256 };

/// One row of a matrix product that passes over its zeros, as a rectifier leaves them: sums = sums + a · B.
///
/// A row of B that meets a zero is not read, so B must be finite.
typedef struct ck_row {
    size_t k;
    const float *a; // k numbers, side by side
    const float *b; // k rows of `columns` numbers, row p at b + p * b_step
    size_t b_step;
    float *sums; // `columns` of them
    size_t columns;
} ck_row;

/// What is not zero in a block of A, so that a product of many rows passes over the zeros.
///
/// A block of B that fits the level-1 cache is gone through by all rows before the next one is, hence the order: chunk
/// after chunk of CK_CHUNK numbers of the depth, in each row after row, in each the numbers as they lie.
typedef struct ck_nonzeros {
    float *values;    // room for rows · k + CK_CHUNK
    uint32_t *places; // for each, which of the k it is; as much room
    uint32_t *ends;   // for each chunk and row, where its last one is followed by the next row's first
    float *sums;      // room for rows · 4 nr
} ck_nonzeros;

enum { CK_CHUNK = 64 };

typedef struct ck_gemm {
    void (*run)(const ck_panel *panel);
    void (*run_row)(const ck_row *row);
    /// Lists what is not zero in `rows` rows of k numbers.
    void (*list)(const float *a, size_t a_row, size_t rows, size_t k, const ck_nonzeros *found);
    /// As `run`, with the same bits, for an A that is listed and up to 4 panels of B, b_next floats from one to the next.
    /// A row of B that meets a zero is not read, so B must be finite; a and runs are not looked at.
    void (*run_listed)(const ck_panel *panels, size_t b_next, const ck_nonzeros *listed);
    /// As `run` for narrow panels of 16 rows and more, not accumulated, and again for the rows `a_line` floats further:
    /// row r of C is the largest of the rows 2 r and 2 r + 1 of both. NULL where there is no such kernel.
    void (*run_pooled)(const ck_panel *panel, size_t a_line);
    size_t mr; // rows that a kernel computes at once: cut work into multiples of it
    size_t nr; // columns of a panel of B
    ck_matrix_unit unit; // all NULL where there is none
} ck_gemm;

/// The matrix kernel of an instruction set, which must be available.
ck_gemm ck_gemm_for(ck_isa isa);

void ck_gemm_reference(const ck_panel *panel);
void ck_gemm_neon(const ck_panel *panel);
void ck_gemm_avx2(const ck_panel *panel);
void ck_gemm_avx512(const ck_panel *panel);

void ck_gemm_row_reference(const ck_row *row);
void ck_gemm_row_neon(const ck_row *row);
void ck_gemm_row_avx2(const ck_row *row);
void ck_gemm_row_avx512(const ck_row *row);

void ck_list_reference(const float *a, size_t a_row, size_t rows, size_t k, const ck_nonzeros *found);
void ck_list_avx2(const float *a, size_t a_row, size_t rows, size_t k, const ck_nonzeros *found);

void ck_gemm_listed_reference(const ck_panel *panels, size_t b_next, const ck_nonzeros *listed);
void ck_gemm_listed_neon(const ck_panel *panels, size_t b_next, const ck_nonzeros *listed);
void ck_gemm_listed_avx2(const ck_panel *panels, size_t b_next, const ck_nonzeros *listed);
void ck_gemm_listed_avx512(const ck_panel *panels, size_t b_next, const ck_nonzeros *listed);

/// What `relu` and `ceiling` make of one number.
static inline float ck_rectified(float y, float ceiling) {
    if (y < 0) return 0;
    return ceiling > 0 && y > ceiling ? ceiling : y;
}

/// Whether the lanes of a register are better filled with rows than with columns: a convolution of one channel has its
/// pixels, the rows, side by side. 1, 2, 3, 4, 6 and 8 columns have a kernel.
static inline int ck_is_narrow(const ck_panel *panel) {
    return panel->a_row == 1 && panel->rows >= panel->columns &&
           (panel->columns <= 4 || panel->columns == 6 || panel->columns == 8);
}

/// As ck_gemm.run for panels that are narrow, with the same bits.
void ck_gemm_narrow_avx2(const ck_panel *panel);
void ck_gemm_narrow_avx512(const ck_panel *panel);

void ck_gemm_pooled_avx2(const ck_panel *panel, size_t a_line);
void ck_gemm_pooled_avx512(const ck_panel *panel, size_t a_line);

extern const ck_matrix_unit ck_unit_amx;

/// Asks the operating system for the matrix unit; whether it gives it.
int ck_unit_allowed(void);

// ---------------------------------------------------------------------------------------------------------------------
// Winograd's F(4×4, 3×3)

/// One tile on its way between an image and Winograd's domain, all its channels.
///
///     image: rows × columns of pixels,            domain: 36 points, point p of channel c at points[p * plane + c]
///     channels side by side                         ┌─plane─┐
///       · · · · · · ·                             0 │ c c c │
///       · ┌───────┐ ·   row: floats between rows  1 │ c c c │
///       · │ tile  │ ·   pixel: between pixels       │  ...  │
///       · └───────┘ ·                            35 │ c c c │
///
/// Only the pixels top ≤ i < bottom, left ≤ j < right of the tile are in the image; the others read as zeros and are
/// not written. `image` is where pixel (0, 0) would be, in the image or not.
typedef struct ck_winograd_tile {
    float *image;
    ptrdiff_t row, pixel;
    int top, left, bottom, right;
    float *points;
    size_t plane;
    size_t channels;
    const float *bias; // `channels` numbers, or NULL
    int relu;
    int stored_rows, stored_columns; // pixels i < stored_rows or j < stored_columns hold something that is added to
    float *winners; // for each pooled pixel of `image`, the number (row * 2 + column) of the one that won; or NULL
    unsigned silent; // bit 4 i + j: output pixel (i, j) is the bias alone, see ck_winograd.silent
} ck_winograd_tile;

/// The transforms of an instruction set, with the points 0, ±5/8, ±3/2, ∞:
///
///     G g Gᵀ   kernel to domain         Bᵀ d B   6×6 pixels to domain          Aᵀ m A   domain to 4×4 pixels
///     Gᵀ u G   its adjoint              B v Bᵀ   its adjoint                   A y Aᵀ   its adjoint
typedef struct ck_winograd {
    void (*input)(const ck_winograd_tile *tile);          // points = Bᵀ d B
    void (*output)(const ck_winograd_tile *tile);         // image = max(Aᵀ m A + bias, 0)
    void (*output_adjoint)(const ck_winograd_tile *tile); // points = A y Aᵀ
    void (*input_adjoint)(const ck_winograd_tile *tile);  // image = (what is stored) + B v Bᵀ

    // The same where 2×2 pixels become one, the largest: `image` has 2×2 pooled pixels for a tile. A pixel that the
    // rectifier set to zero has the winner −1; NaN loses to any number, the first of equals wins.
    void (*output_pooled)(const ck_winograd_tile *tile);
    void (*output_pooled_adjoint)(const ck_winograd_tile *tile);

    /// The output pixels of a tile of the input (bit 4 i + j) whose 3×3 pixels are all zero. Their sum is zero; the
    /// transforms would leave a rounding error there, and a rectifier's gradient would take its sign for a fact.
    unsigned (*silent)(const ck_winograd_tile *tile);

    /// points = G g Gᵀ for `count` pairs of channel and unit: cell i of the kernel at g + i * cell, point p at u + p * plane.
    void (*kernel)(const float *g, size_t cell, float *u, size_t plane, size_t count);
    /// g = Gᵀ u G, the same way back.
    void (*kernel_adjoint)(float *g, size_t cell, const float *u, size_t plane, size_t count);
} ck_winograd;

/// The Winograd transforms of an instruction set, which must be available.
ck_winograd ck_winograd_for(ck_isa isa);

extern const ck_winograd ck_winograd_reference, ck_winograd_neon, ck_winograd_avx2, ck_winograd_avx512;

// ---------------------------------------------------------------------------------------------------------------------
// Windows over an image, each channel for itself

/// A line of output pixels, each computed from the same cells of the input around it.
///
///     output pixel p, channel c: y[p * y_pixel + c]
///     its cell i:                x[offsets[i] + p * x_pixel + c]
typedef struct ck_window {
    const float *x;
    size_t x_pixel;
    const ptrdiff_t *offsets;
    size_t cells; // at least 1; depthwise: or none
    float *y;
    size_t y_pixel;
    size_t pixels, channels;
    const float *weights; // depthwise: cell i of channel c at weights[i * channels + c]
    const float *bias;    // depthwise: `channels` numbers, or NULL
    int relu;             // depthwise
    float ceiling;        // depthwise, if relu: min(y, ceiling), where that is above 0
    float *winners;       // maximum: as y, the number of the cell that won; or NULL
    const float *numbers; // maximum: of each cell
} ck_window;

typedef struct ck_windows {
    void (*depthwise)(const ck_window *line); // y = max(Σ x · weight + bias, 0)
    void (*maximum)(const ck_window *line);   // the first of equals wins, NaN loses to any number
    void (*mean)(const ck_window *line);

    void (*multiply_add)(float *y, const float *a, const float *b, size_t count); // y += a · b
    /// dx += dy where the winner is `number`.
    void (*give_winner)(float *dx, const float *dy, const float *winners, float number, size_t count);
} ck_windows;

/// The window kernels of an instruction set, which must be available.
ck_windows ck_windows_for(ck_isa isa);

extern const ck_windows ck_windows_reference, ck_windows_neon, ck_windows_avx2, ck_windows_avx512;

/// to[c * to_row + r] = from[r * from_row + c]. The same on every instruction set: memory is what it waits for.
void ck_transpose(const float *from, size_t from_row, size_t rows, size_t columns, float *to, size_t to_row);

// ---------------------------------------------------------------------------------------------------------------------
// Gradients through a 2×2 max pooling

/// What returns through a max pooling to the pixels that won, a list for each unit.
typedef struct ck_returns {
    float *values;
    uint32_t *places; // where the window of the pixel begins: floats from the image's first
    uint32_t *counts; // of each unit; its list begins at unit · room
    size_t room, units;
} ck_returns;

/// Gradients of a convolution from such lists: no more is multiplied than what returns, one pixel of four at most.
typedef struct ck_winners {
    /// Appends a line of pooled pixels, `units` numbers each, of which those with a winner count. The window of the first
    /// pixel begins at `first`, those of its neighbours below and beside it `row` and `pixel` floats further.
    void (*list)(
        const float *dy, const float *winners, size_t pixels, size_t first, size_t row, size_t pixel,
        const ck_returns *returns);
    /// sums[u][j] += Σ value · x[place + j], j < width: the gradient by a part of the kernel.
    void (*gather)(const ck_returns *returns, const float *x, float *sums, size_t width);
    /// x[place + j] += value · weights[u][j], j < width: the gradient by the image.
    void (*scatter)(const ck_returns *returns, const float *weights, float *x, size_t width);
    size_t width; // the largest width; all are multiples of 16
} ck_winners;

/// The winners' kernels of an instruction set, which must be available.
ck_winners ck_winners_for(ck_isa isa);

extern const ck_winners ck_winners_reference, ck_winners_neon, ck_winners_avx2, ck_winners_avx512;

// ---------------------------------------------------------------------------------------------------------------------
// Functions of each number

/// The functions of an instruction set. x and y may be the same; NaN stays NaN.
typedef struct ck_functions {
    void (*exp)(const float *x, float *y, size_t count);
    void (*sigmoid)(const float *x, float *y, size_t count); // 1 / (1 + e⁻ˣ)
    void (*tanh)(const float *x, float *y, size_t count);
    /// y = min(max(slope x + offset, 0), maximum), that times x if `gates`, and all over a divisor.
    void (*ramp)(
        const float *x, float *y, float slope, float offset, float maximum, float divisor, int gates, size_t count);
    void (*silu)(const float *x, float *y, size_t count); // x / (1 + e⁻ˣ)
    void (*silu_gradient)(const float *dy, const float *x, float *dx, size_t count);
    void (*softmax)(const float *x, float *y, size_t count); // of one row: exp(x − max) / sum

    /// Numbers in [0, 1) from Philox 4×32-10, four from each block, the first from block `block`.
    void (*uniform)(uint64_t key, uint64_t block, float *y, size_t blocks);

    /// Adds the sum of each column of `rows` rows to sums.
    void (*add_rows)(const float *x, size_t rows, size_t columns, double *sums);

    // For what is normalized by channels, in rows of `columns` channels.

    /// y = scale · x + shift, and max(y, 0) if relu.
    void (*scale_rows)(
        const float *x, const float *scale, const float *shift, int relu, float *y, size_t rows, size_t columns);
    /// Adds Σ (x − mean)² of each column to sums.
    void (*add_squares)(const float *x, const float *mean, size_t rows, size_t columns, double *sums);
    /// Adds Σ dy and Σ dy (x − mean) of each column to sums and products; dy only where rectified_y, if there is one, is
    /// above zero.
    void (*add_gradients)(
        const float *dy, const float *rectified_y, const float *x, const float *mean, size_t rows, size_t columns,
        double *sums, double *products);
    /// dx = a dy + b (x - mean) + c, dy as above.
    void (*mix_gradients)(
        const float *dy, const float *rectified_y, const float *x, const float *mean, const float *a, const float *b,
        const float *c, float *dx, size_t rows, size_t columns);
} ck_functions;

/// The functions of an instruction set, which must be available.
ck_functions ck_functions_for(ck_isa isa);

extern const ck_functions ck_functions_reference, ck_functions_neon, ck_functions_avx2, ck_functions_avx512;

// ---------------------------------------------------------------------------------------------------------------------
// Steps of optimizers

/// The steps of an instruction set: each changes `count` weights w, and what the optimizer remembers of them, by the
/// gradient g. `rest` is 1 − the factor beside it.
typedef struct ck_updates {
    /// a ← ρ a + (1 − ρ) g²;  u = √(d + ε) g / √(a + ε);  d ← ρ d + (1 − ρ) u²;  w ← w − rate u
    void (*adadelta)(
        float *w, const float *g, float *a, float *d, float rho, float rest, float epsilon, float rate, size_t count);
    /// m ← m + (g − m)(1 − β₁);  v ← v + (g² − v)(1 − β₂);  w ← w − m rate / (√v + ε)
    void (*adam)(
        float *w, const float *g, float *m, float *v, float rest1, float rest2, float epsilon, float rate,
        size_t count);
    /// v ← ρ v + (1 − ρ) g²;  w ← w − rate g / √(v + ε)
    void (*rmsprop)(
        float *w, const float *g, float *v, float rho, float rest, float epsilon, float rate, size_t count);
    /// v ← factor v − rate g;  w ← w + v, or with Nesterov's foresight w + factor v − rate g
    void (*momentum)(float *w, const float *g, float *v, float factor, float rate, int nesterov, size_t count);
    /// w ← w − rate g
    void (*descent)(float *w, const float *g, float rate, size_t count);
} ck_updates;

/// The steps of an instruction set, which must be available.
ck_updates ck_updates_for(ck_isa isa);

extern const ck_updates ck_updates_reference, ck_updates_neon, ck_updates_avx2, ck_updates_avx512;

// ---------------------------------------------------------------------------------------------------------------------
// Threads

/// The cores that the operating system lets this process use, or 0 where it does not say: cpu_set_t's macros are not for Swift.
int ck_allowed_cores(void);

/// Tells the core that this thread waits in a loop: what Swift cannot say.
static inline void ck_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}
