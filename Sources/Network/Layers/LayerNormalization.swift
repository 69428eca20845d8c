import Tensors

/// Brings each sample to mean β and deviation γ along some axes; Keras' `LayerNormalization`.
///
///     y = γ (x − μ) / √(σ² + ε) + β      or, with rmsScaling,      y = γ x / √(σ² + ε)
///
/// with mean μ and variance σ² of each place's numbers along `axes`. Input and output have the same shape; `gamma` and
/// `beta` have the input's extents along `axes` (Ba et al., 2016).
public struct LayerNormalization: UnaryLayer {
    public static let kerasName = "LayerNormalization"

    public var axes: [Int]
    public var epsilon: Double
    public var center: Bool
    public var scale: Bool
    /// Whether the mean stays where it is and there is no `beta`.
    public var rmsScaling: Bool
    public var beta: WeightOptions
    public var gamma: WeightOptions

    public init(
        axes: [Int] = [-1], epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true, rmsScaling: Bool = false,
        beta: WeightOptions = WeightOptions(.zeros), gamma: WeightOptions = WeightOptions(.ones)
    ) {
        self.axes = axes
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.rmsScaling = rmsScaling
        self.beta = beta
        self.gamma = gamma
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        axes = try options.axes()
        epsilon = try options.double("epsilon", default: 1e-3)
        center = try options.bool("center", default: true)
        scale = try options.bool("scale", default: true)
        rmsScaling = try options.bool("rms_scaling", default: false)
        beta = try options.weight("beta", default: .zeros)
        gamma = try options.weight("gamma", default: .ones)
    }

    public var options: Options {
        var options: Options = [
            "axis": .axes(axes), "epsilon": .double(epsilon), "center": .bool(center), "scale": .bool(scale),
        ]
        if rmsScaling { options["rms_scaling"] = true }
        options.append(weights: [("beta", beta), ("gamma", gamma)])
        return options
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        _ = try weights(for: input)
        return input
    }

    private var hasGamma: Bool { scale || rmsScaling }
    private var hasBeta: Bool { center && !rmsScaling }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        guard let rows = AxisRows(axes, rank: input.count), rows.axes.allSatisfy({ input[$0] != Shape.unknown }) else {
            throw ShapeError(layer: "LayerNormalization(axes: \(axes))", expected: "known extents there", found: input)
        }
        let shape = Shape(rows.axes.map { input[$0] })
        return (hasGamma ? [gamma.spec("gamma", shape)] : []) + (hasBeta ? [beta.spec("beta", shape)] : [])
    }

    private func rows(_ rank: Int) -> AxisRows {
        guard let rows = AxisRows(axes, rank: rank) else { preconditionFailure("the axes were checked before") }
        return rows
    }

    private var rule: RowNormalization { rmsScaling ? .byDeviation(epsilon: epsilon) : .standardized(epsilon: epsilon) }

    // MARK: y = γ x̂ + β

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let (pool, axes) = (context.pool, rows(x.shape.count))
        let (normal, statistics) = rule.forward(axes.rows(x, on: pool), on: pool)
        let n = normal.shape[1]
        let gamma = hasGamma ? weights[0].reshaped(to: [n]) : Tensor([n], repeating: 1)
        let beta = hasBeta ? weights[weights.count - 1].reshaped(to: [n]) : Tensor([n], repeating: 0)
        let y = scaledShifted(normal, scale: gamma, shift: beta, on: pool)
        return Pass(x, axes.tensor(y, x.shape, on: pool), saved: [normal, statistics])
    }

    // MARK: dx from γ dy as RowNormalization says,  dγ = Σ dy x̂,  dβ = Σ dy

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let (pool, axes) = (context.pool, rows(dy.shape.count))
        let (normal, statistics, dy) = (pass.saved[0], pass.saved[1], axes.rows(dy, on: pool))
        var gradients: [Tensor?] = []
        if hasGamma {
            gradients.append(sumRows(multiplying(dy, normal, on: pool), on: pool).reshaped(to: weights[0].shape))
        }
        if hasBeta { gradients.append(sumRows(dy, on: pool).reshaped(to: weights[weights.count - 1].shape)) }
        guard context.wantsInputGradients else { return Gradients(input: nil, weights: gradients) }
        let n = normal.shape[1]
        let gamma = hasGamma ? weights[0].reshaped(to: [n]) : Tensor([n], repeating: 1)
        let g = scaledShifted(dy, scale: gamma, shift: Tensor([n], repeating: 0), on: pool)
        let dx = rule.backward(g, axes.rows(pass.x, on: pool), statistics, on: pool)
        return Gradients(input: axes.tensor(dx, pass.x.shape, on: pool), weights: gradients)
    }
}
