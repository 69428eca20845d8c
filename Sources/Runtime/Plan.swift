import Network
import Tensors

/// A model turned into steps, in an order in which each finds its inputs ready.
///
/// Folding and fusing live here, never in layers: a plan may say the same in other steps, and a test holds those
/// against the layers they stand for. Tensors of the graph have slots, numbers that the steps read and write.
public struct Plan: Sendable {
    /// One call of one layer.
    public struct Step: Sendable {
        /// The layer's index in the model, and which call of it this is.
        public let source: Source
        public let layer: any Layer
        /// The position among the model's inputs that this step passes on, for an input layer.
        let modelInput: Int?
        let inputs: [Int]
        /// Where the outputs go; outputs beyond these nobody reads.
        let outputs: [Int]
        /// The slots that nobody reads after this step.
        let lastUses: [Int]
        /// Whether any weight before this step is trained, so that its input gradients matter.
        let wantsInputGradients: Bool
        /// Whether this step has weights that are trained.
        let wantsWeightGradients: Bool
    }

    public let steps: [Step]
    /// The slots of the model's outputs, in order.
    let outputs: [Int]
    let slotCount: Int
    /// The activation that was left off the model's only output, which then holds logits.
    public let splitActivation: Activation?

    /// Plans a model.
    ///
    /// - Parameter endingInLogits: leaves off the last layer's softmax or sigmoid, so that a cross-entropy can start
    ///   from logits, as Keras' `fit` does. Models that end in another way are planned as they are.
    public init(_ model: Model, endingInLogits: Bool = false) {
        var layers = model.layers.map(\.layer)
        splitActivation = endingInLogits ? Self.splitFinalActivation(of: model, in: &layers) : nil

        let schedule = model.schedule.map { Source(layer: $0.layer, call: $0.call) }
        var slots: [Source: Int] = [:]
        func slot(_ source: Source) -> Int {
            if let known = slots[source] { return known }
            slots[source] = slots.count
            return slots.count - 1
        }
        let sources = schedule.map { source in
            let calls = model.layers[source.layer].calls
            return calls.isEmpty ? [] : calls[source.call]
        }
        let outputSlots = model.outputs.map(slot)
        let inputSlots = sources.map { $0.map(slot) }
        var outputCounts: [Source: Int] = [:]
        for source in sources.joined() + model.outputs {
            let call = Source(layer: source.layer, call: source.call)
            outputCounts[call] = max(outputCounts[call] ?? 1, source.output + 1)
        }
        var lastUse: [Int: Int] = [:]
        for (position, slots) in inputSlots.enumerated() { for slot in slots { lastUse[slot] = position } }
        for slot in outputSlots { lastUse[slot] = nil }

        var depending = Set<Source>()  // calls whose outputs depend on a trained weight
        var steps: [Step] = []
        for (position, source) in schedule.enumerated() {
            let entry = model.layers[source.layer]
            let wantsInputs = sources[position].contains { depending.contains(Source(layer: $0.layer, call: $0.call)) }
            let wantsWeights = entry.isTrainable && entry.specs.contains(where: \.isTrainable)
            if wantsInputs || wantsWeights { depending.insert(source) }
            steps.append(
                Step(
                    source: source, layer: layers[source.layer],
                    modelInput: model.inputs.firstIndex(of: source.layer), inputs: inputSlots[position],
                    outputs: (0..<(outputCounts[source] ?? 1)).map {
                        slot(Source(layer: source.layer, call: source.call, output: $0))
                    },
                    lastUses: Set(inputSlots[position]).filter { lastUse[$0] == position }.sorted(),
                    wantsInputGradients: wantsInputs, wantsWeightGradients: wantsWeights))
        }
        self.steps = steps
        outputs = outputSlots
        slotCount = slots.count
    }

    /// Takes the softmax or sigmoid off the layer that gives the model's only output, if nothing else reads that.
    private static func splitFinalActivation(of model: Model, in layers: inout [any Layer]) -> Activation? {
        guard model.outputs.count == 1, let output = model.outputs.first, model.layers[output.layer].calls.count == 1,
            !model.layers.contains(where: { $0.calls.contains { $0.contains { $0.layer == output.layer } } }),
            let (bare, activation) = layers[output.layer].splittingActivation()
        else { return nil }
        layers[output.layer] = bare
        return activation
    }
}
