/// Elements that one task of an elementwise kernel takes: about a third of a level-1 cache.
@usableFromInline let elementwiseGrain = 8192

/// A tensor of the same shape with `body` of each element.
///
/// Calls `body` for every element, about a nanosecond each; ``mappedParts(_:on:_:)`` leaves the loop to the caller.
@inlinable
public func mapped(_ x: Tensor, on pool: WorkerPool, _ body: @Sendable (Float) -> Float) -> Tensor {
    let y = Tensor(uninitialized: x.shape)
    let (source, target) = (x.address, y.address)
    pool.run(x.count, grain: elementwiseGrain) { range in
        for i in range { target.start[i] = body(source.start[i]) }
    }
    withExtendedLifetime(x) {}
    return y
}

/// A tensor of the same shape that `body` writes part by part: the loop over the elements is its own, so the compiler can
/// use vectors.
///
/// - Parameter body: gets the part's elements of `x`, the place for the results, and how many they are.
@inlinable
public func mappedParts(
    _ x: Tensor, on pool: WorkerPool,
    _ body: @Sendable (_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) -> Void
) -> Tensor {
    let y = Tensor(uninitialized: x.shape)
    let (source, target) = (x.address, y.address)
    pool.run(x.count, grain: elementwiseGrain) { range in
        body(source.start + range.lowerBound, target.start + range.lowerBound, range.count)
    }
    withExtendedLifetime(x) {}
    return y
}

/// The same for two tensors of as many elements.
@inlinable
public func zippedParts(
    _ a: Tensor, _ b: Tensor, on pool: WorkerPool,
    _ body:
        @Sendable (
            _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int
        ) -> Void
) -> Tensor {
    precondition(a.count == b.count, "cannot pair shapes \(a.shape) and \(b.shape)")
    let y = Tensor(uninitialized: a.shape)
    let (left, right, target) = (a.address, b.address, y.address)
    pool.run(a.count, grain: elementwiseGrain) { range in
        let first = range.lowerBound
        body(left.start + first, right.start + first, target.start + first, range.count)
    }
    withExtendedLifetime((a, b)) {}
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

/// ``zippedParts(_:_:on:_:)``, or the same of shapes that broadcast.
///
/// Ranks apart say nothing where the counts are equal.
private func combined(
    _ a: Tensor, _ b: Tensor, on pool: WorkerPool,
    _ body: @Sendable (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
) -> Tensor {
    let arePairs = a.count == b.count && (a.shape == b.shape || a.shape.count != b.shape.count)
    return arePairs ? zippedParts(a, b, on: pool, body) : zippedBroadcast(a, b, on: pool, body)
}

/// The sum, element by element: `a + b`; shapes broadcast as in NumPy.
public func adding(_ a: Tensor, _ b: Tensor, on pool: WorkerPool) -> Tensor {
    combined(a, b, on: pool) { a, b, y, count in for i in 0..<count { y[i] = a[i] + b[i] } }
}

/// The difference, element by element: `a − b`; shapes broadcast as in NumPy.
public func subtracting(_ a: Tensor, _ b: Tensor, on pool: WorkerPool) -> Tensor {
    combined(a, b, on: pool) { a, b, y, count in for i in 0..<count { y[i] = a[i] - b[i] } }
}

/// The product, element by element: `a · b`; shapes broadcast as in NumPy.
public func multiplying(_ a: Tensor, _ b: Tensor, on pool: WorkerPool) -> Tensor {
    combined(a, b, on: pool) { a, b, y, count in for i in 0..<count { y[i] = a[i] * b[i] } }
}

/// The multiple `factor · x`.
public func scaled(_ x: Tensor, by factor: Float, on pool: WorkerPool) -> Tensor {
    mappedParts(x, on: pool) { x, y, count in for i in 0..<count { y[i] = factor * x[i] } }
}

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
    if maximum == nil && negativeSlope == 0 && threshold == 0 {
        return mappedParts(x, on: pool) { x, y, count in for i in 0..<count { y[i] = x[i] < 0 ? 0 : x[i] } }
    }
    let maximum = maximum ?? .infinity
    return mappedParts(x, on: pool) { x, y, count in
        for i in 0..<count {
            // Of a comparison with NaN the second half holds, which gives NaN back.
            let value = x[i] > threshold ? x[i] : negativeSlope * (x[i] - threshold)
            y[i] = value > maximum ? maximum : value
        }
    }
}

/// The gradient of ``relu(_:maximum:negativeSlope:threshold:on:)``: `dy` times the slope at the input `x`.
///
/// With neither maximum, slope nor threshold, `x` may be the output instead of the input.
public func reluGradient(
    _ dy: Tensor, _ x: Tensor, maximum: Float? = nil, negativeSlope: Float = 0, threshold: Float = 0,
    on pool: WorkerPool
) -> Tensor {
    if maximum == nil && negativeSlope == 0 && threshold == 0 {
        return zippedParts(dy, x, on: pool) { dy, x, dx, count in
            for i in 0..<count {
                let given = dy[i]  // read in any case: a read that depends on a condition keeps the loop from vectors
                dx[i] = x[i] > 0 ? given : 0
            }
        }
    }
    let maximum = maximum ?? .infinity
    return zippedParts(dy, x, on: pool) { dy, x, dx, count in
        for i in 0..<count {
            let (given, value) = (dy[i], x[i])
            let above = value < maximum ? given : 0
            dx[i] = value > threshold ? above : negativeSlope * given
        }
    }
}
