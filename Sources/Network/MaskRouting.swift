/// Finds for every layer of a model which masks reach it.
///
/// Keras 3 knows two masks of a tensor: the one that it finds when the model is made, which files hold and recurrent
/// layers, poolings and norms read, and the one that hangs on the tensor when the model runs, which attention and merges
/// read. They differ because its MultiHeadAttention takes the masks off its inputs: whatever runs after it sees none.
struct MaskRouting {
    /// Layers that read a mask in Keras, in ways that are not done here.
    static let refusing: Set<String> = ["Softmax"]

    static let carrying: Set<String> = [
        "Activation", "ActivityRegularization", "AlphaDropout", "Dense", "Dropout", "ELU", "GaussianDropout",
        "GaussianNoise", "GroupNormalization", "Identity", "LayerNormalization", "LeakyReLU", "Normalization", "PReLU",
        "ReLU", "Rescaling", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "ThresholdedReLU",
        "UnitNormalization",
    ]

    /// What hangs on a tensor while the model runs.
    private enum Live: Equatable {
        case none
        case mask(Source)
        /// It depends on the order in which Keras happens to run layers that do not depend on each other.
        case unclear

        var source: Source? { if case .mask(let source) = self { source } else { nil } }
    }

    /// The mask of each source that has one, when the model is made.
    private var masks: [Source: Source]
    private var live: [Source: Live] = [:]
    /// The layers, as they take their masks.
    private(set) var layers: [ModelLayer]
    /// The calls that take the masks off a tensor, and what each call depends on.
    private var takers: [Source: [Source]] = [:]
    private var ancestors: [Source: Set<Source>] = [:]

    /// - Parameter masks: what is known before, of a model's inputs.
    /// - Throws: ``ShapeError`` where different masks meet in one layer, or one reaches a layer that refuses it.
    init(_ model: Model, masks: [Source: Source] = [:]) throws(ShapeError) {
        self.masks = masks
        live = masks.mapValues { .mask($0) }
        layers = model.layers
        let declared = layers.map(\.declaredCalls)
        let schedule = model.schedule.filter { !model.layers[$0.layer].calls.isEmpty }
        if layers.contains(where: { Self.takesMasks($0.layer) }) { findTakers(schedule, declared) }
        var known = Set<Int>()
        for (index, call) in schedule {
            try route(index, call, declared[index][call], isFirst: known.insert(index).inserted)
        }
    }

    /// The mask of an output: what hangs on it after the run.
    func mask(at source: Source) throws(ShapeError) -> Source? {
        guard live[source] != .unclear else { throw unclear(source.layer) }
        return live[source]?.source
    }

    private static func takesMasks(_ layer: any Layer) -> Bool {
        (layer as? MultiHeadAttention)?.maskRules == .keras3
    }

    private mutating func findTakers(_ schedule: [(layer: Int, call: Int)], _ declared: [[[Source]]]) {
        for (index, call) in schedule {
            let this = Source(layer: index, call: call)
            for source in declared[index][call] {
                let before = Source(layer: source.layer, call: source.call)
                ancestors[this, default: []].formUnion((ancestors[before] ?? []).union([before]))
                if Self.takesMasks(layers[index].layer) { takers[source, default: []].append(this) }
            }
        }
    }

    /// What a call finds on one of its inputs.
    private func found(_ source: Source, by call: Source) -> Live {
        let others = (takers[source] ?? []).filter { $0 != call }
        guard live[source] != nil, !others.isEmpty else { return live[source] ?? .none }
        return others.contains { ancestors[call]?.contains($0) == true } ? .none : .unclear
    }

    private mutating func route(
        _ index: Int, _ call: Int, _ sources: [Source], isFirst: Bool
    ) throws(ShapeError) {
        let layer = layers[index].layer
        let given = sources.map { masks[$0] }
        let onTensors = sources.map { found($0, by: Source(layer: index, call: call)) }
        func source(_ output: Int) -> Source { Source(layer: index, call: call, output: output) }
        switch layer.maskUse {
        case .drops: return
        case .refuses:
            guard given.allSatisfy({ $0 == nil }) else {
                throw misfit(index, "inputs without a mask, which this layer does not support")
            }
        case .makes:  // its only other output is the sequence
            masks[source(0)] = source(1)
            live[source(0)] = .mask(source(1))
        case .carries:
            masks[source(0)] = given.first ?? nil
            live[source(0)] = onTensors.first
        case .reads where layer is any DenseAttention || layer is any ProjectedAttention:
            let read = try read(onTensors, by: index)
            try take(read, for: index, call, sources, isFirst)
            masks[source(0)] = given[0]
            live[source(0)] = onTensors[0]
        case .reads:
            // Keras writes down what it finds when the model is made; where that is nothing, it looks again.
            let all = try zip(given, onTensors).map { given, onTensor throws(ShapeError) -> Source? in
                if let given { return given }
                if onTensor == .unclear { throw unclear(index) }
                return onTensor.source
            }
            try take(all, for: index, call, sources, isFirst)
            for output in 0..<8 where layers[index].layer.carriesMask(to: output) {
                masks[source(output)] = given.first ?? nil
                live[source(output)] = all.first.flatMap { $0 }.map { .mask($0) }
            }
        case .joins:
            try join(index, call, sources, given, onTensors, isFirst)
        }
    }

