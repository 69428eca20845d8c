extension Tensor {
    /// The samples in this range of the first axis.
    ///
    /// - Precondition: the range is one of the tensor's samples.
    public func samples(_ range: Range<Int>) -> Tensor {
        precondition(range.lowerBound >= 0 && range.upperBound <= shape[0], "samples \(range) of \(shape[0])")
        let size = shape[0] == 0 ? 0 : count / shape[0]
        return withElements { elements in
            Tensor(shape.withBatch(range.count), elements[(range.lowerBound * size)..<(range.upperBound * size)])
        }
    }

    /// These samples of the first axis, in this order.
    ///
    /// - Precondition: each index is that of a sample.
    public func samples(_ indices: some Collection<Int>) -> Tensor {
        let size = shape[0] == 0 ? 0 : count / shape[0]
        for index in indices { precondition(index >= 0 && index < shape[0], "sample \(index) of \(shape[0])") }
        return withElements { source in
            Tensor(unsafeUninitialized: shape.withBatch(indices.count)) { target in
                for (position, index) in indices.enumerated() {
                    let sample = source[(index * size)..<((index + 1) * size)]
                    _ = target[(position * size)...].update(fromContentsOf: sample)
                }
            }
        }
    }

    /// The samples of all parts, one after another along the first axis.
    ///
    /// - Precondition: at least one part, and all of the same sample shape.
    public init(concatenatingSamples parts: [Tensor]) {
        precondition(!parts.isEmpty, "nothing to concatenate")
        precondition(parts.allSatisfy { $0.shape.sample == parts[0].shape.sample }, "parts differ in sample shape")
        self.init(unsafeUninitialized: parts[0].shape.withBatch(parts.reduce(0) { $0 + $1.shape[0] })) { target in
            var position = 0
            for part in parts {
                part.withElements { position = target[position...].update(fromContentsOf: $0) }
            }
        }
    }
}
