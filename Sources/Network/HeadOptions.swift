import Tensors

/// The options that ``MultiHeadAttention`` and ``GroupQueryAttention`` share.
public struct HeadOptions: Hashable, Sendable {
    public var dropout: Double
    public var useBias: Bool
    /// Whether a gate, a sigmoid of the query, is multiplied with the heads' outputs.
    public var useGate: Bool
    /// How far a query reaches: positions nearer than this; `nil` reaches all.
    public var slidingWindow: Int?
    public var kernel: WeightOptions
    public var bias: WeightOptions
    public var seed: Int?

    public init(
        dropout: Double = 0, useBias: Bool = true, useGate: Bool = false, slidingWindow: Int? = nil,
        kernel: WeightOptions = WeightOptions(.glorotUniform), bias: WeightOptions = WeightOptions(.zeros),
        seed: Int? = nil
    ) {
        self.dropout = dropout
        self.useBias = useBias
        self.useGate = useGate
        self.slidingWindow = slidingWindow
        self.kernel = kernel
        self.bias = bias
        self.seed = seed
    }

    init(from options: inout OptionReader) throws(OptionError) {
        dropout = try options.fraction("dropout")
        useBias = try options.bool("use_bias", default: true)
        useGate = try options.bool("use_gate", default: false)
        slidingWindow = try options.optional("sliding_window", "a positive whole number or null") {
            $0.int.flatMap { $0 > 0 ? $0 : nil }
        }
        kernel = try options.weight("kernel", default: .glorotUniform)
        bias = try options.weight("bias", default: .zeros)
        seed = try options.seed()
        try options.refuse("activity_regularizer")
        options.ignore("flash_attention")  // another way to the same numbers
    }

    /// The options after those of one layer's own.
    func options(_ own: Options) -> Options {
        var options = own
        options["dropout"] = .double(dropout)
        options["use_bias"] = .bool(useBias)
        options["use_gate"] = .bool(useGate)
        options["sliding_window"] = slidingWindow.map { .int($0) } ?? .null
        options.append(weights: [("kernel", kernel), ("bias", bias)], activityRegularizer: nil)
        options["seed"] = seed.map { .int($0) } ?? .null
        return options
    }

    /// The kernel and the bias of one product, from axes of these extents to axes of those.
    func weights(_ name: String, _ input: [Int], _ output: [Int]) -> [WeightSpec] {
        var kernel = kernel.spec("\(name)/kernel", Shape(input + output))
        kernel.initializer = .flattened(kernel.initializer, inputs: input.count)
        return useBias ? [kernel, bias.spec("\(name)/bias", Shape(output))] : [kernel]
    }
}
