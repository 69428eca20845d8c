import Foundation
import KerasFiles
import Runtime
import Tensors
import TestSupport
import Testing
import Training

/// Files that real Keras wrote, committed with what it predicts: what a clone alone can check.
@Suite struct GoldenFileTests {
    private static let folder = URL(filePath: #filePath).appending(path: "../../../Fixtures/keras").standardizedFileURL
        .path

    /// The file, whose predictions it must give, and where its architecture is if it has none.
    static let files: [(name: String, writer: String, architecture: String?)] = [
        ("keras3-small.h5", "keras3", nil), ("keras3-small.keras", "keras3", nil),
        ("keras3-small.weights.h5", "keras3", "keras3-small.json"),
        ("tf_keras-small.h5", "tf_keras", nil), ("tf_keras-small.keras", "tf_keras", nil),
        ("tf_keras-small.weights.h5", "tf_keras", "tf_keras-small.json"),
        ("tf_keras-small-weights.h5", "tf_keras", "tf_keras-small.json"),
        // Weights of one dialect in the other's architecture, and in that of a model file.
        ("keras3-small.weights.h5", "keras3", "tf_keras-small.json"),
        ("tf_keras-small-weights.h5", "tf_keras", "keras3-small.keras"),
    ]

    @Test(arguments: files)
    func predictsWhatKerasPredicts(_ name: String, writer: String, architecture: String?) throws {
        let file = try KerasFile.read(
            "\(Self.folder)/\(name)", architecture: architecture.map { "\(Self.folder)/\($0)" })
        let x = try NPY.read(path: "\(Self.folder)/small-x.npy").tensor()
        let expected = try NPY.read(path: "\(Self.folder)/\(writer)-small-y.npy").tensor()
        let y = try Session(file.model).predict([x])
        #expect(largestDifference(y[0], expected) < 1e-6)
    }

    @Test func tellsTheWritersApart() throws {
        let x = try NPY.read(path: "\(Self.folder)/small-x.npy").tensor()
        let file = try KerasFile.read("\(Self.folder)/keras3-small.h5")
        let other = try NPY.read(path: "\(Self.folder)/tf_keras-small-y.npy").tensor()
        #expect(try largestDifference(Session(file.model).predict([x])[0], other) > 1e-2)
    }
}
