import Tensors

/// Drops whole samples of a branch in training (Huang et al., 2016); the layer `StochasticDepth` of Keras' ConvNeXt.
///
///     y = x / (1 − rate) for samples that are kept, 0 for the others
///
/// Input and output have the same shape.
public struct StochasticDepth: UnaryLayer {
    public static let kerasName = "StochasticDepth"

    /// The fraction of samples that is dropped.
    public var dropPathRate: Double

    public init(dropPathRate: Double) { self.dropPathRate = dropPathRate }

    public init(from options: inout OptionReader) throws(OptionError) {
        dropPathRate = try options.fraction("drop_path_rate")
    }

    public var options: Options { ["drop_path_rate": .double(dropPathRate)] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape { input }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(x, kept(x, context))
    }

    // MARK: dx = dy / (1 − rate) for samples that are kept

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: kept(dy, context))
    }

    private func kept(_ x: Tensor, _ context: Context) -> Tensor {
        guard context.mode == .training, dropPathRate > 0 else { return x }
        let size = x.shape.dropFirst().reduce(1, *)
        let mask = dropoutMask([x.shape[0]], rate: dropPathRate, context.random, on: context.pool)
        var y = x
        y.withMutableElements { y in
            for i in y.indices { y[i] *= mask[i / size] }
        }
        return y
    }
}
