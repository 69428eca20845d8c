/// A recurrent layer that is all in its cell, whose options stand among its own.
public protocol CellLayer: RecurrentLayer {
    associatedtype Cell: RecurrentCell

    var cell: Cell { get set }

    init(_ cell: Cell, _ sequence: SequenceOptions)
}

extension CellLayer {
    public init(from options: inout OptionReader) throws(OptionError) {
        self.init(try Cell(from: &options), try SequenceOptions(from: &options))
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
