import Tensors

extension Layer {
    /// The shapes of the outputs, each one that a tensor can have.
    ///
    /// - Throws: ``ShapeError`` where the layer's own rule does, where an output would be too large to count, and where
    ///   a mask does not belong to its input.
    public func checkedOutputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        try checkMasks(of: inputs)
        let outputs = try outputShapes(for: inputs)
        for shape in outputs { try check(shape, "outputs") }
        return outputs
    }

    /// The weights, each of a shape that a tensor can have.
    ///
    /// - Throws: ``ShapeError`` where the layer's own rule does, and where a weight would be too large to count.
    public func checkedWeights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] {
        let specs = try weights(for: inputs)
        for spec in specs {
            try check(spec.shape, "a \"\(spec.name)\"")
            guard spec.shape.isKnown else {
                throw ShapeError(
                    layer: Self.kerasName, expected: "inputs and options that tell the size of \"\(spec.name)\"",
                    found: inputs)
            }
        }
        return specs
    }

    private func check(_ shape: Shape, _ what: String) throws(ShapeError) {
        guard let excess = shape.excess else { return }
        var error = ShapeError(
            layer: Self.kerasName, expected: "options that make \(what) of a possible size, not \(excess)")
        error.found = [shape]
        throw error
    }

    /// Makes sure that each mask has one number for each step of its input.
    private func checkMasks(of all: [Shape]) throws(ShapeError) {
        // Masks belong to the layout in which the layer computes.
        guard readsMask, !(self is any LayoutWrapper), all.count > maskedInputs.count else { return }
        for (input, mask) in zip(maskedInputs, all.suffix(maskedInputs.count)) {
            guard input < all.count - maskedInputs.count, !mask.isEmpty, mask.count <= all[input].count,
                zip(mask, all[input]).allSatisfy({ $0 == $1 || $0 == Shape.unknown || $1 == Shape.unknown })
            else {
                throw ShapeError(
                    layer: "\(Self.kerasName) with masks", expected: "masks with one number for each step", found: all)
            }
        }
    }
}

extension Shape {
    /// Whether a tensor of this shape has so many samples, as far as both are known.
    func keeps(batch: Int) -> Bool {
        guard let first else { return false }
        return first == batch || first == Shape.unknown || batch == Shape.unknown
    }
}
