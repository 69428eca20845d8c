import Tensors

/// The product of two inputs over one axis of each, sample by sample; Keras' `Dot`.
///
///     y[b, i…, j…] = Σₖ x₁[b, i…, k at axes[0], …] · x₂[b, j…, k at axes[1], …]
///
/// The output has the remaining axes of the first input, then those of the second; with `normalize` each input is
/// brought to length 1 along its axis first. Two vectors give shape `[batch, 1]`.
public struct Dot: Layer {
    public static let kerasName = "Dot"

    /// The axis of each input that is summed over; negative ones count from the end.
    public var axes: [Int]
    public var normalize: Bool

    public init(axes: [Int], normalize: Bool = false) {
        precondition(axes.count == 2, "Dot needs one axis for each of its two inputs")
        self.axes = axes
        self.normalize = normalize
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        axes = try options.required("axes", "one axis or two, not 0") { value in
            let axes = value.int.map { [$0, $0] } ?? value.array?.compactMap(\.int) ?? []
            return axes.count == 2 && !axes.contains(0) ? axes : nil
        }
        normalize = try options.bool("normalize", default: false)
    }

    public var options: Options {
        ["axes": axes[0] == axes[1] ? .int(axes[0]) : OptionValue(axes), "normalize": .bool(normalize)]
    }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        guard inputs.count == 2, zip(axes, inputs).allSatisfy({ (1..<max($1.count, 1)).contains(position($0, $1)) })
        else {
            throw ShapeError(layer: "Dot", expected: "two inputs with the axes \(axes)", found: inputs)
        }
        let (left, right) = (inputs[0], inputs[1])
        let extents = (left[position(axes[0], left)], right[position(axes[1], right)])
        guard extents.0 == extents.1 || extents.0 == Shape.unknown || extents.1 == Shape.unknown,
            left[0] == right[0] || left[0] == Shape.unknown || right[0] == Shape.unknown
        else {
            throw ShapeError(layer: "Dot", expected: "equal extents along the axes \(axes)", found: inputs)
        }
        var result = left
        result.extents.remove(at: position(axes[0], left))
        var rest = Array(right.dropFirst())
        rest.remove(at: position(axes[1], right) - 1)
        result.extents += rest
        return [result.count == 1 ? Shape(result + [1]) : result]
    }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] { [] }

    private func position(_ axis: Int, _ shape: Shape) -> Int { axis < 0 ? axis + shape.count : axis }

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let units = zip(inputs, axes).map { rows($0, $1, context.pool) }
        let (left, right) = (units[0].unit, units[1].unit)
        let products = (0..<left.shape[0]).map { sample in
            matmul(slice(left, sample), slice(right, sample), transposingB: true, on: context.pool).elements
        }
        var shape = Shape(inputs[0].shape.prefix(1) + units[0].rest + units[1].rest)
        if shape.count == 1 { shape = Shape(shape + [1]) }
        return Pass(inputs, [Tensor(shape, Array(products.joined()))])
    }

    // MARK: du₁ = dy · u₂,  du₂ = dyᵀ · u₁,  where u = x, or x / ‖x‖ with dx = (du − u Σ u du) / ‖x‖

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let units = zip(pass.inputs, axes).map { rows($0, $1, context.pool) }
        let (left, right) = (units[0].unit, units[1].unit)
        let dy = dy[0].reshaped(to: [left.shape[0], left.shape[1], right.shape[1]])
        let samples = 0..<left.shape[0]
        let dleft = samples.map { matmul(slice(dy, $0), slice(right, $0), on: context.pool).elements }
        let dright = samples.map {
            matmul(slice(dy, $0), slice(left, $0), transposingA: true, on: context.pool).elements
        }
        return Gradients(inputs: [
            back(Tensor(left.shape, Array(dleft.joined())), pass.inputs[0], axes[0], units[0], context.pool),
            back(Tensor(right.shape, Array(dright.joined())), pass.inputs[1], axes[1], units[1], context.pool),
        ])
    }

    /// An input as `[batch, rows, k]`, its summed axis last, with its vectors' inverse lengths if they are normalized.
    private struct Rows {
        var unit: Tensor
        var rest: [Int]
        /// The inverse lengths, of shape `[batch, rows, 1]`.
        var inverse: Tensor?
    }

    private func order(_ shape: Shape, _ axis: Int) -> [Int] {
        shape.indices.filter { $0 != position(axis, shape) } + [position(axis, shape)]
    }

    private func rows(_ x: Tensor, _ axis: Int, _ pool: WorkerPool) -> Rows {
        let moved = transposed(x, axes: order(x.shape, axis), on: pool)
        let rest = Array(moved.shape.dropFirst().dropLast())
        let (count, depth) = (rest.reduce(1, *), moved.shape[moved.shape.count - 1])
        let flat = moved.reshaped(to: [x.shape[0], count, depth])
        guard normalize else { return Rows(unit: flat, rest: rest) }
        let sums = summed(multiplying(flat, flat, on: pool), to: [x.shape[0], count, 1], on: pool)
        // Keras' bound: a vector of length 0 stays 0.
        let inverse = mapped(sums, on: pool) { min(1 / $0.squareRoot(), 1e7) }
        return Rows(
            unit: multiplying(flat, inverse, on: pool), rest: rest,
            inverse: inverse)
    }

    private func back(_ du: Tensor, _ x: Tensor, _ axis: Int, _ rows: Rows, _ pool: WorkerPool) -> Tensor {
        var dx = du
        if let inverse = rows.inverse {
            let along = summed(multiplying(du, rows.unit, on: pool), to: inverse.shape, on: pool)
            let radial = multiplying(rows.unit, along, on: pool)
            dx = multiplying(subtracting(du, radial, on: pool), inverse, on: pool)
        }
        let order = order(x.shape, axis)
        let moved = dx.reshaped(to: Shape(order.map { x.shape[$0] }))
        return transposed(moved, axes: order.indices.map { order.firstIndex(of: $0) ?? $0 }, on: pool)
    }

    /// The matrix of one sample.
    private func slice(_ x: Tensor, _ sample: Int) -> Tensor {
        let size = x.shape[1] * x.shape[2]
        return x.withElements { Tensor([x.shape[1], x.shape[2]], $0[sample * size..<(sample + 1) * size]) }
    }
}
