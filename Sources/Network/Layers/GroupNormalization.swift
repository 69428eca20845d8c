import Tensors

/// Brings each group of channels of each sample to mean β and deviation γ; Keras' `GroupNormalization`.
///
///     y = γ (x − μ) / √(σ² + ε) + β
///
/// with mean μ and variance σ² over all places and the consecutive channels of a group. Input and output have the same
/// shape; `gamma` and `beta` have one number for each channel (Wu and He, 2018).
public struct GroupNormalization: UnaryLayer {
    public static let kerasName = "GroupNormalization"

    /// The number of groups; −1 makes each channel a group.
    public var groups: Int
    /// The axis of the channels.
    public var axis: Int
    public var epsilon: Double
    public var center: Bool
    public var scale: Bool
    public var beta: WeightOptions
    public var gamma: WeightOptions

    public init(
        groups: Int = 32, axis: Int = -1, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true,
        beta: WeightOptions = WeightOptions(.zeros), gamma: WeightOptions = WeightOptions(.ones)
    ) {
        self.groups = groups
        self.axis = axis
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta = beta
        self.gamma = gamma
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        groups =
            try options.optional("groups", "a positive whole number, or -1") { value in
                value.int.flatMap { $0 > 0 || $0 == -1 ? $0 : nil }
            } ?? 32
        axis = try options.int("axis", default: -1)
        epsilon = try options.double("epsilon", default: 1e-3)
        center = try options.bool("center", default: true)
        scale = try options.bool("scale", default: true)
        beta = try options.weight("beta", default: .zeros)
        gamma = try options.weight("gamma", default: .ones)
    }

    public var options: Options {
        var options: Options = [
            "groups": .int(groups), "axis": .int(axis), "epsilon": .double(epsilon), "center": .bool(center),
            "scale": .bool(scale),
        ]
        options.append(weights: [("beta", beta), ("gamma", gamma)])
        return options
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        _ = try weights(for: input)
        return input
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        let axis = axis < 0 ? axis + input.count : axis
        guard (1..<max(input.count, 1)).contains(axis), input[axis] > 0, groups == -1 || input[axis] % groups == 0
        else {
            throw ShapeError(
                layer: "GroupNormalization(\(groups))", expected: "channels in equal groups along axis \(self.axis)",
                found: input)
        }
        let shape: Shape = [input[axis]]
        return (scale ? [gamma.spec("gamma", shape)] : []) + (center ? [beta.spec("beta", shape)] : [])
    }

    /// How the tensor is cut into rows, one for each sample and group, and brought back to channels last.
    private struct Layout {
        /// The order that brings the channels' axis to the end.
        var last: [Int]
        /// The extents as batch, places, groups, and channels of a group.
        var cut: Shape

        init(_ shape: Shape, axis: Int, groups: Int) {
            let axis = axis < 0 ? axis + shape.count : axis
            last = shape.indices.filter { $0 != axis } + [axis]
            let groups = groups == -1 ? shape[axis] : groups
            let places = shape.dropFirst().reduce(1, *) / shape[axis]
            cut = [shape[0], places, groups, shape[axis] / groups]
        }

        /// Channels last, as `[places of all samples, channels]`.
        func channelsLast(_ x: Tensor, _ pool: WorkerPool) -> Tensor {
            transposed(x, axes: last, on: pool).reshaped(to: [cut[0] * cut[1], cut[2] * cut[3]])
        }

        func back(_ y: Tensor, _ shape: Shape, _ pool: WorkerPool) -> Tensor {
            let moved = y.reshaped(to: Shape(last.map { shape[$0] }))
            return transposed(moved, axes: last.indices.map { last.firstIndex(of: $0) ?? $0 }, on: pool)
        }

        /// From channels last to rows.
        func rows(_ x: Tensor, _ pool: WorkerPool) -> Tensor {
            transposed(x.reshaped(to: cut), axes: [0, 2, 1, 3], on: pool)
                .reshaped(to: [cut[0] * cut[2], cut[1] * cut[3]])
        }

        /// From rows to channels last.
        func unrolled(_ rows: Tensor, _ pool: WorkerPool) -> Tensor {
            transposed(rows.reshaped(to: [cut[0], cut[2], cut[1], cut[3]]), axes: [0, 2, 1, 3], on: pool)
                .reshaped(to: [cut[0] * cut[1], cut[2] * cut[3]])
        }
    }

    // MARK: y = γ x̂ + β

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let (pool, layout) = (context.pool, Layout(x.shape, axis: axis, groups: groups))
        let rows = layout.rows(layout.channelsLast(x, pool), pool)
        let (normalRows, statistics) = RowNormalization.standardized(epsilon: epsilon).forward(rows, on: pool)
        let normal = layout.unrolled(normalRows, pool)
        let y = scaledShifted(normal, scale: gammaRow(weights, normal), shift: betaRow(weights, normal), on: pool)
        return Pass(x, layout.back(y, x.shape, pool), saved: [normal, statistics])
    }

    // MARK: dx from γ dy as RowNormalization says,  dγ = Σ dy x̂,  dβ = Σ dy

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let (pool, layout) = (context.pool, Layout(dy.shape, axis: axis, groups: groups))
        let (normal, statistics, dy) = (pass.saved[0], pass.saved[1], layout.channelsLast(dy, pool))
        var gradients: [Tensor?] = []
        if scale { gradients.append(sumRows(multiplying(dy, normal, on: pool), on: pool)) }
        if center { gradients.append(sumRows(dy, on: pool)) }
        guard context.wantsInputGradients else { return Gradients(input: nil, weights: gradients) }
        let none = Tensor([normal.shape[1]], repeating: 0)
        let g = scaledShifted(dy, scale: gammaRow(weights, normal), shift: none, on: pool)
        let rows = layout.rows(layout.channelsLast(pass.x, pool), pool)
        let dx = RowNormalization.standardized(epsilon: epsilon)
            .backward(layout.rows(g, pool), rows, statistics, on: pool)
        return Gradients(input: layout.back(layout.unrolled(dx, pool), pass.x.shape, pool), weights: gradients)
    }

    private func gammaRow(_ weights: [Tensor], _ rows: Tensor) -> Tensor {
        scale ? weights[0] : Tensor([rows.shape[1]], repeating: 1)
    }

    private func betaRow(_ weights: [Tensor], _ rows: Tensor) -> Tensor {
        center ? weights[weights.count - 1] : Tensor([rows.shape[1]], repeating: 0)
    }
}
