import Foundation
import HDF5
import KerasFiles
import Networks
import Tensors
import Testing
import Training

/// What one load of a model may take, whatever its files say.
@Suite struct LoadBudgetTests {
    private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func fixture(_ name: String) -> String { package.appending(path: "Fixtures/hdf5/" + name).path }

    /// The architecture of Dense layers without biases, as a file.
    private func architecture(_ names: [String], units: Int, inputs: Int, optimizer: Bool = false) throws -> String {
        let layers = names.map {
            #"{"module":"keras.layers","class_name":"Dense","config":{"name":"\#($0)","units":\#(units),"#
                + #""activation":"linear","use_bias":false}}"#
        }
        let compile =
            optimizer
            ? #","compile_config":{"optimizer":{"class_name":"SGD","config":{"momentum":0.9}},"loss":"mse"}"# : ""
        let text =
            #"{"class_name":"Sequential","config":{"name":"model","layers":[{"module":"keras.layers","#
            + #""class_name":"InputLayer","config":{"batch_shape":[null,\#(inputs)],"dtype":"float32","name":"input"}},"#
            + layers.joined(separator: ",") + #"]},"keras_version":"3.0.0"\#(compile)}"#
        let path = try temporaryFolder().appending(path: "model.json").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func limits(total: Int? = nil, tensor: Int? = nil) -> ReadingLimits {
        var limits = ReadingLimits()
        if let total { limits.hdf5.maxTotalBytes = total }
        if let tensor { limits.hdf5.maxDatasetBytes = tensor }
        return limits
    }

    // MARK: Initial weights

    @Test func initialWeightsAreRefusedBeforeTheyAreMade() throws {
        let path = try architecture(["small", "vast"], units: 1 << 20, inputs: 1)
        let error = #expect(throws: KerasError.self) { try KerasFile.readArchitecture(path) }
        #expect(
            error?.description
                == "\(path) — layer \"vast\": weight \"kernel\" of shape [1048576, 1048576], 4398046511104 bytes, "
                + "exceeds the limit maxDatasetBytes = 1073741824")
    }

    @Test func allInitialWeightsCountTogether() throws {
        let path = try architecture(["a", "b", "c"], units: 100, inputs: 100)
        #expect(try KerasFile.readArchitecture(path, limits: limits(total: 120_000)).model.layers.count == 4)
        let error = #expect(throws: KerasError.self) {
            try KerasFile.readArchitecture(path, limits: limits(total: 119_999))
        }
        #expect(
            error?.description
                == "\(path) — layer \"c\" brings the model's weights to 120000 bytes, which "
                + "exceeds the limit maxTotalBytes = 119999")
        #expect(try KerasFile.problems(in: path, limits: limits(total: 100)).count == 1)
    }

    @Test func aShapeBeyondAllNumbersIsRefused() throws {
        let path = try architecture(["vast"], units: 1 << 40, inputs: 1 << 40)
        let error = #expect(throws: KerasError.self) { try KerasFile.readArchitecture(path) }
        #expect(error != nil)
    }

    // MARK: Links

    /// Three layers have one dataset, which the file declares once.
    @Test func weightsThatAreLinksToOneDatasetCountEach() throws {
        let path = try architecture(["a", "b", "c"], units: 128, inputs: 128)
        let weights = Self.fixture("one-dataset.weights.h5")
        let file = try KerasFile.read(weights, architecture: path)
        #expect(file.ledger.isComplete)
        #expect(throws: KerasError.self) {
            try KerasFile.read(weights, architecture: path, limits: limits(total: 150_000))
        }
    }

    /// 40 variables of an optimizer are links to the weights' dataset.
    @Test func variablesThatAreLinksCountEach() throws {
        let path = try architecture(["a", "b", "c"], units: 128, inputs: 128, optimizer: true)
        let weights = Self.fixture("one-dataset.weights.h5")
        let file = try KerasFile.read(weights, architecture: path, limits: limits(total: 20 * 65_536))
        #expect(file.optimizer == nil)
        #expect(file.notes.contains { $0.contains("maxTotalBytes") }, "\(file.notes)")
    }

    // MARK: Legacy names

    @Test(arguments: [
        ("names-few.h5", ["größe", "dense"]), ("names.h5", ["größe"] + (0..<9).map { "dense_\($0)" }),
    ])
    func legacyLayersMayHaveAnyName(_ name: String, _ layers: [String]) throws {
        let path = try architecture(layers, units: 1, inputs: 1)
        let file = try KerasFile.read(Self.fixture(name), architecture: path)
        #expect(file.ledger.isComplete)
        #expect(
            file.model.layers.dropFirst().map { $0.weights.first?.elements } == layers.indices.map { [Float($0 + 1)] })
    }

    /// A name costs a few bytes each time that it stands in the list, and a look at all of its group's names.
    @Test func namesThatRepeatCountEachTime() throws {
        let folder = try temporaryFolder()
        let weights = folder.appending(path: "w.h5").path
        let draft = try FileDraft(named: "w.h5")
        try draft.root.attributes.write("layer_names", strings: Array(repeating: "a", count: 200))
        try draft.root.createDataset("a/w", shape: [1, 1], values: [1 as Float])
        try draft.root.group("a").attributes.write("weight_names", strings: Array(repeating: "w", count: 200))
        try Data(draft.bytes()).write(to: URL(fileURLWithPath: weights))
        var limits = ReadingLimits()
        limits.hdf5.maxObjects = 10_000
        let path = try architecture(["a"], units: 1, inputs: 1)
        let error = #expect(throws: KerasError.self) { try KerasFile.read(weights, architecture: path, limits: limits) }
        #expect(
            error?.description.hasSuffix(
                "the number of named layers and weights is 10050, more than the limit of 10000")
                == true, "\(String(describing: error))")
    }

    // MARK: Inspection

    @Test func anInspectionCountsWithoutOverflow() throws {
        let inspection = try Inspection(Self.fixture("shapes.h5"))
        let counts = inspection.objects.compactMap { object -> Int? in
            if case .dataset(let dataset) = object.kind { dataset.count } else { nil }
        }
        #expect(counts.sorted() == [0, 0, 1 << 62, Int.max])
    }

    @Test func statisticsOfLinksCountEach() throws {
        let path = Self.fixture("one-dataset.weights.h5")
        #expect(try Inspection(path, withStatistics: true).objects.count > 40)
        #expect(throws: KerasError.self) {
            try Inspection(path, withStatistics: true, limits: limits(total: 1 << 20))
        }
    }
}
