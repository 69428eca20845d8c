import Tensors

/// One number for all elements along some axes, the batch's not among them.
public protocol ReductionOperation: Operation, UnaryLayer {
    var reduction: Reduction { get }

    init(_ reduction: Reduction)

    /// The number for each row of `[rows, elements]`, shape `[rows]`.
    static func reduced(_ rows: Tensor, on pool: WorkerPool) -> Tensor

    /// The gradient with respect to the rows.
    static func gradient(_ dy: Tensor, _ rows: Tensor, _ y: Tensor, on pool: WorkerPool) -> Tensor
}

/// Along which axes a ``ReductionOperation`` goes, and whether they stay with an extent of 1.
public struct Reduction: Hashable, Sendable {
    public var axes: [Int]
    public var keepdims: Bool

    public init(axes: [Int], keepdims: Bool = false) {
        self.axes = axes
        self.keepdims = keepdims
    }
}

extension ReductionOperation {
    public init(from options: inout OptionReader) throws(OptionError) {
        let axes = try options.required("axis", "one axis or a list of axes, the batch's not among them") { value in
            value.int.map { [$0] }
                ?? value.array.flatMap { list in
                    let axes = list.compactMap(\.int)
                    return axes.count == list.count && !axes.isEmpty && !axes.contains(0) ? axes : nil
                }
        }
        self.init(Reduction(axes: axes, keepdims: try options.bool("keepdims", default: false)))
        try options.refuse("initial")
    }

    public var options: Options { ["axis": OptionValue(reduction.axes), "keepdims": .bool(reduction.keepdims)] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard let rows = AxisRows(reduction.axes, rank: input.count), rows.axes[0] > 0,
            rows.axes.allSatisfy({ input[$0] != 0 })
        else {
            throw ShapeError(
                layer: Self.kerasName, expected: "axes \(reduction.axes), none of them the batch's", found: input)
        }
        return Shape(
            input.indices.compactMap { axis in
                guard rows.axes.contains(axis) else { return input[axis] }
                return reduction.keepdims ? 1 : nil
            })
    }

    private func rows(_ rank: Int) -> AxisRows {
        guard let rows = AxisRows(reduction.axes, rank: rank) else {
            preconditionFailure("the axes were checked before")
        }
        return rows
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let rows = rows(x.shape.count)
        let extents = x.shape.indices.compactMap { axis in
            rows.axes.contains(axis) ? (reduction.keepdims ? 1 : nil) : x.shape[axis]
        }
        let y = Self.reduced(rows.rows(x, on: context.pool), on: context.pool)
        return Pass(x, y.reshaped(to: Shape(extents)))
    }

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let (rows, pool) = (rows(pass.x.shape.count), context.pool)
        let flat = rows.rows(pass.x, on: pool)
        let shape: Shape = [flat.shape[0]]
        let gradient = Self.gradient(
            dy.reshaped(to: shape), flat, pass.y.reshaped(to: shape), on: pool)
        return Gradients(input: rows.tensor(gradient, pass.x.shape, on: pool))
    }
}

/// A number for each row of `[rows, elements]`.
private func perRow(
    _ x: Tensor, on pool: WorkerPool, _ body: @Sendable (UnsafeBufferPointer<Float>) -> Float
) -> Tensor {
    let (rows, width) = (x.shape[0], x.shape[1])
    return x.withElements { source in
        Tensor(unsafeUninitialized: [rows]) { target in
            // Each row is one task's own, so the threads never meet.
            nonisolated(unsafe) let (source, target) = (source, target)
            pool.run(rows, grain: max(1, 8192 / max(width, 1))) { range in
                for row in range { target[row] = body(.init(rebasing: source[row * width..<(row + 1) * width])) }
            }
        }
    }
}

/// The gradient of each element of `[rows, elements]`.
private func perElement(
    _ dy: Tensor, _ x: Tensor, on pool: WorkerPool,
    _ body: @Sendable (_ row: Int, _ x: UnsafeBufferPointer<Float>, _ dx: UnsafeMutableBufferPointer<Float>) -> Void
) -> Tensor {
    let (rows, width) = (x.shape[0], x.shape[1])
    return x.withElements { source in
        Tensor(unsafeUninitialized: x.shape) { target in
            // Each row is one task's own, so the threads never meet.
            nonisolated(unsafe) let (source, target) = (source, target)
            pool.run(rows, grain: max(1, 8192 / max(width, 1))) { range in
                for row in range {
                    let elements = row * width..<(row + 1) * width
                    body(row, .init(rebasing: source[elements]), .init(rebasing: target[elements]))
                }
            }
        }
    }
}

