import Networks
import Tensors

/// Several layers computed as one: the same meaning as one after another, held against that by a test.
protocol FusedStep: Sendable {
    /// As ``Layer/forward(_:_:_:)``, with the weights of the step's first layer.
    func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass

    /// As ``Layer/backward(_:_:_:_:)``.
    func backward(_ outputGradients: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients
}

extension Plan.Step {
    func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        fused?.forward(inputs, weights, context) ?? layer.forward(inputs, weights, context)
    }

    func backward(
        _ outputGradients: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context
    ) -> Gradients {
        fused?.backward(outputGradients, pass, weights, context)
            ?? layer.backward(outputGradients, pass, weights, context)
    }
}
