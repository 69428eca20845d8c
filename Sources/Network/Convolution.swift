import Tensors

/// A layer that computes `y = activation(z)` with `z` a convolution plus a bias: the convolutions of Keras.
///
/// Its weights are its kernels, then the bias if there is one.
public protocol Convolution: UnaryLayer {
    var activation: Activation { get set }
    var useBias: Bool { get }

    /// The convolution with its bias, rectified if `relu`.
    func convolved(_ x: Tensor, _ kernels: [Tensor], bias: Tensor?, relu: Bool, on pool: WorkerPool) -> Tensor

    /// The gradients with respect to the input, if it is wanted, and to the kernels.
    func gradients(
        _ dz: Tensor, _ x: Tensor, _ kernels: [Tensor], wantsInput: Bool, on pool: WorkerPool
    ) -> (input: Tensor?, kernels: [Tensor])
}

extension Convolution {
    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let kernels = useBias ? Array(weights.dropLast()) : weights
        let relu = activation == .relu
        let z = convolved(x, kernels, bias: useBias ? weights.last : nil, relu: relu, on: context.pool)
        return relu ? Pass(x, z) : activation.closing(z, of: x, context)
    }

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        plainBackward(dy, pass, weights, context)
    }

    /// The way back step by step: through the activation, then by input, kernels and bias.
    func plainBackward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let kernels = useBias ? Array(weights.dropLast()) : weights
        let dz = activation.openingGradient(dy, pass, context)
        let found = gradients(dz, pass.x, kernels, wantsInput: context.wantsInputGradients, on: context.pool)
        return Gradients(
            input: found.input, weights: found.kernels + (useBias ? [sumRows(dz, on: context.pool)] : []))
    }

    public func splittingActivation() -> (layer: any Layer, activation: Activation)? {
        guard activation != .linear else { return nil }
        var linear = self
        linear.activation = .linear
        return (linear, activation)
    }
}
