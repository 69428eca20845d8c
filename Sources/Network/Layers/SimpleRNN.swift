import Tensors

/// A fully connected recurrent layer: each output is fed into the next step.
///
/// The input has shape `[batch, steps, features]`, the output `[batch, units]` or, with `returnSequences`,
/// `[batch, steps, units]`; the step's equation stands at ``SimpleRNNCell``. Keras' `SimpleRNN`.
public struct SimpleRNN: RecurrentLayer {
    public static let kerasName = "SimpleRNN"

    /// What happens at one step.
    public var cell: SimpleRNNCell
    public var sequence: SequenceOptions
    public var readsMask = false

    public init(_ cell: SimpleRNNCell, _ sequence: SequenceOptions = SequenceOptions()) {
        self.cell = cell
        self.sequence = sequence
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        cell = try SimpleRNNCell(from: &options)
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
