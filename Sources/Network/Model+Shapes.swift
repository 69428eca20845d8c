import Tensors

extension Model {
    /// Every call of every layer in an order in which each finds its inputs ready.
    ///
    /// - Precondition: the graph has no cycle, see ``validate()``.
    public var schedule: [(layer: Int, call: Int)] {
        let order = CallOrder(self)
        precondition(order.waiting == nil, "the model's graph has a cycle")
        return order.calls
    }

    /// The output shapes of every call, for inputs of these shapes (the input layers' own by default).
    ///
    /// Where the shapes are those of real data, what comes out is what running the model gives, and no layer's
    /// arithmetic asks for more than this.
    ///
    /// - Throws: ``ShapeError`` naming the first layer that cannot take its input.
    public func shapes(forInputs given: [Shape]? = nil) throws(ShapeError) -> [Source: Shape] {
        let order = try checkOrder()
        let positions = Dictionary(inputs.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var shapes: [Source: Shape] = [:]
        for (index, call) in order.calls {
            let entry = layers[index]
            let found: [Shape]
            if let position = positions[index], let given {
                found = [given[position]]
            } else {
                let sources = entry.calls.isEmpty ? [] : entry.calls[call]
                found = try entry.naming { () throws(ShapeError) in
                    var reaching: [Shape] = []
                    for source in sources {
                        guard let shape = shapes[source] else {
                            throw ShapeError(
                                layer: type(of: entry.layer).kerasName,
                                expected: "an output \(source.output) of layer \"\(layers[source.layer].name)\"")
                        }
                        reaching.append(shape)
                    }
                    let found = try entry.layer.checkedOutputShapes(for: reaching)
                    if let batch = reaching.first?.first, found.contains(where: { !$0.keeps(batch: batch) }) {
                        throw ShapeError(
                            layer: type(of: entry.layer).kerasName, expected: "outputs with one row for each sample",
                            found: found)
                    }
                    guard found.allSatisfy({ !$0.contains(0) }) else {
                        throw ShapeError(
                            layer: type(of: entry.layer).kerasName, expected: "outputs with at least one element",
                            found: found)
                    }
                    return found
                }
            }
            for (output, shape) in found.enumerated() {
                shapes[Source(layer: index, call: call, output: output)] = shape
            }
        }
        return shapes
    }

    /// The order of all calls.
    ///
    /// - Throws: ``ShapeError`` where a call never finds its inputs.
    @discardableResult
    private func checkOrder() throws(ShapeError) -> CallOrder {
        let order = CallOrder(self)
        if let waiting = order.waiting {
            throw ShapeError(
                layer: "layer \"\(layers[waiting.layer].name)\"",
                expected: "inputs that are there and do not depend on its own outputs")
        }
        return order
    }

    /// Asks every layer which weights it needs for the shapes that reach it.
    ///
    /// - Throws: ``ShapeError`` where shapes do not fit, and where two calls of one layer ask for different weights.
    public mutating func build() throws(ShapeError) {
        try checkOrder()
        try routeMasks()
        let shapes = try shapes()
        for index in layers.indices {
            let entry = layers[index]
            guard let sources = entry.calls.first else { continue }
            let specs = try entry.naming { () throws(ShapeError) in
                try entry.layer.checkedWeights(for: sources.compactMap { shapes[$0] })
            }
            for call in entry.calls.dropFirst() {
                let reaching = call.compactMap { shapes[$0] }
                let others = try entry.naming { () throws(ShapeError) in
                    try entry.layer.checkedWeights(for: reaching)
                }
                guard others.map(\.shape) == specs.map(\.shape) else {
                    throw ShapeError(
                        layer: "layer \"\(entry.name)\"", expected: "inputs of one size in all of its calls",
                        found: [sources.compactMap { shapes[$0] }, reaching].compactMap(\.first))
                }
            }
            layers[index].specs = specs
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
    package func naming<Result>(_ body: () throws(ShapeError) -> Result) throws(ShapeError) -> Result {
        do {
            return try body()
        } catch {
            var named = error
            named.layer = "layer \"\(name)\": " + error.layer
            throw named
        }
    }
}
