import Networks
import Tensors

/// What a step of prediction does around its convolution or dense layer, all known before the first input comes.
struct PredictionChain: Sendable {
    /// Zeros around the image, before a convolution.
    var padding: Padding2D?
    /// The normalization behind the layer, folded into its weights, and where its own weights are.
    var normalization: (layer: Int, BatchNormalization)?
    var activation = Activation.linear
    /// Whether a max pooling of 2×2 ends the step.
    var pools = false

    /// Prepares the step for inputs of one size: folds, packs, transforms.
    ///
    /// - Returns: nil for a layer that has no prepared form, or not for this size.
    func prepared(_ step: Plan.Step, in model: Model, for input: Shape, on pool: WorkerPool) -> PreparedStep? {
        if let layer = step.layer as? any ImageConvolution {
            let links = [(source: step.source, layer: layer, chain: self)] + step.following
            var (convolutions, shape): ([PreparedConvolution], Shape) = ([], input)
            for link in links {
                let weights = model.layers[link.source.layer].weights
                let next = link.chain.convolution(link.layer, weights, in: model, for: shape, on: pool)
                guard let next else { return nil }
                convolutions.append(next)
                shape = next.output(for: shape)
            }
            let last = links[links.count - 1].chain
            guard let middle = links.firstIndex(where: { $0.layer is DepthwiseConv2D }), links.count > 1 else {
                let convolution = convolutions[0]
                return last.closed { convolution($0, on: $1) }
            }
            let block = DepthwiseBlock(
                expansion: middle > 0 ? convolutions[0] : nil, depthwise: convolutions[middle],
                projection: middle + 1 < links.count ? convolutions[middle + 1] : nil)
            return last.closed { block($0, on: $1) }
        }
        let weights = model.layers[step.source.layer].weights
        guard let layer = step.layer as? Dense else { return nil }
        var (kernel, bias) = (weights[0], layer.useBias ? weights[1] : nil)
        fold(model, into: &kernel, &bias)
        let product = PreparedDense(kernel, bias: bias, relu: rectifies, closing: closing, on: pool)
        return closed { product($0, on: $1) }
    }

    /// The convolution and what it can do on the way.
    private func convolution(
        _ layer: any ImageConvolution, _ weights: [Tensor], in model: Model, for input: Shape, on pool: WorkerPool
    ) -> PreparedConvolution? {
        var (kernel, bias) = (weights[0], layer.useBias ? weights[1] : nil)
        fold(model, into: &kernel, &bias)
        return layer.prepared(
            kernel, bias: bias, relu: rectifies, closing: closing, pooling: pools, padding: padding, for: input,
            on: pool)
    }

    private var rectifies: Bool { activation == .relu }
    private var function: Activation? { rectifies || activation == .linear ? nil : activation }
    /// The activation as the product's last act, where it can be that.
    private var closing: PointwiseFunction? { function?.pointwise }

    /// Whether nothing is left to do behind the product.
    var closesItself: Bool { function == nil || closing != nil }

    /// The step with the activation that the product could not do itself.
    private func closed(_ product: @escaping @Sendable (Tensor, WorkerPool) -> Tensor) -> PreparedStep {
        guard !closesItself, let function else { return PreparedStep(product) }
        return PreparedStep { x, pool in function(product(x, pool), on: pool) }
    }

    // MARK: γ (x ⋆ k + b − μ) / √(σ² + ε) + β  =  x ⋆ (k · s) + (b − μ) · s + β  with  s = γ / √(σ² + ε)

    private func fold(_ model: Model, into kernel: inout Tensor, _ bias: inout Tensor?) {
        guard let (layer, norm) = normalization else { return }
        let weights = model.layers[layer].weights.map(\.elements)
        let (mean, variance) = (weights[weights.count - 2], weights[weights.count - 1])
        let epsilon = Float(norm.epsilon)
        let slope = variance.indices.map { i in
            1 / (variance[i] + epsilon).squareRoot() * (norm.scale ? weights[0][i] : 1)
        }
        let beta = norm.center ? weights[norm.scale ? 1 : 0] : [Float](repeating: 0, count: mean.count)
        let old = bias?.elements ?? [Float](repeating: 0, count: mean.count)
        bias = Tensor([mean.count], mean.indices.map { (old[$0] - mean[$0]) * slope[$0] + beta[$0] })
        // The last axis of a kernel is the units; a depthwise kernel's last two together are.
        let units = mean.count
        kernel.withMutableElements { kernel in
            for start in stride(from: 0, to: kernel.count, by: units) {
                for i in 0..<units { kernel[start + i] *= slope[i] }
            }
        }
    }
}

/// A step of prediction with everything done that does not depend on the numbers of the input.
struct PreparedStep: Sendable {
    private let body: @Sendable (Tensor, WorkerPool) -> Tensor

    init(_ body: @escaping @Sendable (Tensor, WorkerPool) -> Tensor) { self.body = body }

    func callAsFunction(_ x: Tensor, on pool: WorkerPool) -> Tensor { body(x, pool) }
}

/// The convolutions over images that a plan can prepare.
protocol ImageConvolution: Convolution {
    var padding: Padding { get }

    func window(over input: Shape) -> Window2D

    func prepared(
        _ kernel: Tensor, bias: Tensor?, relu: Bool, closing: PointwiseFunction?, pooling: Bool, padding: Padding2D?,
        for input: Shape, on pool: WorkerPool
    ) -> PreparedConvolution?
}

extension ImageConvolution {
    /// The window over an image, and around it the zeros of a padding layer.
    func window(over input: Shape, padding: Padding2D?) -> Window2D {
        guard let padding else { return window(over: input) }
        var window = window(over: input)
        window.padding = padding
        return window
    }
}

extension Conv2D: ImageConvolution {
    func prepared(
        _ kernel: Tensor, bias: Tensor?, relu: Bool, closing: PointwiseFunction?, pooling: Bool, padding: Padding2D?,
        for input: Shape, on pool: WorkerPool
    ) -> PreparedConvolution? {
        PreparedConvolution(
            kernel, bias: bias, window(over: input, padding: padding), groups: groups, relu: relu,
            closing: closing, pooling: pooling, input: input, on: pool)
    }
}

extension DepthwiseConv2D: ImageConvolution {
    func prepared(
        _ kernel: Tensor, bias: Tensor?, relu: Bool, closing: PointwiseFunction?, pooling: Bool, padding: Padding2D?,
        for input: Shape, on pool: WorkerPool
    ) -> PreparedConvolution? {
        // One channel a group, and as many units as the multiplier: the kernel has the same elements in the same order.
        let channels = input[3]
        return PreparedConvolution(
            kernel.reshaped(to: [kernelSize[0], kernelSize[1], 1, channels * depthMultiplier]), bias: bias,
            window(over: input, padding: padding), groups: channels, relu: relu, closing: closing, input: input,
            on: pool)
    }
}
