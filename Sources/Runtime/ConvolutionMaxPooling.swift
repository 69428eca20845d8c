import Networks
import Tensors

/// `Conv2D`, the `MaxPooling2D` of 2×2 behind it, and a `Dropout` behind that, in one step of training.
///
///     y = mask · max₂ₓ₂ relu(x ⋆ kernel + bias)
///
/// Of the convolution's own output nothing is stored but, for each window, which cell won; nothing returns through
/// what the rectifier or the dropout set to zero.
struct ConvolutionMaxPooling: FusedStep {
    let convolution: Conv2D
    let dropout: Dropout?

    static func canFuse(_ convolution: Conv2D) -> Bool {
        convolution.groups == 1 && convolution.activityRegularizer == nil
            && (convolution.activation == .relu || convolution.activation == .linear)
    }

    func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let x = inputs[0]
        var (y, winners) = convolution2DMaxPooled(
            x, weights[0], bias: convolution.useBias ? weights[1] : nil, convolution.window(over: x.shape),
            relu: convolution.activation == .relu, on: context.pool)
        if let dropout, context.mode == .training, dropout.rate > 0 {
            dropOut(
                &y, winners: &winners, rate: Float(dropout.rate), factor: factor(of: dropout),
                context.random(dropout.seed), on: context.pool)
        }
        return Pass(inputs, [y], saved: [winners])
    }

    func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let (x, winners, pool) = (pass.x, pass.saved[0], context.pool)
        let window = convolution.window(over: x.shape)
        var dy = dy[0]
        if let dropout, context.mode == .training, dropout.rate > 0 {
            dy = scaled(dy, by: factor(of: dropout), on: pool)
        }
        let gradients = convolution2DMaxPooledGradients(
            dy, winners: winners, x, weights[0], window, wantsInput: context.wantsInputGradients, on: pool)
        let dbias = convolution.useBias ? convolution2DMaxPooledBiasGradient(dy, winners: winners, on: pool) : nil
        return Gradients(inputs: [gradients.input], weights: [gradients.kernel] + (dbias.map { [$0] } ?? []))
    }

    /// What the numbers grow by that are not dropped.
    private func factor(of dropout: Dropout) -> Float { dropout.rate < 1 ? Float(1 / (1 - dropout.rate)) : 0 }
}
