import Tensors

/// A fully connected recurrent layer: each output is fed into the next step.
///
/// The input has shape `[batch, steps, features]`, the output `[batch, units]` or, with `returnSequences`,
/// `[batch, steps, units]`; the step's equation stands at ``SimpleRNNCell``. Keras' `SimpleRNN`.
public struct SimpleRNN: CellLayer {
    public static let kerasName = "SimpleRNN"

    /// What happens at one step.
    public var cell: SimpleRNNCell
    public var sequence: SequenceOptions
    public var maskedInputs: [Int] = []
    public var maskRules = MaskRules.keras3

    public init(_ cell: SimpleRNNCell, _ sequence: SequenceOptions = SequenceOptions()) {
        self.cell = cell
        self.sequence = sequence
    }
}
