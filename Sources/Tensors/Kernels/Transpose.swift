/// The same elements with their axes in another order: `y[i…] = x[j…]`, where axis `a` of `y` is axis `axes[a]` of `x`.
///
/// - Precondition: `axes` names every axis once.
public func transposed(_ x: Tensor, axes: [Int], on pool: WorkerPool) -> Tensor {
    precondition(axes.sorted() == Array(x.shape.indices), "\(axes) is not an order of the axes of shape \(x.shape)")
    guard axes != Array(x.shape.indices) else { return x }
    let shape = Shape(axes.map { x.shape[$0] })
    var strides = [Int](repeating: 1, count: axes.count)
    for axis in strides.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * x.shape[axis + 1] }
    let steps = axes.map { strides[$0] }
    let (width, step) = (shape[axes.count - 1], steps[axes.count - 1])
    return x.withElements { source in
        Tensor(unsafeUninitialized: shape) { target in
            let (source, target) = (Elements(source), MutableElements(target))
            let rows = width == 0 ? 0 : shape.elementCount / width
            pool.run(rows, grain: max(1, elementwiseGrain / max(width, 1))) { range in
                for row in range {
                    var (rest, offset) = (row, 0)
                    for axis in (0..<axes.count - 1).reversed() {
                        offset += rest % shape[axis] * steps[axis]
                        rest /= shape[axis]
                    }
                    for i in 0..<width { target.start[row * width + i] = source.start[offset + i * step] }
                }
            }
        }
    }
}
