import Networks
import Tensors

/// Stochastic gradient descent, with momentum if asked for: `keras.optimizers.SGD`.
///
///     w ← w − α g                      without momentum
///
///     v ← μ v − α g                    with momentum
///     w ← w + v
///     w ← w + μ v − α g                instead, after Nesterov
public struct SGD: Optimizer {
    public static let kerasName = "SGD"

    public var settings: OptimizerSettings
    public var momentum: Double
    public var nesterov: Bool

    public init(learningRate: LearningRate = 0.01, momentum: Double = 0, nesterov: Bool = false) {
        settings = OptimizerSettings(learningRate: learningRate)
        self.momentum = momentum
        self.nesterov = nesterov
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try OptimizerSettings(from: &options, learningRate: 0.01)
        momentum = try options.fraction("momentum", default: 0)
        nesterov = try options.bool("nesterov", default: false)
    }

    public var ownOptions: Options { ["momentum": .double(momentum), "nesterov": .bool(nesterov)] }

    public func slotGroups(for weight: Shape) -> [[String]] { momentum == 0 ? [] : [["momentum"]] }

    public func update(_ w: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep) {
        let (momentum, nesterov, rate) = (Float(momentum), nesterov, step.learningRate)
        step.inParts(of: &w, gradient, &slots) { [pool = step.pool] part in
            let (first, count) = (part.range.lowerBound, part.range.count)
            if let v = part.slots.first {
                pool.momentum(
                    part.w + first, part.g + first, v + first, factor: momentum, rate: rate, nesterov: nesterov,
                    count: count)
            } else {
                pool.descent(part.w + first, part.g + first, rate: rate, count: count)
            }
        }
    }
}
