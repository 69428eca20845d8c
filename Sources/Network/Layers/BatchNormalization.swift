import Tensors

/// Brings each channel to mean β and deviation γ over the batch; Keras' `BatchNormalization`.
///
///     y = γ (x − μ) / √(σ² + ε) + β
///
/// In training μ and σ² are the batch's mean and (biased) variance, and the moving ones follow them,
/// `moving ← momentum · moving + (1 − momentum) · batch`; in inference and when frozen, they are the moving ones.
/// Input and output have the same shape; all four weights have one number for each channel. Where a mask
/// `[batch, …]` of all places reaches the layer, the batch's statistics are those of the places it keeps.
public struct BatchNormalization: UnaryLayer, MaskReading {
    public static let kerasName = "BatchNormalization"

    /// Which variance of the batch the moving variance follows.
    public enum MovingVariance: Sendable, Hashable {
        /// `Σ (x − μ)² / n`, as in Keras 3.
        case biased
        /// `Σ (x − μ)² / (n − 1)` for images, as in tf_keras, whose fused kernel does so.
        case unbiasedForImages
    }

    public var axis: Int
    public var momentum: Double
    public var epsilon: Double
    public var center: Bool
    public var scale: Bool
    public var beta: WeightOptions
    public var gamma: WeightOptions
    public var movingMeanInitializer: Initializer
    public var movingVarianceInitializer: Initializer
    /// Keras 3's `synchronized`, for files: a single process computes the same with it.
    public var synchronized: Bool
    /// Not an option of the file: which Keras the training follows.
    public var movingVariance = MovingVariance.biased
    public var maskedInputs: [Int] = []

    public init(
        axis: Int = -1, momentum: Double = 0.99, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true,
        beta: WeightOptions = WeightOptions(.zeros), gamma: WeightOptions = WeightOptions(.ones),
        movingMeanInitializer: Initializer = .zeros, movingVarianceInitializer: Initializer = .ones,
        synchronized: Bool = false
    ) {
        self.axis = axis
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta = beta
        self.gamma = gamma
        self.movingMeanInitializer = movingMeanInitializer
        self.movingVarianceInitializer = movingVarianceInitializer
        self.synchronized = synchronized
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        // tf_keras writes the axis of a built layer as a list.
        axis =
            try options.optional("axis", "one axis") { $0.int ?? ($0.array?.count == 1 ? $0.array?[0].int : nil) } ?? -1
        momentum = try options.double("momentum", default: 0.99)
        epsilon = try options.double("epsilon", default: 1e-3)
        center = try options.bool("center", default: true)
        scale = try options.bool("scale", default: true)
        beta = try options.weight("beta", default: .zeros)
        gamma = try options.weight("gamma", default: .ones)
        movingMeanInitializer = try options.initializer("moving_mean_initializer") ?? .zeros
        movingVarianceInitializer = try options.initializer("moving_variance_initializer") ?? .ones
        synchronized = try options.bool("synchronized", default: false)
        try options.refuse("renorm", "renorm_clipping", "virtual_batch_size", "adjustment")
        options.ignore("renorm_momentum", "fused")
    }

    public var options: Options {
        var options: Options = [
            "axis": .int(axis), "momentum": .double(momentum), "epsilon": .double(epsilon), "center": .bool(center),
            "scale": .bool(scale), "beta_initializer": beta.initializer.optionValue,
            "gamma_initializer": gamma.initializer.optionValue,
            "moving_mean_initializer": movingMeanInitializer.optionValue,
            "moving_variance_initializer": movingVarianceInitializer.optionValue,
        ]
        options.append(weights: [("beta", beta), ("gamma", gamma)])
        if synchronized { options["synchronized"] = true }
        return options
    }

    public var maskUse: MaskUse { .reads }

