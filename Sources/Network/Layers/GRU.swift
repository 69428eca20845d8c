import Tensors

/// Gated recurrent units over a sequence (Cho et al., 2014).
///
/// The input has shape `[batch, steps, features]`, the output `[batch, units]` or, with `returnSequences`,
/// `[batch, steps, units]`; the step's equation stands at ``GRUCell``. Keras' `GRU`.
public struct GRU: RecurrentLayer {
    public static let kerasName = "GRU"

    /// What happens at one step.
    public var cell: GRUCell
    public var sequence: SequenceOptions
    public var readsMask = false

    public init(_ cell: GRUCell, _ sequence: SequenceOptions = SequenceOptions()) {
        self.cell = cell
        self.sequence = sequence
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        cell = try GRUCell(from: &options)
        sequence = try SequenceOptions(from: &options)
        options.ignore("use_cudnn")
    }

    public var options: Options {
        var options = sequence.options
        for (name, value) in cell.options.pairs { options[name] = value }
        options["activity_regularizer"] = sequence.activityRegularizer?.optionValue ?? .null
        return options
    }

    public var recurrentCell: any RecurrentCell { cell }
}