    private mutating func join(
        _ index: Int, _ call: Int, _ sources: [Source], _ given: [Source?], _ onTensors: [Live], _ isFirst: Bool
    ) throws(ShapeError) {
        let layer = layers[index].layer
        let output = Source(layer: index, call: call)
        /// The mask of the output, where it is one of the inputs' own or none.
        func simple(_ masks: [Source?]) -> Source?? {
            let known = Set(masks.compactMap { $0 })
            if known.isEmpty { return .some(nil) }
            guard layer.canShareMask, known.count == 1 else { return nil }
            return masks.contains(nil) && layer.maskRules == .keras3 ? .some(nil) : .some(known.first)
        }
        let hasMasks = given.contains { $0 != nil } || onTensors.contains { $0 != .none }
        guard hasMasks else { return }
        if onTensors.contains(.unclear) {
            guard !layer.readsValuesByMask, let mask = simple(given) else { throw unclear(index) }
            masks[output] = mask
            live[output] = .unclear
            return
        }
        let read = onTensors.map(\.source)
        let (declared, found) = (simple(given), simple(read))
        guard layer.readsValuesByMask || declared == nil || found == nil else {
            masks[output] = declared ?? nil
            live[output] = (found ?? nil).map { .mask($0) }
            return
        }
        // The layer makes one mask alone.
        guard declared != nil || given == read else { throw unclear(index) }
        try take(read, for: index, call, sources, isFirst)
        let made = Source(layer: index, call: call, output: 1)
        masks[output] = declared ?? (layers[index].layer.readsMask ? made : nil)
        live[output] = found.map { $0.map { .mask($0) } ?? .none } ?? .mask(made)
    }

    /// What attention reads, none of which may be unclear.
    private func read(_ onTensors: [Live], by index: Int) throws(ShapeError) -> [Source?] {
        guard !onTensors.contains(.unclear) else { throw unclear(index) }
        return onTensors.map(\.source)
    }

    /// Gives a call the masks that its layer reads.
    private mutating func take(
        _ masks: [Source?], for index: Int, _ call: Int, _ sources: [Source], _ isFirst: Bool
    ) throws(ShapeError) {
        let layer = layers[index].layer
        let read = sources.indices.filter { masks[$0] != nil && layer.readsMask(of: $0, among: sources.count) }
        let reading = layer.readingMasks(of: read)
        // The calls of a shared layer all give the same inputs a mask, or none.
        guard isFirst || layer.maskedInputs == reading.maskedInputs else {
            throw misfit(index, "the same inputs with a mask in all of its calls")
        }
        layers[index].layer = reading
        layers[index].calls[call] = sources + reading.maskedInputs.compactMap { masks[$0] }
    }

    private func unclear(_ index: Int) -> ShapeError {
        misfit(
            index,
            "masks of tensors that no MultiHeadAttention takes besides: in Keras 3 that takes the masks off them, before this "
                + "layer or after it; let it have the output of an Identity layer")
    }

    private func misfit(_ index: Int, _ expected: String) -> ShapeError {
        let entry = layers[index]
        return ShapeError(
            layer: "layer \"\(entry.name)\": \(type(of: entry.layer).kerasName)", expected: expected)
    }
}

extension Layer {
    /// The rules of a layer to which masks mean something else in Keras 2.
    fileprivate var maskRules: MaskRules { (self as? any MaskRuled)?.maskRules ?? .keras3 }

    /// Whether masks change what a merge computes.
    fileprivate var readsValuesByMask: Bool {
        maskRules == .keras3 && ((self as? any ElementwiseMerge).map { type(of: $0).masked != nil } ?? false)
    }

    /// Whether inputs that share a mask give it to the output of a merge.
    fileprivate var canShareMask: Bool { (self as? Concatenate).map { ![1, -2].contains($0.axis) } ?? true }
}
