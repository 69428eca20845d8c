import Networks
import Tensors

/// `BatchNormalization` and the rectifier behind it, in one step of training: `y = max(x̂ γ + β, 0)`.
struct RectifiedNormalization: FusedStep {
    let normalization: BatchNormalization

    func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        normalization.forward(inputs[0], weights, context, relu: true)
    }

    func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        normalization.backward(dy[0], pass, weights, context, relu: true)
    }
}
