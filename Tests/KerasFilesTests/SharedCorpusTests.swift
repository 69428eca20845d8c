import Foundation
import KerasFiles
import Networks
import Runtime
import Tensors
import TestSupport
import Testing
import Training

/// Files that strangers published, with Keras' predictions; they are not in the repository.
@Suite(.enabled(if: SharedFolder.isNamed, "\(SharedFolder.reason)"))
struct SharedCorpusTests {
    @Test func theCorpusIsThere() { #expect(!SharedCorpus.files.isEmpty) }

    @Test(arguments: SharedCorpus.files)
    func predictsWhatKerasPredicts(_ entry: SharedCorpus.Entry) throws {
        do {
            let file = try KerasFile.read(entry.path, architecture: entry.architecture)
            #expect(file.ledger.isComplete)
            guard !entry.inputs.isEmpty else { return }
            let found = try Session(file.model).predict(try entry.inputs.map { try NPY.read(path: $0).tensor() })
            #expect(found.count == entry.outputs.count)
            for (found, path) in zip(found, entry.outputs) {
                #expect(gap(found, try NPY.read(path: path).tensor()) <= 1e-5)
            }
        } catch let error as KerasError {
            // A layer that does not exist here, as doctor says, or a file that no Keras can make anything of.
            let isListed = (try? KerasFile.problems(in: entry.path, architecture: entry.architecture))?.isEmpty == false
            #expect(isListed || !entry.isKnownToKeras, "\(error)")
            #expect("\(error)".contains(entry.path) || "\(error)".contains(entry.architecture ?? " — "))
        }
    }
}

enum SharedCorpus {
    struct Entry: Sendable, CustomTestStringConvertible {
        var path: String
        var architecture: String?
        var inputs: [String]
        var outputs: [String]
        /// Whether Keras 3 or tf_keras loads the file, by itself or with its architecture.
        var isKnownToKeras: Bool

        var testDescription: String { String(path.split(separator: "/").last ?? "") }
    }

    private static let folder = URL(fileURLWithPath: SharedFolder.path("keras-corpus"))

    static let files: [Entry] = {
        let names = SharedFolder.names(in: "keras-corpus")
        guard let index = try? String(contentsOf: folder.appending(path: "index.csv"), encoding: .utf8) else {
            return []
        }
        let rows = index.split(whereSeparator: \.isNewline)
        let models = names.filter { [".keras", ".h5", ".hdf5"].contains(where: $0.hasSuffix) }
        return models.map { name in
            var stem = name
            for ending in [".weights", ".h5", ".hdf5", ".keras"] {
                stem = stem.replacing(ending, with: "_" + ending.dropFirst())
            }
            func existing(_ endings: String...) -> [String] {
                endings.map { stem + $0 }.filter(names.contains).map { folder.appending(path: $0).path }
            }
            let special = existing(".y_tfkeras.npy")
            let row = rows.first { $0.hasPrefix(name + ",") } ?? ""
            // The index names the model that these weights go into.
            let other = models.first { row.contains("load_weights into \($0)") }
            return Entry(
                path: folder.appending(path: name).path,
                architecture: existing(".arch.json").first ?? other.map { folder.appending(path: $0).path },
                inputs: existing(".x.npy", ".x0.npy", ".x1.npy"),
                outputs: special.isEmpty ? existing(".y.npy", ".y0.npy", ".y1.npy") : special,
                isKnownToKeras: !row.contains("rebuilt by hand") && !existing(".y.npy", ".y0.npy").isEmpty)
        }
    }()
}
