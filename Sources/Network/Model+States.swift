import Tensors

extension Model {
    /// The shapes of what each layer with `stateful` keeps from batch to batch, by its index.
    ///
    /// - Throws: ``ShapeError`` where such a layer is called several times, which no Keras gives a meaning to.
    public func keptStates() throws(ShapeError) -> [Int: [Shape]] {
        let shapes = try shapes()
        var kept: [Int: [Shape]] = [:]
        for (index, entry) in layers.enumerated() {
            guard let call = entry.calls.first else { continue }
            let own = try entry.naming { () throws(ShapeError) in
                try entry.layer.keptStates(for: call.compactMap { shapes[$0] })
            }
            guard !own.isEmpty else { continue }
            guard own.allSatisfy(\.isKnown) else {
                throw ShapeError(
                    layer: "layer \"\(entry.name)\" with stateful", expected: "inputs of known extents",
                    found: call.compactMap { shapes[$0] })
            }
            guard entry.calls.count == 1 else {
                throw ShapeError(layer: "layer \"\(entry.name)\" with stateful", expected: "one call of it")
            }
            kept[index] = own
        }
        return kept
    }
}
