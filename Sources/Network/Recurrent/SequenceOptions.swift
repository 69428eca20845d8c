import Tensors

/// How a recurrent layer runs over time: the options that all of Keras' recurrent layers share.
public struct SequenceOptions: Hashable, Sendable {
    /// Whether all outputs are given, or the last alone.
    public var returnSequences: Bool
    /// Whether the last states are given after the output.
    public var returnState: Bool
    /// Whether the last step comes first; the outputs stand in that order.
    public var goBackwards: Bool
    /// Whether each batch starts from the states in which the last one ended; a ``Session`` keeps them.
    public var stateful: Bool
    /// Keras' way to loop, kept for files; the numbers are the same.
    public var unroll: Bool
    /// Whether masked steps give zeros, or the output before them once more.
    public var zeroOutputForMask: Bool
    public var activityRegularizer: Regularizer?

    public init(
        returnSequences: Bool = false, returnState: Bool = false, goBackwards: Bool = false, stateful: Bool = false,
        unroll: Bool = false, zeroOutputForMask: Bool = false, activityRegularizer: Regularizer? = nil
    ) {
        self.stateful = stateful
        self.returnSequences = returnSequences
        self.returnState = returnState
        self.goBackwards = goBackwards
        self.unroll = unroll
        self.zeroOutputForMask = zeroOutputForMask
        self.activityRegularizer = activityRegularizer
    }

    init(from options: inout OptionReader) throws(OptionError) {
        returnSequences = try options.bool("return_sequences", default: false)
        returnState = try options.bool("return_state", default: false)
        goBackwards = try options.bool("go_backwards", default: false)
        stateful = try options.bool("stateful", default: false)
        unroll = try options.bool("unroll", default: false)
        zeroOutputForMask = try options.bool("zero_output_for_mask", default: false)
        activityRegularizer = try options.activityRegularizer()
    }

    var options: Options {
        [
            "return_sequences": .bool(returnSequences), "return_state": .bool(returnState),
            "go_backwards": .bool(goBackwards), "stateful": .bool(stateful), "unroll": .bool(unroll),
            "zero_output_for_mask": .bool(zeroOutputForMask),
        ]
    }
}
