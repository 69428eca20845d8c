import Training

extension LabeledSamples {
    /// These samples and others that a model has learned before, so that it learns the new without forgetting the old.
    ///
    /// A few new ones are repeated until there is one for ten of the old, which also gives normalization layers batches
    /// like those that they know. The new ones come first.
    ///
    /// - Throws: ``DataError`` where the two have not the same shapes.
    public func rehearsing(_ others: LabeledSamples) throws(DataError) -> LabeledSamples {
        guard inputs.sampleShape == others.inputs.sampleShape, targets.sampleShape == others.targets.sampleShape else {
            throw .unfit(
                "samples of \(inputs.sampleShape) with targets of \(targets.sampleShape) cannot be learned together with "
                    + "samples of \(others.inputs.sampleShape) with targets of \(others.targets.sampleShape)")
        }
        let times = max(1, others.count / (10 * max(1, count)))
        func joined(_ part: (LabeledSamples) -> Samples) -> Samples {
            Samples(joining: [Samples](repeating: part(self), count: times) + [part(others)])
        }
        var weights: [Float]?
        if self.weights != nil || others.weights != nil {
            let ones = { (samples: LabeledSamples) in [Float](repeating: 1, count: samples.count) }
            weights = [[Float]](repeating: self.weights ?? ones(self), count: times).flatMap(\.self)
            weights? += others.weights ?? ones(others)
        }
        return try LabeledSamples(inputs: joined(\.inputs), targets: joined(\.targets), weights: weights)
    }
}
