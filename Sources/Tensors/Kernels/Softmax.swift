#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Each row of the last axis as probabilities: `y = exp(x − max x) / Σ exp(x − max x)`; Keras' `softmax`.
public func softmax(_ x: Tensor, on pool: WorkerPool) -> Tensor {
    let columns = rows(of: x).columns
    return mappedRows(x, on: pool) { _, x, y in pool.functions.softmax(x, y, columns) }
}

/// The gradient of ``softmax(_:on:)`` from its output: `dx = y · (dy − Σ dy · y)`.
public func softmaxGradient(_ dy: Tensor, _ y: Tensor, on pool: WorkerPool) -> Tensor {
    let columns = rows(of: y).columns
    return y.withElements { y in
        let y = Elements(y)
        return mappedRows(dy, on: pool) { row, dy, dx in
            let y = y.start + row * columns
            var sum: Float = 0
            for c in 0..<columns { sum += dy[c] * y[c] }
            for c in 0..<columns { dx[c] = y[c] * (dy[c] - sum) }
        }
    }
}

/// The logarithm of ``softmax(_:on:)``, safe for large inputs: `y = x − max x − log Σ exp(x − max x)`.
public func logSoftmax(_ x: Tensor, on pool: WorkerPool) -> Tensor {
    let columns = rows(of: x).columns
    return mappedRows(x, on: pool) { _, x, y in
        let largest = largest(x, columns)
        var sum: Float = 0
        for c in 0..<columns { sum += exp(x[c] - largest) }
        let shift = largest + log(sum)
        for c in 0..<columns { y[c] = x[c] - shift }
    }
}

/// The gradient of ``logSoftmax(_:on:)`` from its output: `dx = dy − exp(y) · Σ dy`.
public func logSoftmaxGradient(_ dy: Tensor, _ y: Tensor, on pool: WorkerPool) -> Tensor {
    let columns = rows(of: y).columns
    return y.withElements { y in
        let y = Elements(y)
        return mappedRows(dy, on: pool) { row, dy, dx in
            let y = y.start + row * columns
            var sum: Float = 0
            for c in 0..<columns { sum += dy[c] }
            for c in 0..<columns { dx[c] = dy[c] - exp(y[c]) * sum }
        }
    }
}

/// The largest element of a row, or NaN if it holds one.
private func largest(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    var largest = -Float.infinity
    for c in 0..<count where x[c] > largest || x[c].isNaN { largest = x[c] }
    return largest
}
