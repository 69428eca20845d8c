import Tensors

/// The row of a table for each index: `y[…, :] = embeddings[x[…], :]`; Keras' `Embedding`.
///
/// The input has shape `[batch, …]` and holds whole numbers below `inputDim`; the output has shape
/// `[batch, …, outputDim]`. A number that names no row gives NaN.
public struct Embedding: UnaryLayer {
    public static let kerasName = "Embedding"

    public var inputDim: Int
    public var outputDim: Int
    public var embeddings: WeightOptions
    /// Whether index 0 means that there is nothing: the layer then gives a mask as its second output.
    public var maskZero: Bool
    public var activityRegularizer: Regularizer?

    public init(
        inputDim: Int, outputDim: Int,
        embeddings: WeightOptions = WeightOptions(.randomUniform(from: -0.05, to: 0.05)),
        maskZero: Bool = false, activityRegularizer: Regularizer? = nil
    ) {
        self.inputDim = inputDim
        self.outputDim = outputDim
        self.embeddings = embeddings
        self.maskZero = maskZero
        self.activityRegularizer = activityRegularizer
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        inputDim = try options.ints("input_dim", count: 1, default: nil)[0]
        outputDim = try options.ints("output_dim", count: 1, default: nil)[0]
        embeddings = try options.weight("embeddings", default: .randomUniform(from: -0.05, to: 0.05))
        activityRegularizer = try options.activityRegularizer()
        maskZero = try options.bool("mask_zero", default: false)
        try options.refuse("quantization_config", "lora_rank", "lora_alpha")
        options.ignore("input_length")
    }

    public var options: Options {
        var options: Options = ["input_dim": .int(inputDim), "output_dim": .int(outputDim)]
        options.append(weights: [("embeddings", embeddings)], activityRegularizer: activityRegularizer)
        options["mask_zero"] = .bool(maskZero)
        return options
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard !input.isEmpty else { throw ShapeError(layer: "Embedding", expected: "[batch, …]", found: input) }
        return input + [outputDim]
    }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        guard let input = inputs.first, inputs.count == 1 else {
            throw ShapeError(layer: "Embedding", expected: "one input")
        }
        return [try outputShape(for: input)] + (maskZero ? [input] : [])
    }

    public var maskUse: MaskUse { maskZero ? .makes : .drops }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        [embeddings.spec("embeddings", [inputDim, outputDim])]
    }

    public func multiplyAdds(for inputs: [Shape]) throws(ShapeError) -> Int { 0 }

    private func row(_ index: Float) -> Int? {
        // Keras cuts the fraction off.
        guard index > -1, index < Float(inputDim) else { return nil }
        return Int(index)
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let y = weights[0].withElements { table in
            Tensor(unsafeUninitialized: x.shape + [outputDim]) { target in
                for place in 0..<x.count {
                    let row = row(x[place])
                    for i in 0..<outputDim {
                        target[place * outputDim + i] = row.map { table[$0 * outputDim + i] } ?? .nan
                    }
                }
            }
        }
        guard maskZero else { return Pass(x, y) }
        return Pass([x], [y, mapped(x, on: context.pool) { $0 > -1 && $0 < 1 ? 0 : 1 }])
    }

    // MARK: dembeddings[k, :] = Σ dy[…, :] where x[…] = k;  an index has no gradient

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        var table = Tensor(weights[0].shape)
        dy.withElements { dy in
            table.withMutableElements { table in
                for place in 0..<pass.x.count {
                    guard let row = row(pass.x[place]) else { continue }
                    for i in 0..<outputDim { table[row * outputDim + i] += dy[place * outputDim + i] }
                }
            }
        }
        return Gradients(input: nil, weights: [table])
    }
}
