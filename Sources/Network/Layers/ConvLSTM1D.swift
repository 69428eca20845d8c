/// A long short-term memory whose products are 1-D convolutions (Shi et al., 2015); Keras' `ConvLSTM1D`.
///
/// The input has shape `[batch, steps, length, channels]`, the output `[batch, length, filters]` or, with
/// `returnSequences`, one such for each step; the step's equation stands at ``ConvLSTMCell``.
public struct ConvLSTM1D: ConvLSTM {
    public static let kerasName = "ConvLSTM1D"
    public static let axes = 1

    public var cell: ConvLSTMCell
    public var sequence: SequenceOptions
    public var maskedInputs: [Int] = []
    public var maskRules = MaskRules.keras3

    public init(_ cell: ConvLSTMCell, _ sequence: SequenceOptions = SequenceOptions()) {
        self.cell = cell
        self.sequence = sequence
    }
}
