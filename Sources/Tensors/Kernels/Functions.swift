import CKernels

/// `eˣ` of each element, to about one unit in the last place; NaN stays NaN here and in the functions below.
public func exponential(_ x: Tensor, on pool: WorkerPool) -> Tensor {
    PointwiseFunction.exponential(x, on: pool)
}

/// `1 / (1 + e⁻ˣ)` of each element; Keras' `sigmoid`.
public func sigmoid(_ x: Tensor, on pool: WorkerPool) -> Tensor {
    PointwiseFunction.sigmoid(x, on: pool)
}

/// The hyperbolic tangent of each element; Keras' `tanh`.
public func hyperbolicTangent(_ x: Tensor, on pool: WorkerPool) -> Tensor {
    PointwiseFunction.tanh(x, on: pool)
}

/// `x / (1 + e⁻ˣ)` of each element; Keras' `silu` or `swish`.
public func silu(_ x: Tensor, on pool: WorkerPool) -> Tensor {
    PointwiseFunction.silu(x, on: pool)
}

/// The gradient of ``silu(_:on:)`` from its input: `dy · s · (1 + x · (1 − s))`, with s the sigmoid of x.
public func siluGradient(_ dy: Tensor, _ x: Tensor, on pool: WorkerPool) -> Tensor {
    zippedParts(dy, x, on: pool) { pool.functions.silu_gradient($0, $1, $2, $3) }
}

/// Random numbers in [0, 1), uniform: the element at position i is `random.uniform(at: i)`.
public func uniform(_ shape: Shape, _ random: Random, on pool: WorkerPool) -> Tensor {
    drawn(shape, random, on: pool) { _, _ in }
}

/// A mask for dropout: 0 where the random number of the place is below the rate, `1 / (1 − rate)` elsewhere.
///
/// The number at position i is `random.uniform(at: i)`.
public func dropoutMask(_ shape: Shape, rate: Double, _ random: Random, on pool: WorkerPool) -> Tensor {
    let kept = rate < 1 ? Float(1 / (1 - rate)) : 0
    let rate = Float(rate)
    return drawn(shape, random, on: pool) { numbers, count in
        for i in 0..<count { numbers[i] = numbers[i] < rate ? 0 : kept }
    }
}

/// Draws uniform numbers and lets `body` change them, part by part.
private func drawn(
    _ shape: Shape, _ random: Random, on pool: WorkerPool,
    _ body: @Sendable (UnsafeMutablePointer<Float>, Int) -> Void
) -> Tensor {
    let y = Tensor(uninitialized: shape)
    let target = y.address
    pool.run(y.count, grain: elementwiseGrain) { range in
        let start = target.start + range.lowerBound
        pool.drawUniform(random, range, into: start)
        body(start, range.count)
    }
    return y
}

extension WorkerPool {
    /// The uniform numbers at some positions, the first of them a multiple of four, on the calling thread.
    func drawUniform(_ random: Random, _ range: Range<Int>, into start: UnsafeMutablePointer<Float>) {
        let whole = range.count / 4  // a block of the stream gives four numbers
        functions.uniform(random.key, UInt64(range.lowerBound / 4), start, whole)
        for i in 4 * whole..<range.count { start[i] = random.uniform(at: range.lowerBound + i) }
    }
}
