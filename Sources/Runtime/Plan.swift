import Network
import Tensors

/// A model turned into steps, in an order in which each finds its inputs ready.
///
/// Folding and fusing live here, never in layers: a plan may say the same in other steps, and a test holds those
/// against the layers they stand for.
public struct Plan: Sendable {
    /// One call of one layer.
    public struct Step: Sendable {
        /// The layer's index in the model, and which call of it this is.
        public let source: Source
        public let layer: any Layer
        public let inputs: [Source]
        /// Whether any weight before this step is trained, so that its input gradients matter.
        public let wantsInputGradients: Bool
        /// The tensors that nobody reads after this step.
        public let lastUses: [Source]
    }

    public let steps: [Step]
    /// The activation that was left off the model's only output, which then holds logits.
    public let splitActivation: Activation?

    /// Plans a model.
    ///
    /// - Parameter endingInLogits: leaves off the last layer's softmax or sigmoid, so that a cross-entropy can start
    ///   from logits, as Keras' `fit` does. Models that end in another way are planned as they are.
    public init(_ model: Model, endingInLogits: Bool = false) {
        var layers = model.layers.map(\.layer)
        var split: Activation?
        if endingInLogits, let output = model.outputs.first, model.outputs.count == 1,
            !model.layers.contains(where: { $0.calls.contains { $0.contains { $0.layer == output.layer } } }),
            let (bare, activation) = layers[output.layer].splittingActivation()
        {
            layers[output.layer] = bare
            split = activation
        }
        splitActivation = split

        let schedule = model.schedule.map { Source(layer: $0.layer, call: $0.call) }
        let inputs = schedule.map { source in
            let calls = model.layers[source.layer].calls
            return calls.isEmpty ? [] : calls[source.call]
        }
        var lastUse: [Source: Int] = [:]
        for (position, sources) in inputs.enumerated() { for source in sources { lastUse[source] = position } }
        for output in model.outputs { lastUse[output] = schedule.count }

        var trained = Set<Source>()  // calls whose outputs depend on a trained weight
        var steps: [Step] = []
        for (position, source) in schedule.enumerated() {
            let entry = model.layers[source.layer]
            let wants = inputs[position].contains { trained.contains(Source(layer: $0.layer, call: $0.call)) }
            if wants || (entry.isTrainable && entry.specs.contains(where: \.isTrainable)) { trained.insert(source) }
            steps.append(
                Step(
                    source: source, layer: layers[source.layer], inputs: inputs[position], wantsInputGradients: wants,
                    lastUses: Set(inputs[position]).filter { lastUse[$0] == position }
                        .sorted { ($0.layer, $0.call, $0.output) < ($1.layer, $1.call, $1.output) }))
        }
        self.steps = steps
    }
}
