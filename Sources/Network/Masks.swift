import Tensors

/// What a layer does with the mask of its inputs: Keras' `supports_masking`, `compute_mask` and `mask`.
///
/// A mask is a tensor `[batch, steps]` of ones and, for the steps that do not count, zeros. The layer that makes one
/// gives it as a further output; the layers that read one take it as a further input. Which of them belong together
/// is found once, when the model is built.
public enum MaskUse: Sendable, Hashable {
    /// Computes without it, and its outputs have none.
    case drops
    /// Computes without it, and its outputs have the same.
    case carries
    /// Would compute otherwise with one, in a way that is not done: a model in which one reaches it is refused.
    case refuses
    /// Makes one, which is its last output.
    case makes
    /// Takes one as its last input; ``Layer/carriesMask(to:)`` says which outputs have it too.
    case reads
}

extension Layer {
    /// Layers whose outputs have the mask of their inputs, by Keras' own list.
    public var maskUse: MaskUse {
        if MaskRouting.refusing.contains(Self.kerasName) { return .refuses }
        return MaskRouting.carrying.contains(Self.kerasName) ? .carries : .drops
    }

    public var readsMask: Bool { false }

    public func readingMask() -> any Layer { self }

    public func carriesMask(to output: Int) -> Bool { maskUse == .carries }
}

/// Finds for every layer of a model which mask reaches it.
enum MaskRouting {
    /// Layers that read a mask in Keras, in ways that are not done here.
    static let refusing: Set<String> = [
        "BatchNormalization", "Maximum", "Minimum", "Multiply", "Softmax",
    ]

    static let carrying: Set<String> = [
        "Activation", "ActivityRegularization", "Add", "AlphaDropout", "Average", "Dense", "Dropout", "ELU",
        "GaussianDropout", "GaussianNoise", "GroupNormalization", "Identity",
        "LayerNormalization", "LeakyReLU", "Normalization", "PReLU", "ReLU", "Rescaling", "SpatialDropout1D",
        "SpatialDropout2D", "SpatialDropout3D", "Subtract",
        "UnitNormalization",
    ]
}

extension Model {
    /// Gives every layer that reads masks the one that reaches it, as one more input of its calls.
    ///
    /// - Throws: ``ShapeError`` where different masks meet in one layer.
    mutating func routeMasks() throws(ShapeError) {
        guard layers.contains(where: { $0.layer.maskUse == .makes }) else { return }
        var masks: [Source: Source] = [:]
        for (index, call) in schedule {
            let entry = layers[index]
            guard !entry.calls.isEmpty else { continue }
            let sources = entry.declaredCalls[call]
            switch entry.layer.maskUse {
            case .drops: continue
            case .refuses:
                guard sources.allSatisfy({ masks[$0] == nil }) else {
                    throw ShapeError(
                        layer: "layer \"\(entry.name)\": \(type(of: entry.layer).kerasName)",
                        expected: "inputs without a mask, which this layer does not support")
                }
            case .makes:
                // Its only other output is the sequence.
                masks[Source(layer: index, call: call)] = Source(layer: index, call: call, output: 1)
            case .carries:
                guard let mask = try only(sources.map { masks[$0] }, of: entry) else { continue }
                masks[Source(layer: index, call: call)] = mask
            case .reads:
                guard let mask = sources.first.flatMap({ masks[$0] }) else {
                    // A layer that is shared by calls with and without a mask has none for some of them.
                    guard !entry.layer.readsMask else { throw differing(entry) }
                    continue
                }
                if !entry.layer.readsMask {
                    guard call == 0 else { throw differing(entry) }
                    layers[index].layer = entry.layer.readingMask()
                }
                layers[index].calls[call] = sources + [mask]
                for output in 0..<8 where entry.layer.carriesMask(to: output) {
                    masks[Source(layer: index, call: call, output: output)] = mask
                }
            }
        }
        maskedOutputs = outputs.indices.filter { masks[outputs[$0]] != nil }
    }

    /// The one mask of several inputs; none where one of them has none.
    private func only(_ masks: [Source?], of entry: ModelLayer) throws(ShapeError) -> Source? {
        let known = Set(masks.compactMap { $0 })
        guard known.count <= 1 else { throw differing(entry) }
        return masks.contains(nil) ? nil : known.first
    }

    private func differing(_ entry: ModelLayer) -> ShapeError {
        ShapeError(
            layer: "layer \"\(entry.name)\": \(type(of: entry.layer).kerasName)", expected: "inputs of one mask")
    }
}

extension ModelLayer {
    /// The calls as a file declares them: without the masks that layers are given.
    public var declaredCalls: [[Source]] { layer.readsMask ? calls.map { Array($0.dropLast()) } : calls }
}
