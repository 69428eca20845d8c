import Tensors

/// Whole numbers as their places in a vocabulary, or back; Keras' `IntegerLookup`.
///
/// In places from 0 on stand: the mask, if there is a `maskToken` and places are the output; the numbers that the
/// vocabulary has not, by their remainder modulo `outOfVocabularyCount`; the vocabulary. Shapes are those of the input,
/// or with a `mode` those of ``CategoryEncoding``. Where there is no place for a number, the result is NaN.
public struct IntegerLookup: UnaryLayer {
    public static let kerasName = "IntegerLookup"

    /// The numbers, perhaps with those that stand for the mask and for all others in front.
    public var vocabulary: [Int]
    /// How places are encoded; `nil` gives the places themselves.
    public var mode: CategoryEncoding.Mode?
    public var outOfVocabularyCount: Int
    /// The number that is no entry: place 0, or nothing.
    public var maskToken: Int?
    /// What a place outside of the vocabulary gives on the way back.
    public var outOfVocabularyToken: Int
    /// Whether places come in and numbers go out.
    public var inverts: Bool
    /// How wide a row of the `mode` is, if it is wider than the vocabulary.
    public var paddedSize: Int?

    public init(
        vocabulary: [Int], mode: CategoryEncoding.Mode? = nil, outOfVocabularyCount: Int = 1, maskToken: Int? = nil,
        outOfVocabularyToken: Int = -1, inverts: Bool = false, paddedSize: Int? = nil
    ) {
        self.vocabulary = vocabulary
        self.mode = mode
        self.outOfVocabularyCount = outOfVocabularyCount
        self.maskToken = maskToken
        self.outOfVocabularyToken = outOfVocabularyToken
        self.inverts = inverts
        self.paddedSize = paddedSize
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        let expected =
            "a list of different whole numbers; an adapted one is kept in another file: make the layer with "
            + "vocabulary=layer.get_vocabulary()"
        let given = try options.optional("vocabulary", expected) { value -> [Int]? in
            guard let list = value.array, !list.isEmpty else { return nil }
            let numbers = list.compactMap(\.int64)
            return numbers.count == list.count ? numbers : nil
        }
        guard let given else {
            throw .unsupported(layer: options.layer, option: "vocabulary", value: .null, expected: expected)
        }
        vocabulary = given
        let isInt = [nil, "int"].contains(options.value("output_mode")?.string)
        let isBinary = options.value("output_mode") == "binary"
        mode = isInt ? nil : isBinary ? .multiHot : try options.choice("output_mode", default: .multiHot)
        outOfVocabularyCount =
            try options.optional(
                "num_oov_indices", "a whole number from 0\(OptionLimits.words("num_oov_indices"))"
            ) { value in
                value.count("num_oov_indices").flatMap { $0 >= 0 ? $0 : nil }
            } ?? 1
        maskToken = try options.optional("mask_token", "a whole number or null", \.int64)
        outOfVocabularyToken = try options.optional("oov_token", "a whole number", \.int64) ?? -1
        inverts =
            try options.optional("invert", "false beside output_mode \"int\" alone") { [mode] value in
                value.bool.flatMap { $0 && mode != nil ? nil : $0 }
            } ?? false
        let most = try options.optional("max_tokens", "a whole number\(OptionLimits.words("max_tokens")) or null") {
            $0.count("max_tokens")
        }
        paddedSize = try options.bool("pad_to_max_tokens", default: false) ? most : nil
        _ = try options.optional("vocabulary_dtype", "\"int64\"") { $0.string == "int64" ? true : nil }
        _ = try options.optional("oov_method", "\"floormod\"") { $0.string == "floormod" ? true : nil }
        try options.refuse("sparse", "idf_weights", "salt")
        options.ignore("vocabulary_size")
        let entries = tokens
        guard Set(entries).count == entries.count, maskToken.map(entries.contains) != true else {
            throw .unsupported(
                layer: options.layer, option: "vocabulary", value: OptionValue(vocabulary),
                expected: "different numbers, without the mask_token")
        }
    }

    public var options: Options {
        [
            "invert": .bool(inverts), "max_tokens": paddedSize.map { .int($0) } ?? .null,
            "num_oov_indices": .int(outOfVocabularyCount), "oov_token": .int(outOfVocabularyToken),
            "mask_token": maskToken.map { .int($0) } ?? .null, "output_mode": .string(mode?.rawValue ?? "int"),
            "sparse": false, "pad_to_max_tokens": .bool(paddedSize != nil), "vocabulary_dtype": "int64",
            "idf_weights": nil, "vocabulary": OptionValue(vocabulary), "vocabulary_size": .int(first + tokens.count),
            "oov_method": "floormod", "salt": nil,
        ]
    }

    private var maskCount: Int { maskToken != nil && mode == nil ? 1 : 0 }

    /// The place of the vocabulary's first entry.
    private var first: Int { maskCount + outOfVocabularyCount }

    /// The vocabulary without what stands in front of it.
    private var tokens: [Int] {
        let special =
            (maskCount == 1 ? [maskToken ?? 0] : [])
            + Array(repeating: outOfVocabularyToken, count: outOfVocabularyCount)
        return vocabulary.starts(with: special) ? Array(vocabulary.dropFirst(special.count)) : vocabulary
    }

    private var encoding: CategoryEncoding? {
        mode.map { CategoryEncoding(numTokens: paddedSize ?? first + tokens.count, mode: $0) }
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard let encoding else { return input }
        guard input.count == 2 || encoding.mode == .oneHot else {
            throw ShapeError(layer: "IntegerLookup", expected: "[batch, numbers]", found: input)
        }
        return try encoding.outputShape(for: input)
    }

    /// The whole number that Keras makes of an input: the fraction is cut off.
    private func whole(_ x: Float) -> Int? { Int(exactly: x.rounded(.towardZero)) }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let tokens = tokens
        if inverts {
            return Pass(
                x,
                mapped(x, on: context.pool) { x in
                    guard let place = whole(x) else { return .nan }
                    if place == 0, let maskToken { return Float(maskToken) }
                    guard place >= first else { return Float(outOfVocabularyToken) }
                    let entry = place - first
                    return Float(tokens.indices.contains(entry) ? tokens[entry] : outOfVocabularyToken)
                })
        }
        let places = Dictionary(zip(tokens, first...)) { first, _ in first }
        let found = mapped(x, on: context.pool) { x in
            guard let number = whole(x) else { return .nan }
            // An encoding drops what is no place.
            if number == maskToken { return mode == nil ? 0 : -1 }
            if let place = places[number] { return Float(place) }
            guard outOfVocabularyCount > 0 else { return .nan }
            let rest = number % outOfVocabularyCount
            return Float(maskCount + (rest < 0 ? rest + outOfVocabularyCount : rest))
        }
        guard let encoding else { return Pass(x, found) }
        var y = encoding.forward(found, [], context).y
        let group = found.count * encoding.numTokens / max(1, y.count)
        for (i, place) in found.elements.enumerated() where place.isNaN {
            let row = i / max(1, group) * encoding.numTokens
            for column in 0..<encoding.numTokens { y[row + column] = .nan }
        }
        return Pass(x, y)
    }

    // MARK: a number that is looked up has no gradient

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: nil)
    }
}
