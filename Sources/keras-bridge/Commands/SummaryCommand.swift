import ArgumentParser
import KerasBridge

/// Prints Keras' summary table of a model.
struct SummaryCommand: ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary", abstract: "Print a model's layers, output shapes and parameters.")

    @OptionGroup var model: ModelOptions
    @OptionGroup var result: ResultOptions

    var reading: ReadingOptions { model.reading }
    var modelFiles: [(path: String, architecture: String?)] { [(model.model, model.architecture)] }
    static let onlyReads = true

    func run() throws {
        let summary = try model.load().model.summary()
        if result.json {
            try Console.print(SummaryResult(model.model, summary))
        } else {
            try Console.print(summary.text(width: min(100, Terminal.stdout.width)))
        }
    }
}

/// What `summary --json` prints.
private struct SummaryResult: JSONResult {
    static let command = "summary"

    var model: String
    var name: String
    var layers: [Layer]
    var parameters: Int
    var trainableParameters: Int
    var nonTrainableParameters: Int
    var bytes: Int
    /// For one sample; absent where an extent is not known.
    var multiplyAdds: Int?

    struct Layer: Encodable {
        var name: String
        var className: String
        /// One for each output; `null` where only the data will tell.
        var outputShapes: [[Int?]]
        var parameters: Int
        var multiplyAdds: Int?
        var connectedTo: [String]
        var trainable: Bool
    }

    init(_ path: String, _ summary: Summary) {
        model = path
        name = summary.modelName
        layers = summary.rows.map { row in
            Layer(
                name: row.name, className: row.className, outputShapes: row.outputShapes.map(\.jsonExtents),
                parameters: row.parameters, multiplyAdds: row.multiplyAdds, connectedTo: row.connectedTo,
                trainable: row.isTrainable)
        }
        parameters = summary.parameters
        trainableParameters = summary.trainableParameters
        nonTrainableParameters = summary.nonTrainableParameters
        bytes = summary.bytes
        multiplyAdds = summary.multiplyAdds
    }
}

extension Shape {
    /// The extents for JSON: `null` for one that only the data will tell.
    var jsonExtents: [Int?] { map { $0 == Shape.unknown ? nil : $0 } }
}
