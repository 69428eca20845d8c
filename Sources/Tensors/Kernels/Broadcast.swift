/// `x` repeated along its axes of extent 1 until it has this shape; missing axes are added in front.
///
/// - Precondition: `x` fits, as NumPy's broadcasting has it.
public func broadcast(_ x: Tensor, to shape: Shape, on pool: WorkerPool) -> Tensor {
    guard x.shape != shape else { return x }
    let walk = BroadcastWalk(x.shape, shape)
    return x.withElements { source in
        Tensor(unsafeUninitialized: shape) { target in
            let (source, target) = (Elements(source), MutableElements(target))
            pool.run(shape.elementCount, grain: elementwiseGrain) { range in
                walk.forEachPart(of: range, source.start) { part, source in
                    (target.start + part.lowerBound).update(from: source, count: part.count)
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

/// ``zippedParts(_:_:on:_:)`` of tensors that are repeated to one shape, as NumPy's broadcasting has it; of the smaller one
/// no more than a short row is copied.
///
/// - Precondition: the shapes broadcast.
func zippedBroadcast(
    _ a: Tensor, _ b: Tensor, on pool: WorkerPool,
    _ body:
        @Sendable (
            _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int
        ) -> Void
) -> Tensor {
    let shape = broadcastShape(a.shape, b.shape)
    if a.shape != shape && b.shape != shape {
        return zippedBroadcast(broadcast(a, to: shape, on: pool), b, on: pool, body)
    }
    let aIsLarge = a.shape == shape
    let walk = BroadcastWalk(aIsLarge ? b.shape : a.shape, shape)
    let y = Tensor(uninitialized: shape)
    let (large, small, target) = ((aIsLarge ? a : b).address, (aIsLarge ? b : a).address, y.address)
    pool.run(y.count, grain: elementwiseGrain) { range in
        walk.forEachPart(of: range, small.start) { part, small in
            let (large, target) = (large.start + part.lowerBound, target.start + part.lowerBound)
            if aIsLarge { body(large, small, target, part.count) } else { body(small, large, target, part.count) }
        }
    }
    withExtendedLifetime((a, b)) {}
    return y
}

/// The shape to which both can be repeated.
private func broadcastShape(_ a: Shape, _ b: Shape) -> Shape {
    let rank = max(a.count, b.count)
    func extent(_ shape: Shape, _ axis: Int) -> Int {
        let own = axis - rank + shape.count
        return own < 0 ? 1 : shape[own]
    }
    return Shape((0..<rank).map { extent(a, $0) == 1 ? extent(b, $0) : extent(a, $0) })
}

/// Where each row of a large shape lies in a small one that is broadcast to it.
///
/// Axes that go on alike are one.
private struct BroadcastWalk: Sendable {
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
        // An axis and the next are one where a step along the first is as far as all steps along the second.
        var joined: [(extent: Int, step: Int)] = []
        for (extent, step) in zip(large, steps) where extent != 1 {
            if let last = joined.last, last.step == step * extent {
                joined[joined.count - 1] = (last.extent * extent, step)
            } else {
                joined.append((extent, step))
            }
        }
        let last = joined.popLast() ?? (1, 0)
        (width, step) = last
        (extents, self.steps) = (joined.map(\.extent), joined.map(\.step))
        rows = extents.reduce(1, *)
    }

    /// Calls `body` for parts of these elements of the large shape, with the elements of the small one that they meet.
    ///
    /// Rows that are short, and those that meet a single element, meet copies side by side.
    func forEachPart(
        of range: Range<Int>, _ small: UnsafePointer<Float>,
        _ body: (_ part: Range<Int>, _ small: UnsafePointer<Float>) -> Void
    ) {
        let isCopied = step == 0 || width < 64
        let length = isCopied ? (511 / width + 1) * width : 0
        withUnsafeTemporaryAllocation(of: Float.self, capacity: length) { copies in
            var i = range.lowerBound
            while i < range.upperBound {
                let (row, first) = (i / width, i % width)
                let source = small + offset(ofRow: row)
                let end = min(range.upperBound, sameEnd(ofRow: row) * width)
                guard let line = copies.baseAddress, isCopied else {
                    var column = first
                    while i < end {
                        let part = i..<min(i + width - column, end)
                        body(part, source + column)
                        (i, column) = (part.upperBound, 0)
                    }
                    continue
                }
                let count = min(length, end - i)
                var column = first
                for j in 0..<count {
                    line[j] = source[column * step]
                    column = column + 1 == width ? 0 : column + 1
                }
                while i < end {
                    let part = i..<min(i + length, end)
                    body(part, line)
                    i = part.upperBound
                }
            }
        }
    }

    /// The end of the rows that meet the same elements as this one.
    private func sameEnd(ofRow row: Int) -> Int {
        guard let extent = extents.last, steps.last == 0 else { return row + 1 }
        return (row / extent + 1) * extent
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
