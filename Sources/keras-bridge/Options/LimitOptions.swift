import ArgumentParser
import Foundation
import Images
import KerasBridge

/// How much of a file from outside is taken, each limit with its flag.
///
/// SECURITY.md has the same table; a test compares the two.
struct LimitOptions: ParsableArguments {
    @Option(help: "Largest file, and all members of an archive together.")
    var maxFile = ByteCount(4 << 30)

    @Option(help: "Largest tensor.")
    var maxTensor = ByteCount(1 << 30)

    @Option(help: "All tensors together: as a file declares them, as the model has weights, and as they are read.")
    var maxTotal = ByteCount(4 << 30)

    @Option(help: "Largest attribute of an HDF5 object.")
    var maxAttribute = ByteCount(256 << 20)

    @Option(help: "Most groups, datasets and links of an HDF5 file.")
    var maxObjects = 100_000

    @Option(help: "Longest JSON text.")
    var maxJson = ByteCount(64 << 20)

    @Option(help: "Deepest nesting of JSON.")
    var maxJsonDepth = 256

    @Option(help: "Most layers of a model.")
    var maxLayers = 10_000

    @Option(help: "Most members of an archive.")
    var maxMembers = 4096

    @Option(help: "How many times larger than its compressed form a member above 1 MiB may be.")
    var maxRatio = 100

    @Option(help: "Largest data file (IDX, NumPy), and all that it unpacks to; all images of a folder.")
    var maxData = ByteCount(4 << 30)

    @Option(help: "Most pixels of an image.")
    var maxPixels = 1 << 26

    @Option(
        help: """
            Memory of one run: inputs, activations, gradients and results. (default: 4GiB, or half of the memory that \
            is available where that is less)
            """)
    var maxActivations: ByteCount?

    func validate() throws {
        let numbers = [
            ("objects", maxObjects), ("json-depth", maxJsonDepth), ("layers", maxLayers), ("members", maxMembers),
            ("ratio", maxRatio), ("pixels", maxPixels),
        ]
        for (name, number) in numbers { try checkCount(number, "--max-\(name)", upTo: Most.limit) }
        // Nesting is read by functions that call themselves, and stacks end.
        if maxJsonDepth > 1024 { throw ValidationError("--max-json-depth expects at most 1024, found \(maxJsonDepth)") }
    }

    /// Runs `body` with these limits in force.
    func apply<Result>(_ body: () throws -> Result) rethrows -> Result {
        var reading = ReadingLimits()
        reading.hdf5.maxFileBytes = maxFile.bytes
        reading.hdf5.maxDatasetBytes = maxTensor.bytes
        reading.hdf5.maxTotalBytes = maxTotal.bytes
        reading.hdf5.maxAttributeBytes = maxAttribute.bytes
        reading.hdf5.maxObjects = maxObjects
        reading.json.bytes = maxJson.bytes
        reading.json.depth = maxJsonDepth
        reading.architecture.layers = maxLayers
        reading.zip.memberBytes = maxFile.bytes
        reading.zip.members = maxMembers
        reading.zip.ratio = maxRatio
        var data = DataLimits()
        data.bytes = maxData.bytes
        var images = ImageLimits()
        images.bytes = maxData.bytes
        images.pixels = maxPixels
        let runs = maxActivations.map { RunLimits(activationBytes: $0.bytes) } ?? RunLimits()
        return try ReadingLimits.$current.withValue(reading) {
            try DataLimits.$current.withValue(data) {
                try ImageLimits.$current.withValue(images) {
                    try RunLimits.$current.withValue(runs, operation: body)
                }
            }
        }
    }

    /// How errors name each limit, and the flag that sets it.
    private static let flags = [
        ("limit maxFileBytes = ", "--max-file"), ("limit maxDatasetBytes = ", "--max-tensor"),
        ("limit maxTotalBytes = ", "--max-total"), ("limit maxAttributeBytes = ", "--max-attribute"),
        ("limit maxObjects = ", "--max-objects"), ("the text has ", "--max-json"),
        ("the number of named layers and weights is ", "--max-objects"), ("nest deeper than ", "--max-json-depth"),
        ("the number of layers is ", "--max-layers"),
        ("members, more than the limit", "--max-members"), ("times its compressed size", "--max-ratio"),
        ("for data", "--max-data"), ("to the limit of ", "--max-pixels"), ("it declares ", "--max-file"),
        ("for activations", "--max-activations"),
    ]

    /// Which flag allows what this error refused; `nil` where no limit was met.
    static func remedy(for sentence: String) -> String? {
        guard sentence.contains("limit") || sentence.contains("nest deeper") || sentence.contains("compressed size")
        else { return nil }
        return flags.first { sentence.contains($0.0) }.map { "\($0.1) allows more" }
    }
}
