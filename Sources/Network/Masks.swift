import Tensors

/// What a layer does with the masks of its inputs: Keras' `supports_masking`, `compute_mask` and `mask`.
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
    /// Takes the masks of its inputs as its last inputs; ``Layer/carriesMask(to:)`` says which outputs have the first
    /// input's.
    case reads
    /// Takes the masks of its inputs as its last inputs and makes one of them, its last output, if
    /// ``Layer/carriesMask(to:)`` says so of the first.
    case joins
}

/// Which Keras a layer follows where masks are concerned; no option of a file says so.
public enum MaskRules: Sendable, Hashable {
    case keras3
    /// tf_keras and its elders.
    case keras2
}

/// A layer to which masks mean something else in Keras 3 than in Keras 2.
public protocol MaskRuled: Layer {
    var maskRules: MaskRules { get set }
}

/// A layer that takes masks behind its inputs.
public protocol MaskReading: Layer {
    var maskedInputs: [Int] { get set }
}

extension MaskReading {
    public func readingMasks(of inputs: [Int]) -> any Layer {
        var reading = self
        reading.maskedInputs = inputs
        return reading
    }

    /// The inputs without the masks behind them, and for each its mask where there is one.
    func unmasked<Element>(_ inputs: [Element]) -> (inputs: [Element], masks: [Element?]) {
        let own = Array(inputs.dropLast(maskedInputs.count))
        var masks = [Element?](repeating: nil, count: own.count)
        for (input, mask) in zip(maskedInputs, inputs.suffix(maskedInputs.count)) where masks.indices.contains(input) {
            masks[input] = mask
        }
        return (own, masks)
    }

    /// The gradients of all inputs: masks have none.
    func withMasks(_ gradients: [Tensor?]) -> [Tensor?] { gradients + maskedInputs.map { _ in nil } }
}

extension Layer {
    /// Layers whose outputs have the mask of their inputs, by Keras' own list.
    public var maskUse: MaskUse {
        if MaskRouting.refusing.contains(Self.kerasName) { return .refuses }
        return MaskRouting.carrying.contains(Self.kerasName) ? .carries : .drops
    }

    public var maskedInputs: [Int] { [] }

    public func readsMask(of input: Int, among count: Int) -> Bool { input == 0 }

    public func readingMasks(of inputs: [Int]) -> any Layer { self }

    public func carriesMask(to output: Int) -> Bool { maskUse == .carries }

    /// Whether any of the inputs are masks.
    public var readsMask: Bool { !maskedInputs.isEmpty }

    /// The same layer with the mask of its first input as its last input.
    public func readingMask() -> any Layer { readingMasks(of: [0]) }
}

extension Model {
    /// Gives every layer that reads masks those that reach it, as further inputs of its calls.
    ///
    /// - Throws: ``ShapeError`` where different masks meet in one layer.
    mutating func routeMasks() throws(ShapeError) {
        guard layers.contains(where: { $0.layer.maskUse == .makes }) else { return }
        let routing = try MaskRouting(self)
        layers = routing.layers
        outputMasks = try outputs.map { source throws(ShapeError) in try routing.mask(at: source) }
    }

    /// Whether masks of the model's inputs would reach a layer that reads them.
    var readsMasksOfInputs: Bool {
        // A mask that nobody makes stands for each input's own.
        let given = inputs.map { Source(layer: $0) }
        guard let routing = try? MaskRouting(self, masks: Dictionary(uniqueKeysWithValues: zip(given, given))) else {
            return true
        }
        return zip(routing.layers, layers).contains { $0.layer.maskedInputs != $1.layer.maskedInputs }
    }
}

extension Model {
    /// The first layer, by its index, to which masks would mean something else by the rules of another Keras.
    ///
    /// Queries that see no key, which attention treats in two ways, are not asked for.
    package func layerWithOtherMasks(under rules: MaskRules) -> Int? {
        func ruled<Ruled: MaskRuled>(_ layer: Ruled) -> any Layer {
            var other = layer
            other.maskRules = rules
            return other
        }
        guard layers.contains(where: { $0.layer.maskUse == .makes }) else { return nil }
        var other = self
        for index in layers.indices {
            other.layers[index].calls = layers[index].declaredCalls
            let bare = layers[index].layer.readingMasks(of: [])
            other.layers[index].layer = (bare as? any MaskRuled).map { ruled($0) } ?? bare
        }
        guard let routing = try? MaskRouting(other) else {
            return layers.firstIndex { $0.layer.maskUse == .joins } ?? 0
        }
        return layers.indices.first { index in
            let (ours, theirs) = (layers[index], routing.layers[index])
            guard ours.calls == theirs.calls else { return true }
            // One that reads masks joins them otherwise, unless it puts them one after another.
            guard ours.layer.maskUse == .joins, ours.layer.readsMask,
                (ours.layer as? any MaskRuled)?.maskRules != rules
            else { return false }
            return (ours.layer as? Concatenate).map { ![1, -2].contains($0.axis) } ?? true
        }
    }
}

extension ModelLayer {
    /// The calls as a file declares them: without the masks that layers are given.
    public var declaredCalls: [[Source]] {
        let masks = layer.maskedInputs.count
        return masks == 0 ? calls : calls.map { Array($0.dropLast(masks)) }
    }
}
