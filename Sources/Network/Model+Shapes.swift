import Tensors

extension Model {
    /// Every call of every layer in an order in which each finds its inputs ready.
    ///
    /// - Precondition: the graph has no cycle; who builds a model from outside data checks that first.
    public var schedule: [(layer: Int, call: Int)] {
        var order: [(layer: Int, call: Int)] = []
        var done = Set<Source>()
        var waiting = layers.indices.flatMap { layer in
            layers[layer].calls.isEmpty
                ? [(layer: layer, call: 0)] : layers[layer].calls.indices.map { (layer: layer, call: $0) }
        }
        while !waiting.isEmpty {
            let before = waiting.count
            waiting.removeAll { layer, call in
                let sources = layers[layer].calls.isEmpty ? [] : layers[layer].calls[call]
                guard sources.allSatisfy({ done.contains(Source(layer: $0.layer, call: $0.call)) }) else {
                    return false
                }
                done.insert(Source(layer: layer, call: call))
                order.append((layer, call))
                return true
            }
            precondition(waiting.count < before, "the model's graph has a cycle")
        }
        return order
    }

    /// The output shapes of every call, for inputs of these shapes (the input layers' own by default).
    ///
    /// - Throws: ``ShapeError`` naming the first layer that cannot take its input.
    public func shapes(forInputs given: [Shape]? = nil) throws(ShapeError) -> [Source: Shape] {
        var shapes: [Source: Shape] = [:]
        for (index, call) in schedule {
            let entry = layers[index]
            let found: [Shape]
            if let position = inputs.firstIndex(of: index), let given {
                found = [given[position]]
            } else {
                let sources = entry.calls.isEmpty ? [] : entry.calls[call]
                found = try entry.naming { () throws(ShapeError) in
                    try entry.layer.outputShapes(for: sources.compactMap { shapes[$0] })
                }
            }
            for (output, shape) in found.enumerated() {
                shapes[Source(layer: index, call: call, output: output)] = shape
            }
        }
        return shapes
    }

    /// Asks every layer which weights it needs for the shapes that reach it.
    public mutating func build() throws(ShapeError) {
        try routeMasks()
        let shapes = try shapes()
        for index in layers.indices {
            let entry = layers[index]
            guard let sources = entry.calls.first else { continue }
            layers[index].specs = try entry.naming { () throws(ShapeError) in
                try entry.layer.weights(for: sources.compactMap { shapes[$0] })
            }
        }
        _ = try keptStates()
    }

    /// Draws every weight from its initializer.
    ///
    /// The same seed gives the same weights.
    public mutating func initialize(seed: UInt64) {
        let random = Random(seed: seed)
        for layer in layers.indices {
            layers[layer].weights = layers[layer].specs.enumerated().map { position, spec in
                spec.initializer.draw(spec.shape, random.stream(UInt64(layer)).stream(UInt64(position)))
            }
        }
    }
}

extension ModelLayer {
    /// Adds the layer's name in the model to a shape error of the layer.
    func naming<Result>(_ body: () throws(ShapeError) -> Result) throws(ShapeError) -> Result {
        do {
            return try body()
        } catch {
            var named = error
            named.layer = "layer \"\(name)\": " + error.layer
            throw named
        }
    }
}
