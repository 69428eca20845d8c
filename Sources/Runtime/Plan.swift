import Networks
import Tensors

/// A model turned into steps, in an order in which each finds its inputs ready.
///
/// Folding and fusing live here, never in layers: a plan may say the same in other steps, and a test holds those
/// against the layers they stand for. Tensors of the graph have slots, numbers that the steps read and write.
public struct Plan: Sendable {
    /// What a plan is for, which decides how far it departs from the layers.
    public enum Purpose: Sendable, Hashable {
        /// One step for each call of each layer.
        case layers
        /// Prediction: what follows a convolution or a dense layer becomes part of it.
        case prediction
        /// Training: pooling and dropout become part of the convolution before them, and the last layer's softmax or
        /// sigmoid is left off, so that a cross-entropy can start from logits, as in Keras' `fit`.
        case training
    }

    /// One call of one layer, or of several that the plan has fused to one.
    public struct Step: Sendable {
        /// The layer's index in the model, and which call of it this is; of fused ones the first, whose weights they take.
        public let source: Source
        public let layer: any Layer
        /// All calls that the step stands for, in their order.
        public internal(set) var sources: [Source]
        /// How a fused step trains.
        var fused: (any FusedStep)?
        /// How a step predicts that is more than its layer.
        var chain: PredictionChain?
        /// The convolutions that the step computes behind its own, and what it does around them: of a depthwise one and the
        /// 1×1 ones before and behind it, all but the first.
        var following: [(source: Source, layer: any ImageConvolution, chain: PredictionChain)] = []
        /// The call whose random numbers the step draws.
        var randomness: Source
        /// The position among the model's inputs that this step passes on, for an input layer.
        let modelInput: Int?
        var inputs: [Int]
        /// Where the outputs go; outputs beyond these nobody reads.
        var outputs: [Int]
        /// The slots that nobody reads after this step.
        var lastUses: [Int] = []
        /// Whether any weight before this step is trained, so that its input gradients matter.
        let wantsInputGradients: Bool
        /// Whether this step has weights that are trained.
        let wantsWeightGradients: Bool
    }

    public let steps: [Step]
    /// The slots of the model's outputs, in order.
    let outputs: [Int]
    /// The slots of the outputs' masks, for training: `nil` where an output has none.
    let masks: [Int?]
    let slotCount: Int
    /// The activation that was left off the model's only output, which then holds logits.
    public let splitActivation: Activation?

    /// Plans a model.
    public init(_ model: Model, for purpose: Purpose) {
        var layers = model.layers.map(\.layer)
        splitActivation = purpose == .training ? Self.splitFinalActivation(of: model, in: &layers) : nil

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
        let masks = purpose == .prediction ? [] : model.outputMasks
        let maskSlots = masks.map { $0.map(slot) }
        let ends = outputSlots + maskSlots.compactMap { $0 }
        let inputSlots = sources.map { $0.map(slot) }
        var outputCounts: [Source: Int] = [:]
        for source in sources.joined() + model.outputs + masks.compactMap({ $0 }) {
            let call = Source(layer: source.layer, call: source.call)
            outputCounts[call] = max(outputCounts[call] ?? 1, source.output + 1)
        }
        var depending = Set<Source>()  // calls whose outputs depend on a trained weight
        var steps: [Step] = []
        for (position, source) in schedule.enumerated() {
            let entry = model.layers[source.layer]
            let wantsInputs = sources[position].contains { depending.contains(Source(layer: $0.layer, call: $0.call)) }
            let wantsWeights = entry.isTrainable && entry.specs.contains(where: \.isTrainable)
            if wantsInputs || wantsWeights { depending.insert(source) }
            steps.append(
                Step(
                    source: source, layer: layers[source.layer], sources: [source], randomness: source,
                    modelInput: model.inputs.firstIndex(of: source.layer), inputs: inputSlots[position],
                    outputs: (0..<(outputCounts[source] ?? 1)).map {
                        slot(Source(layer: source.layer, call: source.call, output: $0))
                    },
                    wantsInputGradients: wantsInputs, wantsWeightGradients: wantsWeights))
        }
        steps = Chains(steps, outputs: ends).fused(for: purpose)
        var lastUse: [Int: Int] = [:]
        for (position, step) in steps.enumerated() { for slot in step.inputs { lastUse[slot] = position } }
        for slot in ends { lastUse[slot] = nil }
        for (slot, position) in lastUse.sorted(by: { $0.key < $1.key }) { steps[position].lastUses.append(slot) }
        self.steps = steps
        outputs = outputSlots
        self.masks = maskSlots
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
