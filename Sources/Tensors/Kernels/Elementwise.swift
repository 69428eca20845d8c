/// Elements that one task of an elementwise kernel takes: about a third of a level-1 cache.
@usableFromInline let elementwiseGrain = 8192

/// A tensor of the same shape with `body` of each element.
@inlinable
public func mapped(_ x: Tensor, on pool: WorkerPool, _ body: @Sendable (Float) -> Float) -> Tensor {
    // One closure and no more, so that the compiler can pull `body` into the loop and use vectors.
    let y = Tensor(uninitialized: x.shape)
    let (source, target) = (x.address, y.address)
    pool.run(x.count, grain: elementwiseGrain) { range in
        for i in range { target.start[i] = body(source.start[i]) }
    }
    withExtendedLifetime(x) {}
    return y
}

/// A tensor of the same shape with `body` of each two elements at the same place.
///
/// - Precondition: both have the same number of elements; the result has the shape of `a`.
@inlinable
public func zipped(_ a: Tensor, _ b: Tensor, on pool: WorkerPool, _ body: @Sendable (Float, Float) -> Float) -> Tensor {
    precondition(a.count == b.count, "cannot pair shapes \(a.shape) and \(b.shape)")
    let y = Tensor(uninitialized: a.shape)
    let (left, right, target) = (a.address, b.address, y.address)
    pool.run(a.count, grain: elementwiseGrain) { range in
        for i in range { target.start[i] = body(left.start[i], right.start[i]) }
    }
    withExtendedLifetime((a, b)) {}
    return y
}

/// The sum, element by element: `a + b`.
public func adding(_ a: Tensor, _ b: Tensor, on pool: WorkerPool) -> Tensor { zipped(a, b, on: pool) { $0 + $1 } }

/// The difference, element by element: `a − b`.
public func subtracting(_ a: Tensor, _ b: Tensor, on pool: WorkerPool) -> Tensor { zipped(a, b, on: pool) { $0 - $1 } }

/// The product, element by element: `a · b`.
public func multiplying(_ a: Tensor, _ b: Tensor, on pool: WorkerPool) -> Tensor { zipped(a, b, on: pool) { $0 * $1 } }

/// The multiple `factor · x`.
public func scaled(_ x: Tensor, by factor: Float, on pool: WorkerPool) -> Tensor { mapped(x, on: pool) { factor * $0 } }

/// The rectifier; Keras' `ReLU`.
///
///     y = maximum               where x ≥ maximum
///     y = x                     where x > threshold
///     y = slope · (x − threshold)  elsewhere
///
/// NaN stays NaN.
public func relu(
    _ x: Tensor, maximum: Float? = nil, negativeSlope: Float = 0, threshold: Float = 0, on pool: WorkerPool
) -> Tensor {
    if maximum == nil && negativeSlope == 0 && threshold == 0 { return mapped(x, on: pool) { $0 < 0 ? 0 : $0 } }
    let maximum = maximum ?? .infinity
    return mapped(x, on: pool) { x in
        if x.isNaN { return x }
        let y = x > threshold ? x : negativeSlope * (x - threshold)
        return y < maximum ? y : maximum
    }
}

/// The gradient of ``relu(_:maximum:negativeSlope:threshold:on:)``: `dy` times the slope at the input `x`.
///
/// With neither maximum, slope nor threshold, `x` may be the output instead of the input.
public func reluGradient(
    _ dy: Tensor, _ x: Tensor, maximum: Float? = nil, negativeSlope: Float = 0, threshold: Float = 0,
    on pool: WorkerPool
) -> Tensor {
    if maximum == nil && negativeSlope == 0 && threshold == 0 { return zipped(dy, x, on: pool) { $1 > 0 ? $0 : 0 } }
    let maximum = maximum ?? .infinity
    return zipped(dy, x, on: pool) { dy, x in x > threshold ? (x < maximum ? dy : 0) : negativeSlope * dy }
}