/// The sum: `y = Σ x`; Keras' `ops.sum`.
public struct SumOperation: ReductionOperation {
    public static let className = "Sum"
    public static let tensorFlow = [TensorFlowFunction("math.reduce_sum", renaming: ["input_tensor": "x"])]
    public var reduction: Reduction
    public init(_ reduction: Reduction) { self.reduction = reduction }

    public static func reduced(_ rows: Tensor, on pool: WorkerPool) -> Tensor {
        perRow(rows, on: pool) { row in Float(row.reduce(into: 0.0) { $0 += Double($1) }) }
    }

    // MARK: dx = dy

    public static func gradient(_ dy: Tensor, _ rows: Tensor, _ y: Tensor, on pool: WorkerPool) -> Tensor {
        perElement(dy, rows, on: pool) { row, _, dx in dx.update(repeating: dy[row]) }
    }
}

/// The mean: `y = Σ x / n`; Keras' `ops.mean`.
public struct MeanOperation: ReductionOperation {
    public static let className = "Mean"
    public static let tensorFlow = [TensorFlowFunction("math.reduce_mean", renaming: ["input_tensor": "x"])]
    public var reduction: Reduction
    public init(_ reduction: Reduction) { self.reduction = reduction }

    public static func reduced(_ rows: Tensor, on pool: WorkerPool) -> Tensor {
        perRow(rows, on: pool) { row in Float(row.reduce(into: 0.0) { $0 += Double($1) } / Double(row.count)) }
    }

    // MARK: dx = dy / n

    public static func gradient(_ dy: Tensor, _ rows: Tensor, _ y: Tensor, on pool: WorkerPool) -> Tensor {
        perElement(dy, rows, on: pool) { row, x, dx in dx.update(repeating: dy[row] / Float(x.count)) }
    }
}

/// The largest element: `y = max x`; Keras' `ops.max`.
///
/// Elements that share the first place share the gradient.
public struct MaxOperation: ReductionOperation {
    public static let className = "Max"
    public static let tensorFlow = [TensorFlowFunction("math.reduce_max", renaming: ["input_tensor": "x"])]
    public var reduction: Reduction
    public init(_ reduction: Reduction) { self.reduction = reduction }

    public static func reduced(_ rows: Tensor, on pool: WorkerPool) -> Tensor {
        perRow(rows, on: pool) { row in row.reduce(-.infinity) { MaximumOperation.value($0, $1) } }
    }

    // MARK: dx = dy / k for the k elements that are y, 0 elsewhere

    public static func gradient(_ dy: Tensor, _ rows: Tensor, _ y: Tensor, on pool: WorkerPool) -> Tensor {
        sharedByWinners(dy, rows, y, on: pool)
    }
}

/// The smallest element: `y = min x`; Keras' `ops.min`.
///
/// Elements that share the last place share the gradient.
public struct MinOperation: ReductionOperation {
    public static let className = "Min"
    public static let tensorFlow = [TensorFlowFunction("math.reduce_min", renaming: ["input_tensor": "x"])]
    public var reduction: Reduction
    public init(_ reduction: Reduction) { self.reduction = reduction }

    public static func reduced(_ rows: Tensor, on pool: WorkerPool) -> Tensor {
        perRow(rows, on: pool) { row in row.reduce(.infinity) { MinimumOperation.value($0, $1) } }
    }

    // MARK: dx = dy / k for the k elements that are y, 0 elsewhere

    public static func gradient(_ dy: Tensor, _ rows: Tensor, _ y: Tensor, on pool: WorkerPool) -> Tensor {
        sharedByWinners(dy, rows, y, on: pool)
    }
}

/// The gradient of each row's result among the elements that are it.
private func sharedByWinners(_ dy: Tensor, _ rows: Tensor, _ y: Tensor, on pool: WorkerPool) -> Tensor {
    perElement(dy, rows, on: pool) { row, x, dx in
        let share = dy[row] / Float(max(1, x.count { $0 == y[row] }))
        for i in x.indices { dx[i] = x[i] == y[row] ? share : 0 }
    }
}