    public func carriesMask(to output: Int) -> Bool { output == 0 }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        guard inputs.count == 1 + maskedInputs.count else {
            throw ShapeError(layer: "BatchNormalization", expected: "one input", found: inputs)
        }
        if readsMask, inputs[1].count != inputs[0].count - 1 || axis != -1 && axis != inputs[0].count - 1 {
            throw ShapeError(
                layer: "BatchNormalization(axis: \(axis)) with a mask",
                expected: "a mask of all places and the channels last", found: inputs)
        }
        return [try outputShape(for: inputs[0])]
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        _ = try channels(of: input)
        return input
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        let shape: Shape = [try channels(of: input)]
        var specs: [WeightSpec] = []
        if scale { specs.append(gamma.spec("gamma", shape)) }
        if center { specs.append(beta.spec("beta", shape)) }
        return specs + [
            WeightSpec("moving_mean", shape, movingMeanInitializer, isTrainable: false),
            WeightSpec("moving_variance", shape, movingVarianceInitializer, isTrainable: false),
        ]
    }

    private func channels(of input: Shape) throws(ShapeError) -> Int {
        let axis = axis < 0 ? axis + input.count : axis
        guard input.count >= 2, (1..<input.count).contains(axis), input[axis] > 0 else {
            throw ShapeError(layer: "BatchNormalization(axis: \(self.axis))", expected: "channels there", found: input)
        }
        return input[axis]
    }

    // MARK: y = x̂ γ + β  with  x̂ = (x − μ) / √(σ² + ε)

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        guard readsMask else { return forward(inputs[0], weights, context) }
        var pass = forward(inputs[0], mask: inputs[1], weights, context, relu: false)
        pass.inputs = inputs
        return pass
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        forward(x, weights, context, relu: false)
    }

    /// The same with a rectifier behind it, if asked for: for plans that fuse the two.
    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context, relu: Bool) -> Pass {
        forward(x, mask: nil, weights, context, relu: relu)
    }

    private func forward(
        _ x: Tensor, mask: Tensor?, _ weights: [Tensor], _ context: Context, relu: Bool
    ) -> Pass {
        let pool = context.pool
        let rows = channelsLast(x, pool)
        let moving = (mean: weights[weights.count - 2], variance: weights[weights.count - 1])
        let learns = context.mode == .training && context.isTrainable
        let (mean, variance) = learns ? channelMoments(mask.map { kept(rows, $0) } ?? rows, on: pool) : moving
        let epsilon = Float(epsilon)
        let factor = Tensor(variance.shape, variance.elements.map { 1 / ($0 + epsilon).squareRoot() })

        let slope = scale ? multiplying(factor, weights[0], on: pool) : factor
        var offset = scaled(multiplying(mean, slope, on: pool), by: -1, on: pool)
        if center { offset = adding(offset, weights[scale ? 1 : 0], on: pool) }
        let y = channelsBack(scaledShifted(rows, scale: slope, shift: offset, relu: relu, on: pool), x.shape, pool)
        guard learns else { return Pass(x, y, saved: [mean, factor]) }

        let count = Float(rows.count / max(mean.count, 1))
        let unbiased = movingVariance == .unbiasedForImages && x.shape.count == 4 && count > 1
        let seen = unbiased ? scaled(variance, by: count / (count - 1), on: pool) : variance
        return Pass(
            x, y, saved: [mean, factor],
            updates: [
                weights.count - 2: following(mean, moving.mean), weights.count - 1: following(seen, moving.variance),
            ])
    }

    // MARK: dγ = Σ dy x̂,  dβ = Σ dy,  dx = γ / √(σ² + ε) (dy − dβ / n − x̂ dγ / n)  (without the last two if μ, σ² are fixed)

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        var gradients = backward(dy[0], pass, weights, context)
        gradients.inputs = withMasks(gradients.inputs)
        return gradients
    }

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        backward(dy, pass, weights, context, relu: false)
    }

    /// The way back from ``forward(_:_:_:relu:)``: with a rectifier, `dy` counts where `y > 0`.
    public func backward(
        _ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context, relu: Bool
    ) -> Gradients {
        let pool = context.pool
        let (mean, factor) = (pass.saved[0], pass.saved[1])
        let (x, dy) = (channelsLast(pass.x, pool), channelsLast(dy, pool))
        let rectified = relu ? channelsLast(pass.y, pool) : nil
        let (dbeta, product) = normalizationSums(dy, x, mean: mean, rectified: rectified, on: pool)
        let dgamma = multiplying(product, factor, on: pool)

        var gradients = [Tensor?](repeating: nil, count: weights.count)
        if scale { gradients[0] = dgamma }
        if center { gradients[scale ? 1 : 0] = dbeta }
        guard context.wantsInputGradients else { return Gradients(input: nil, weights: gradients) }

        let slope = scale ? multiplying(factor, weights[0], on: pool) : factor
        // Where mean and variance are fixed, nothing returns through them, nor to places that are not in them.
        let mask = readsMask && !pass.updates.isEmpty ? pass.inputs[1] : nil
        let count = mask.map { $0.elements.count { $0 != 0 } } ?? x.count / max(mean.count, 1)
        let share = pass.updates.isEmpty ? 0 : -1 / Float(max(count, 1))
        let ofMean = scaled(multiplying(slope, dbeta, on: pool), by: share, on: pool)
        let ofVariance = scaled(
            multiplying(multiplying(slope, factor, on: pool), dgamma, on: pool), by: share, on: pool)
        var dx = normalizationGradient(
            dy, x, mean: mean, rectified: rectified, a: slope, b: ofVariance, c: ofMean, on: pool)
        if let mask {
            let channels = mean.count
            dx.withMutableElements { dx in
                for i in dx.indices where mask[i / channels] == 0 { dx[i] = slope[i % channels] * dy[i] }
            }
        }
        return Gradients(input: channelsBack(dx, pass.x.shape, pool), weights: gradients)
    }

    /// The rows that a mask keeps; one row of zeros where it keeps none.
    private func kept(_ rows: Tensor, _ mask: Tensor) -> Tensor {
        let channels = rows.shape[rows.shape.count - 1]
        let places = (0..<mask.count).filter { mask[$0] != 0 }
        guard !places.isEmpty else { return Tensor([1, channels]) }
        return Tensor(unsafeUninitialized: [places.count, channels]) { target in
            for i in target.indices { target[i] = rows[places[i / channels] * channels + i % channels] }
        }
    }

    private func following(_ batch: Tensor, _ moving: Tensor) -> Tensor {
        let momentum = Float(momentum)
        return Tensor(
            moving.shape, zip(moving.elements, batch.elements).map { $0 * momentum + $1 * (1 - momentum) })
    }

    /// `x` with its channels moved to the last axis, where they are not there already.
    private func channelsLast(_ x: Tensor, _ pool: WorkerPool) -> Tensor {
        order(x.shape).map { transposed(x, axes: $0, on: pool) } ?? x
    }

    /// The way back from ``channelsLast(_:_:)``.
    private func channelsBack(_ y: Tensor, _ shape: Shape, _ pool: WorkerPool) -> Tensor {
        order(shape).map { transposed(y, axes: $0, on: pool) } ?? y
    }

    /// The exchange of the channels' axis with the last one.
    private func order(_ shape: Shape) -> [Int]? {
        let axis = axis < 0 ? axis + shape.count : axis
        guard axis != shape.count - 1 else { return nil }
        var order = Array(shape.indices)
        order.swapAt(axis, shape.count - 1)
        return order
    }
}
