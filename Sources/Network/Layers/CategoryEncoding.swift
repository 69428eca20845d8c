import Tensors

/// Whole numbers as rows of zeros and ones; Keras' `CategoryEncoding`.
///
/// With `one_hot` an input `[…]`, or `[…, 1]`, gives `[…, numTokens]`; with `multi_hot` and `count` an input
/// `[batch, …, n]` gives `[batch, …, numTokens]`, which says what of the n is there, or how often.
public struct CategoryEncoding: UnaryLayer {
    public static let kerasName = "CategoryEncoding"

    public enum Mode: String, Hashable, Sendable, CaseIterable {
        case multiHot = "multi_hot"
        case oneHot = "one_hot"
        case count
    }

    public var numTokens: Int
    public var mode: Mode

    public init(numTokens: Int, mode: Mode = .multiHot) {
        self.numTokens = numTokens
        self.mode = mode
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        numTokens = try options.ints("num_tokens", count: 1, default: nil)[0]
        // An older name.
        let isBinary = options.value("output_mode") == "binary"
        mode = isBinary ? .multiHot : try options.choice("output_mode", default: .multiHot)
        try options.refuse("sparse")
    }

    public var options: Options { ["num_tokens": .int(numTokens), "output_mode": .string(mode.rawValue)] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard let last = input.last, input.count >= 2 else {
            throw ShapeError(layer: "CategoryEncoding(\(numTokens))", expected: "[batch, …]", found: input)
        }
        if mode == .oneHot, last != 1 { return input + [numTokens] }
        return Shape(input.dropLast() + [numTokens])
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let last = x.shape[x.shape.count - 1]
        let group = mode == .oneHot ? 1 : last
        let rows = x.count / max(1, group)
        var shape = Shape(x.shape.dropLast() + [numTokens])
        if mode == .oneHot, last != 1 { shape = x.shape + [numTokens] }
        var y = Tensor(shape)
        for row in 0..<rows {
            for i in 0..<group {
                let number = x[row * group + i]
                guard number > -1, number < Float(numTokens) else { continue }
                let place = row * numTokens + Int(number)
                y[place] = mode == .count ? y[place] + 1 : 1
            }
        }
        return Pass(x, y)
    }

    // MARK: a number that names a place has no gradient

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: nil)
    }
}
