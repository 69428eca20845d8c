import Networks

/// The operations that Keras 3 writes down for masks, which are found here from the layers alone.
///
/// Where a mask reaches a layer of a functional model, a Keras 3 file holds `NotEqual`, `Any` and others as layers of
/// their own, and their result as the argument `mask` of the layer's call. They say nothing that `mask_zero` of an
/// Embedding and `mask_value` of a Masking do not say, and Keras makes them anew when it reads a file without them.
struct MaskOperations {
    /// The positions of the operations that only make such masks.
    private(set) var positions: Set<Int> = []
    private let architecture: Architecture

    private static let classNames: Set = [
        "Any", "All", "BroadcastTo", "Cast", "Concatenate", "ConvertToTensor", "ExpandDims", "LogicalAnd", "LogicalOr",
        "NotEqual", "OnesLike", "Squeeze", "ZerosLike",
    ]
    private static let arguments: Set = ["mask", "query_mask", "value_mask", "key_mask"]

    init(of architecture: Architecture) {
        self.architecture = architecture
        let layers = architecture.layers
        positions = Set(
            layers.indices.filter { position in
                let layer = layers[position]
                // A legacy file names no modules.
                guard OperationForm.isRead(layer) || layer.module == nil else { return false }
                let name = OperationForm.keras3Name(of: layer)
                return Self.classNames.contains(name) && (name != "NotEqual" || layer.calls.allSatisfy(isMadeByALayer))
            })
        // What somebody reads otherwise than as a mask is no mask, and so is what that was made of.
        var isSettled = false
        while !isSettled {
            let before = positions.count
            for output in architecture.outputs { positions.remove(output.layer) }
            for (position, layer) in layers.enumerated() {
                for input in layer.calls.flatMap(\.inputs) where !isMask(input, of: position) {
                    positions.remove(input.source.layer)
                }
            }
            isSettled = positions.count == before
        }
    }

    /// Whether an input is a mask that the operations make, or one of their own inputs.
    private func isMask(_ input: Architecture.Input, of position: Int) -> Bool {
        positions.contains(position) || input.keyword.map(Self.arguments.contains) ?? false
    }

    /// Whether an Embedding or a Masking, called with the same tensor, makes the mask that this comparison makes.
    private func isMadeByALayer(_ comparison: Architecture.Call) -> Bool {
        guard let value = comparison.arguments["args[1]"]?.double else { return false }
        return architecture.layers.contains { layer in
            guard layer.calls.contains(where: { $0.inputs.first?.source == comparison.inputs.first?.source }) else {
                return false
            }
            switch layer.className {
            case "Embedding": return value == 0 && layer.config["mask_zero"]?.bool == true
            case "Masking": return value == layer.config["mask_value"]?.double ?? 0
            default: return false
            }
        }
    }

    /// The architecture without the operations and what they are given to.
    func removed() -> Architecture {
        guard !positions.isEmpty else { return architecture }
        var copy = architecture
        let kept = architecture.layers.indices.filter { !positions.contains($0) }
        var new: [Int: Int] = [:]
        for (position, old) in kept.enumerated() { new[old] = position }
        func moved(_ source: Source) -> Source {
            Source(layer: new[source.layer] ?? source.layer, call: source.call, output: source.output)
        }
        copy.layers = kept.map { old in
            var layer = architecture.layers[old]
            for call in layer.calls.indices {
                let inputs = layer.calls[call].inputs
                layer.calls[call].inputs = inputs.filter { !positions.contains($0.source.layer) }
                    .map { Architecture.Input(moved($0.source), keyword: $0.keyword) }
                layer.calls[call].hasMask = layer.calls[call].inputs.count < inputs.count
            }
            return layer
        }
        copy.inputs = architecture.inputs.map { new[$0] ?? $0 }
        copy.outputs = architecture.outputs.map(moved)
        return copy
    }
}
