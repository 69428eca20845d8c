import Tensors

/// A tensor cut along its last axis into equal parts: the gates of a recurrent cell.
func partsOfLastAxis(_ x: Tensor, _ count: Int, on pool: WorkerPool) -> [Tensor] {
    let width = (x.shape.last ?? 0) / count
    let rows = x.count / max(1, width * count)
    let shape = Shape(x.shape.dropLast() + [width])
    return (0..<count).map { part in
        Tensor(unsafeUninitialized: shape) { target in
            x.withElements { source in
                for row in 0..<rows {
                    let start = (row * count + part) * width
                    for i in 0..<width { target[row * width + i] = source[start + i] }
                }
            }
        }
    }
}

/// Tensors that differ in the last extent alone, side by side along it.
func joinedAlongLastAxis(_ parts: [Tensor]) -> Tensor {
    let widths = parts.map { $0.shape.last ?? 0 }
    let total = widths.reduce(0, +)
    let leading = parts[0].shape.dropLast()
    let rows = leading.reduce(1, *)
    precondition(
        parts.allSatisfy { $0.shape.dropLast().elementsEqual(leading) }, "parts differ before their last axis")
    return Tensor(unsafeUninitialized: Shape(leading + [total])) { target in
        var offset = 0
        for (part, width) in zip(parts, widths) {
            part.withElements { source in
                for row in 0..<rows {
                    for i in 0..<width { target[row * total + offset + i] = source[row * width + i] }
                }
            }
            offset += width
        }
    }
}

/// The tensor's step along the second axis, without that axis: `x[:, step]`.
func step(_ index: Int, of x: Tensor) -> Tensor {
    let (batch, steps) = (x.shape[0], x.shape[1])
    let size = x.shape.dropFirst(2).reduce(1, *)
    precondition(index >= 0 && index < steps, "step \(index) of shape \(x.shape)")
    return Tensor(unsafeUninitialized: Shape([batch] + x.shape.dropFirst(2))) { target in
        x.withElements { source in
            for sample in 0..<batch {
                let start = (sample * steps + index) * size
                for i in 0..<size { target[sample * size + i] = source[start + i] }
            }
        }
    }
}

/// Tensors of one shape `[batch, …]` as the steps of one `[batch, steps, …]`.
func stackedSteps(_ steps: [Tensor]) -> Tensor {
    let shape = steps[0].shape
    let (batch, size) = (shape[0], shape.dropFirst().reduce(1, *))
    precondition(steps.allSatisfy { $0.shape == shape }, "steps differ in shape")
    return Tensor(unsafeUninitialized: Shape([batch, steps.count] + shape.dropFirst())) { target in
        for (index, step) in steps.enumerated() {
            step.withElements { source in
                for sample in 0..<batch {
                    let start = (sample * steps.count + index) * size
                    for i in 0..<size { target[start + i] = source[sample * size + i] }
                }
            }
        }
    }
}
