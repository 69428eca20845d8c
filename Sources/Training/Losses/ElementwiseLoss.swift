import Networks
import Tensors

/// A loss that is the mean over the last axis of a function of one target and one output.
protocol ElementwiseLoss: Loss {
    /// The function of a target and an output.
    func value(_ target: Float, _ output: Float) -> Float

    /// Its derivative with respect to the output.
    func slope(_ target: Float, _ output: Float) -> Float
}

extension ElementwiseLoss {
    public func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        meanOfRows(targets, prediction.outputs, on: pool, value)
    }

    public func gradient(
        _ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool
    ) -> LossGradient {
        .outputs(gradientOfRows(targets, prediction.outputs, weights, on: pool, slope))
    }
}

/// Rows that one task takes.
private let rowGrain = 64

/// For each row the mean of `value` over its elements.
func meanOfRows(
    _ targets: Tensor, _ outputs: Tensor, on pool: WorkerPool, _ value: @Sendable (Float, Float) -> Float
) -> Tensor {
    eachRow(targets, outputs, on: pool) { t, y in
        var sum: Float = 0
        for k in y.indices { sum += value(t[k], y[k]) }
        return sum / Float(y.count)
    }
}

/// For each element `slope`, divided by the length of its row and times the weight of its row.
func gradientOfRows(
    _ targets: Tensor, _ outputs: Tensor, _ weights: Tensor, on pool: WorkerPool,
    _ slope: @Sendable (Float, Float) -> Float
) -> Tensor {
    eachRow(targets, outputs, weights, on: pool) { t, y, weight, gradient in
        let factor = weight / Float(y.count)
        for k in y.indices { gradient[k] = factor * slope(t[k], y[k]) }
    }
}

typealias Row = UnsafeBufferPointer<Float>

/// One number for each row (the last axis) of outputs, from its targets and outputs.
///
/// Targets have as many rows; theirs may have another length.
func eachRow(
    _ targets: Tensor, _ outputs: Tensor, on pool: WorkerPool, _ body: @Sendable (_ t: Row, _ y: Row) -> Float
) -> Tensor {
    let shape = Shape(Array(outputs.shape.dropLast()))
    return targets.withElements { t in
        outputs.withElements { y in
            Tensor(unsafeUninitialized: shape) { values in
                nonisolated(unsafe) let (t, y, values) = (t, y, values)
                pool.run(values.count, grain: rowGrain) { range in
                    for row in range {
                        values[row] = body(part(of: t, row, values.count), part(of: y, row, values.count))
                    }
                }
            }
        }
    }
}

/// A tensor of the outputs' shape, written row by row.
func eachRow(
    _ targets: Tensor, _ outputs: Tensor, _ weights: Tensor, on pool: WorkerPool,
    _ body: @Sendable (_ t: Row, _ y: Row, _ weight: Float, _ gradient: UnsafeMutableBufferPointer<Float>) -> Void
) -> Tensor {
    targets.withElements { t in
        outputs.withElements { y in
            weights.withElements { weights in
                Tensor(unsafeUninitialized: outputs.shape) { gradient in
                    nonisolated(unsafe) let (t, y, weights, gradient) = (t, y, weights, gradient)
                    pool.run(weights.count, grain: rowGrain) { range in
                        for row in range {
                            let y = part(of: y, row, weights.count)
                            let start = row * y.count
                            body(
                                part(of: t, row, weights.count), y, weights[row],
                                UnsafeMutableBufferPointer(rebasing: gradient[start..<start + y.count]))
                        }
                    }
                }
            }
        }
    }
}

/// Row `row` of `count` equal ones.
private func part(of elements: Row, _ row: Int, _ count: Int) -> Row {
    let length = elements.count / count
    return Row(rebasing: elements[row * length..<(row + 1) * length])
}
