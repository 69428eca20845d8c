import Tensors

/// Any recurrent cell over a sequence; Keras' `RNN`.
///
/// The input has shape `[batch, steps, features]`, the output `[batch, units]` or, with `returnSequences`,
/// `[batch, steps, units]`; the step's equation stands at the cell.
public struct RNN: RecurrentLayer {
    public static let kerasName = "RNN"

    /// What happens at one step.
    public var cell: Nested<any RecurrentCell>
    public var sequence: SequenceOptions
    public var maskedInputs: [Int] = []
    public var maskRules = MaskRules.keras3

    public init(_ cell: any RecurrentCell, _ sequence: SequenceOptions = SequenceOptions()) {
        self.cell = Nested(cell)
        self.sequence = sequence
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        cell = try options.cell("cell")
        sequence = try SequenceOptions(from: &options)
    }

    public var options: Options {
        var options = sequence.options
        options["cell"] = cell.optionValue
        if let regularizer = sequence.activityRegularizer { options["activity_regularizer"] = regularizer.optionValue }
        return options
    }

    public var recurrentCell: any RecurrentCell { cell.value }
}
