import ArgumentParser
import KerasBridge

/// Prints Keras' summary table of a model.
struct SummaryCommand: ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary", abstract: "Print a model's layers, output shapes and parameters.",
        discussion: "With --ledger, also where each weight came from, and what the file has besides.")

    @OptionGroup var model: ModelOptions

    @Flag(help: "List every weight: matched, converted, reshaped, mismatched, missing or extra.")
    var ledger = false

    @OptionGroup var result: ResultOptions

    var reading: ReadingOptions { model.reading }
    var modelFiles: [(path: String, architecture: String?)] { [(model.model, model.architecture)] }
    var onlyReads: Bool { true }

    func run() throws {
        let clock = ContinuousClock.now
        let loaded = try model.load(checksNumbers: false)
        let loading = SummaryResult.Loading(seconds: (ContinuousClock.now - clock).inSeconds, bytes: ProcessMemory.peak)
        let file = try reading.check(loaded, model.model)
        let summary = try file.model.summary()
        if result.json {
            try Console.print(SummaryResult(model.model, summary, file.ledger, loading))
        } else {
            try Console.print(summary.text(width: min(100, Terminal.stdout.width)))
            if ledger { try Console.print(file.ledger.text) }
        }
    }
}

extension Ledger {
    /// A table of all entries, and how many there are of each outcome.
    fileprivate var text: String {
        var table = Table(
            ("Weight", .left), ("Outcome", .left), ("Shape", .left), ("Stored as", .left), ("In the file", .left))
        for entry in entries {
            table.add(
                entry.layer.isEmpty ? entry.weight : "\(entry.layer)/\(entry.weight)", entry.outcome.rawValue,
                (entry.found ?? entry.expected)?.description ?? "", entry.storedAs ?? "", entry.path ?? "")
        }
        let counts = Outcome.allCases.filter { count($0) > 0 }.map { "\(count($0)) \($0.rawValue)" }
        return "\n\(table.text)\n\n\(counts.joined(separator: ", "))"
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
    /// What became of each weight of model and file.
    var ledger: [LedgerEntry]
    /// How long reading the file took, and the most memory that was in use.
    var loading: Loading

    struct Loading: Encodable {
        var seconds: Double
        var bytes: Int
    }

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

    init(_ path: String, _ summary: Summary, _ ledger: Ledger, _ loading: Loading) {
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
        self.ledger = ledger.entries.map(LedgerEntry.init)
        self.loading = loading
    }
}

/// One line of the ledger, for JSON.
struct LedgerEntry: Encodable {
    /// `matched`, `missing`, `extra`, `mismatched`, `reshaped` or `converted`.
    var outcome: String
    var layer: String
    var weight: String
    /// The dataset in the file.
    var path: String?
    var expected: [Int?]?
    var found: [Int?]?
    var storedAs: String?
    var note: String?

    init(_ entry: Ledger.Entry) {
        outcome = entry.outcome.rawValue
        (layer, weight, path) = (entry.layer, entry.weight, entry.path)
        (expected, found) = (entry.expected?.jsonExtents, entry.found?.jsonExtents)
        (storedAs, note) = (entry.storedAs, entry.note)
    }
}

extension Shape {
    /// The extents for JSON: `null` for one that only the data will tell.
    var jsonExtents: [Int?] { map { $0 == Shape.unknown ? nil : $0 } }
}
