import ArgumentParser
import KerasBridge

/// Which differences between a model and the weights of a file are taken.
///
/// Without any of these flags every weight must be there, in its shape, and nothing else.
struct WeightOptions: ParsableArguments {
    @Flag(help: "Weights that the file has not keep initial values.")
    var allowMissing = false

    @Flag(
        help: """
            Match layers by name instead of by order, and pass over layers that only the model or only the file has: \
            Keras' by_name.
            """)
    var byName = false

    @Flag(help: "Weights of another shape keep initial values: Keras' skip_mismatch.")
    var skipMismatch = false

    @Option(
        help: """
            Whose convolution the kernels were trained for: theano's are turned by 180°. Only needed where the file \
            does not tell.
            """)
    var trainedOn: Backend?

    /// The backends whose convolutions differ.
    enum Backend: String, CaseIterable, ExpressibleByArgument {
        case theano, tensorflow
    }

    var rules: WeightRules {
        var rules = WeightRules()
        rules.allowMissing = allowMissing
        rules.byName = byName
        rules.skipMismatch = skipMismatch
        rules.trainedOnTheano = trainedOn.map { $0 == .theano }
        return rules
    }

    /// The flags that were given.
    var names: String {
        let flags = [
            (allowMissing, "--allow-missing"), (byName, "--by-name"), (skipMismatch, "--skip-mismatch"),
            (trainedOn != nil, "--trained-on"),
        ]
        return flags.filter(\.0).map(\.1).joined(separator: ", ")
    }

    /// Reads a model, and says of every weight that was not taken as it stands what became of it.
    ///
    /// - Parameters:
    ///   - seed: where weights draw from that the file has not.
    ///   - isMapped: whether large weights may stay in the file.
    func read(
        _ path: String, architecture: String?, seed: UInt64 = 0, isMapped: Bool = false
    ) throws(KerasError) -> KerasFile {
        var rules = rules
        rules.seed = seed
        var limits = ReadingLimits()
        limits.mapsWeights = isMapped
        let file = try KerasFile.read(path, architecture: architecture, rules: rules, limits: limits)
        for entry in file.ledger.entries where entry.outcome != .matched { Console.note("\(path): \(entry)") }
        return file
    }
}
