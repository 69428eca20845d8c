/// `x` repeated along its axes of extent 1 until it has this shape; missing axes are added in front.
///
/// - Precondition: `x` fits, as NumPy's broadcasting has it.
public func broadcast(_ x: Tensor, to shape: Shape, on pool: WorkerPool) -> Tensor {
    guard x.shape != shape else { return x }
    let walk = BroadcastWalk(x.shape, shape)
    return x.withElements { source in
        Tensor(unsafeUninitialized: shape) { target in
            let (source, target) = (Elements(source), MutableElements(target))
            pool.run(walk.rows, grain: max(1, elementwiseGrain / max(walk.width, 1))) { range in
                for row in range {
                    let (from, to) = (source.start + walk.offset(ofRow: row), target.start + row * walk.width)
                    for i in 0..<walk.width { to[i] = from[i * walk.step] }
                }
            }
        }
    }
}

/// The adjoint of ``broadcast(_:to:on:)``: `dy` summed over the axes along which a tensor of this shape was repeated.
public func summed(_ dy: Tensor, to shape: Shape, on pool: WorkerPool) -> Tensor {
    guard dy.shape != shape else { return dy }
    let walk = BroadcastWalk(shape, dy.shape)
    return dy.withElements { source in
        Tensor(unsafeUninitialized: shape) { target in
            // One thread, in order: sums of floats depend on their order. Double keeps long ones exact enough.
            var sums = [Double](repeating: 0, count: target.count)
            for row in 0..<walk.rows {
                let offset = walk.offset(ofRow: row)
                for i in 0..<walk.width { sums[offset + i * walk.step] += Double(source[row * walk.width + i]) }
            }
            for i in target.indices { target[i] = Float(sums[i]) }
        }
    }
}

/// Where each row of the last axis of a large shape lies in a small one that is broadcast to it.
private struct BroadcastWalk {
    let rows: Int
    let width: Int
    /// How far one goes in the small one for a step along the last axis of the large one: 0 or 1.
    let step: Int
    private let extents: [Int]
    private let steps: [Int]

    init(_ small: Shape, _ large: Shape) {
        let padded = Array(repeating: 1, count: large.count - small.count) + small
        var steps = [Int](repeating: 0, count: large.count)
        var stride = 1
        for axis in large.indices.reversed() {
            precondition(
                padded[axis] == large[axis] || padded[axis] == 1, "shape \(small) does not broadcast to \(large)")
            steps[axis] = padded[axis] == 1 ? 0 : stride
            stride *= padded[axis]
        }
        width = large.last ?? 1
        step = steps.last ?? 0
        rows = large.dropLast().reduce(1, *)
        extents = Array(large.dropLast())
        self.steps = Array(steps.dropLast())
    }

    func offset(ofRow row: Int) -> Int {
        var (rest, offset) = (row, 0)
        for axis in extents.indices.reversed() {
            offset += rest % extents[axis] * steps[axis]
            rest /= extents[axis]
        }
        return offset
    }
}
