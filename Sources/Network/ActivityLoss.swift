import Tensors

/// What layers add to the loss of training for their own outputs: Keras' `activity_regularizer`.
///
///     loss = Σ penalty(y) / batch,  over all outputs of all calls
extension Layer {
    public var activityRegularizer: Regularizer? { nil }

    public var hasActivityLoss: Bool { activityRegularizer != nil }

    public func activityLoss(of pass: Pass, _ weights: [Tensor], _ context: Context) -> Float {
        guard let regularizer = activityRegularizer else { return 0 }
        return values(of: pass).reduce(0) { sum, y in
            guard let batch = y.shape.first, batch > 0 else { return sum }
            return sum + regularizer.penalty(y) / Float(batch)
        }
    }

    /// The gradients of the outputs with those of ``activityLoss(of:_:_:)``, as often as the context says.
    ///
    /// A layer that holds others adds theirs in its own backward.
    public func addingActivityGradients(to dy: [Tensor], of pass: Pass, _ context: Context) -> [Tensor] {
        guard let regularizer = activityRegularizer, context.activityScale != 0 else { return dy }
        var dy = dy
        for (output, y) in values(of: pass).enumerated() {
            guard let batch = y.shape.first, batch > 0 else { continue }
            let scale = context.activityScale / Float(batch)
            dy[output] = zipped(dy[output], regularizer.gradient(y), on: context.pool) { $0 + scale * $1 }
        }
        return dy
    }

    /// The outputs that are no mask.
    private func values(of pass: Pass) -> [Tensor] {
        let makesMask = maskUse == .makes || maskUse == .joins && carriesMask(to: 0)
        return makesMask ? pass.outputs.dropLast() : pass.outputs
    }
}
