import Tensors

/// Gated recurrent units over a sequence (Cho et al., 2014).
///
/// The input has shape `[batch, steps, features]`, the output `[batch, units]` or, with `returnSequences`,
/// `[batch, steps, units]`; the step's equation stands at ``GRUCell``. Keras' `GRU`.
public struct GRU: CellLayer {
    public static let kerasName = "GRU"

    /// What happens at one step.
    public var cell: GRUCell
    public var sequence: SequenceOptions
    public var maskedInputs: [Int] = []
    public var maskRules = MaskRules.keras3

    public init(_ cell: GRUCell, _ sequence: SequenceOptions = SequenceOptions()) {
        self.cell = cell
        self.sequence = sequence
    }
}
