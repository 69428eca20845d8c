/// A long short-term memory whose products are 3-D convolutions (Shi et al., 2015); Keras' `ConvLSTM3D`.
///
/// The input has shape `[batch, steps, depth, height, width, channels]`, the output `[batch, depth, height, width, filters]` or, with
/// `returnSequences`, one such for each step; the step's equation stands at ``ConvLSTMCell``.
public struct ConvLSTM3D: ConvLSTM {
    public static let kerasName = "ConvLSTM3D"
    public static let axes = 3

    public var cell: ConvLSTMCell
    public var sequence: SequenceOptions
    public var maskedInputs: [Int] = []
    public var maskRules = MaskRules.keras3

    public init(_ cell: ConvLSTMCell, _ sequence: SequenceOptions = SequenceOptions()) {
        self.cell = cell
        self.sequence = sequence
    }
}
