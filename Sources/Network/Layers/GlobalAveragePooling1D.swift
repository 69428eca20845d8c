import Tensors

/// The mean of each channel of a sequence: `y = mean of x` over all places; Keras' `GlobalAveragePooling1D`.
///
/// The input has shape `[batch, length, channels]`, the output `[batch, channels]`, or with `keepdims` the
/// input's rank with extents of 1. Where a mask reaches the layer the mean is that of the places it keeps. The
/// arithmetic without a mask is in ``GlobalAveragePooling``.
public struct GlobalAveragePooling1D: GlobalAveragePooling, MaskReading {
    public static let kerasName = "GlobalAveragePooling1D"
    public static let axes = 1

    public var keepdims: Bool
    public var maskedInputs: [Int] = []

    public init(keepdims: Bool = false) { self.keepdims = keepdims }

    public var maskUse: MaskUse { .reads }

    public func carriesMask(to output: Int) -> Bool { false }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        guard inputs.count == 1 + maskedInputs.count, !readsMask || inputs[1].count == 2 else {
            throw ShapeError(
                layer: Self.kerasName, expected: "one input, and with a mask one [batch, steps]", found: inputs)
        }
        return [try outputShape(for: inputs[0])]
    }

    // MARK: y = Σ mask x / Σ mask

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        guard readsMask else { return forward(inputs[0], weights, context) }
        let x = inputs[0]
        let shares = shares(inputs[1])
        let (steps, channels) = (x.shape[1], x.shape[2])
        var y = Tensor([x.shape[0], channels])
        for sample in 0..<x.shape[0] {
            for step in 0..<steps where shares[sample * steps + step] != 0 {
                let share = shares[sample * steps + step]
                for c in 0..<channels { y[sample * channels + c] += share * x[(sample * steps + step) * channels + c] }
            }
        }
        return Pass(inputs, [y.reshaped(to: pooledShape(x.shape))])
    }

    // MARK: dx = mask dy / Σ mask

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        guard readsMask else { return backward(dy[0], pass, weights, context) }
        let shares = shares(pass.inputs[1])
        let (steps, channels) = (pass.x.shape[1], pass.x.shape[2])
        let dx = Tensor(unsafeUninitialized: pass.x.shape) { target in
            for i in target.indices {
                target[i] = shares[i / channels] * dy[0][i / (steps * channels) * channels + i % channels]
            }
        }
        return Gradients(inputs: [dx, nil])
    }

    /// What each step counts: its part of the kept steps of its sample, NaN where none is kept.
    private func shares(_ mask: Tensor) -> [Float] {
        let steps = mask.shape[1]
        return (0..<mask.count).map { i in
            let kept = (0..<steps).reduce(Float(0)) { $0 + (mask[i / steps * steps + $1] != 0 ? 1 : 0) }
            if kept == 0 { return .nan }
            return mask[i] != 0 ? 1 / kept : 0
        }
    }
}
