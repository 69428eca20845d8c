extension Objective {
    /// The same with targets moved by `share` towards the even distribution, in losses that know this: Keras'
    /// `label_smoothing`.
    ///
    /// - Returns: `nil` where a loss has no such option.
    public func smoothingLabels(by share: Double) -> Objective? {
        var smoothed = self
        for i in smoothed.outputs.indices {
            switch outputs[i].loss {
            case var loss as CategoricalCrossentropy:
                loss.labelSmoothing = share
                smoothed.outputs[i].loss = loss
            case var loss as BinaryCrossentropy:
                loss.labelSmoothing = share
                smoothed.outputs[i].loss = loss
            case var loss as CategoricalFocalCrossentropy:
                loss.labelSmoothing = share
                smoothed.outputs[i].loss = loss
            case var loss as BinaryFocalCrossentropy:
                loss.labelSmoothing = share
                smoothed.outputs[i].loss = loss
            default: return nil
            }
        }
        return smoothed
    }
}
