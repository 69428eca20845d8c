import Tensors

/// A long short-term memory over a sequence (Hochreiter and Schmidhuber, 1997).
///
/// The input has shape `[batch, steps, features]`, the output `[batch, units]` or, with `returnSequences`,
/// `[batch, steps, units]`; the step's equation stands at ``LSTMCell``. Keras' `LSTM`.
public struct LSTM: RecurrentLayer {
    public static let kerasName = "LSTM"

    /// What happens at one step.
    public var cell: LSTMCell
    public var sequence: SequenceOptions
    public var readsMask = false

    public init(_ cell: LSTMCell, _ sequence: SequenceOptions = SequenceOptions()) {
        self.cell = cell
        self.sequence = sequence
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        cell = try LSTMCell(from: &options)
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
