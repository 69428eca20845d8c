import Tensors

/// A long short-term memory over a sequence (Hochreiter and Schmidhuber, 1997).
///
/// The input has shape `[batch, steps, features]`, the output `[batch, units]` or, with `returnSequences`,
/// `[batch, steps, units]`; the step's equation stands at ``LSTMCell``. Keras' `LSTM`.
public struct LSTM: CellLayer {
    public static let kerasName = "LSTM"

    /// What happens at one step.
    public var cell: LSTMCell
    public var sequence: SequenceOptions
    public var maskedInputs: [Int] = []
    public var maskRules = MaskRules.keras3

    public init(_ cell: LSTMCell, _ sequence: SequenceOptions = SequenceOptions()) {
        self.cell = cell
        self.sequence = sequence
    }
}
