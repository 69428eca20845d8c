import Foundation
import KerasFiles
import Networks
import Parity
import Tensors
import TestSupport
import Testing
import Training

/// Models that others made, with stored outputs of Keras: those that run on our layers predict the same.
@Suite(.enabled(if: SharedFolder.isNamed, "\(SharedFolder.reason)"))
struct SharedStrangersTests {
    @Test func bothFoldersAreThere() {
        #expect(!SharedStoredCase.corpus.isEmpty)
        #expect(!SharedStoredCase.samples.isEmpty)
    }

    @Test(arguments: SharedStoredCase.corpus + SharedStoredCase.samples)
    func predictsWhatKerasStored(_ stored: SharedStoredCase) throws {
        let file: KerasFile
        do {
            file = try KerasFile.read(stored.path, architecture: stored.architecture)
        } catch {
            // What cannot be read yet says so in the tests of KerasFiles; here it is a case that does not count.
            print("not run: \(stored): \(error)")
            return
        }
        let reference = try stored.reference()
        let verification = Verification(
            model: stored.path, ours: SessionSide(file), theirs: reference.side,
            inputs: Inputs(description: "stored inputs", reference.inputs))
        let verdict = try verification.run()
        #expect(verdict.reasons == [], "\(verdict.text())")
    }
}

/// A model file with inputs and Keras' outputs beside it.
struct SharedStoredCase: Sendable, CustomTestStringConvertible, CustomStringConvertible {
    var path: String
    var architecture: String?
    var inputs: [String]
    var outputs: [String]

    var description: String { URL(fileURLWithPath: path).lastPathComponent }
    var testDescription: String { description }

    /// Models of strangers, with `.npy` files named after them.
    static var corpus: [SharedStoredCase] {
        let folder = URL(fileURLWithPath: SharedFolder.path("keras-corpus"))
        let names = SharedFolder.names(in: "keras-corpus")
        return names.filter { [".h5", ".hdf5", ".keras"].contains(where: $0.hasSuffix) }.compactMap { name in
            let stem =
                ["weights.h5", "h5", "hdf5", "keras"].first { name.hasSuffix("." + $0) }.map {
                    name.dropLast($0.count + 1) + "_" + $0.replacingOccurrences(of: ".", with: "_")
                } ?? name
            func paths(_ kinds: [String]) -> [String] {
                kinds.map { "\(stem).\($0).npy" }.filter(names.contains).map { folder.appendingPathComponent($0).path }
            }
            // Where Keras 3 changed a meaning, the older one is what the file means.
            let older = paths(["y_tfkeras"])
            let outputs = older.isEmpty ? paths(["y", "y0", "y1"]) : older
            guard !outputs.isEmpty else { return nil }
            let architecture =
                names.contains("\(stem).arch.json") ? folder.appendingPathComponent("\(stem).arch.json").path : nil
            return SharedStoredCase(
                path: folder.appendingPathComponent(name).path, architecture: architecture,
                inputs: paths(["x", "x0", "x1"]), outputs: outputs)
        }
    }

    /// Models of every version of Keras, with a JSON of inputs and output beside them.
    static var samples: [SharedStoredCase] {
        let folder = URL(fileURLWithPath: SharedFolder.path("keras-samples"))
        let names = SharedFolder.names(in: "keras-samples")
        return names.filter { $0.hasSuffix(".io.json") }.flatMap { reference -> [SharedStoredCase] in
            let stem = String(reference.dropLast(".io.json".count))
            let endings = ["h5", "keras", "weights.h5", "-weights.h5"].map {
                $0.hasPrefix("-") ? stem + $0 : "\(stem).\($0)"
            }
            return endings.filter(names.contains).map { name in
                let whole = names.contains("\(stem).keras") ? "\(stem).keras" : "\(stem).h5"
                return SharedStoredCase(
                    path: folder.appendingPathComponent(name).path,
                    architecture: name.contains("weights") ? folder.appendingPathComponent(whole).path : nil,
                    inputs: [folder.appendingPathComponent(reference).path], outputs: [])
            }
        }
    }

    func reference() throws -> (side: any Side, inputs: [Tensor]) {
        if !outputs.isEmpty {
            return (try StoredReference(paths: outputs), try inputs.map { try NPY.read(path: $0).tensor() })
        }
        struct Stored: Decodable {
            struct Values: Decodable {
                var shape: [Int]
                var data: [Float]

                var tensor: Tensor { Tensor(Shape(shape), data) }
            }
            var inputs: [Values]
            var output: Values
        }
        let stored = try JSONDecoder().decode(
            Stored.self, from: Data(contentsOf: URL(fileURLWithPath: try #require(inputs.first))))
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npy").path
        try NPY.write(stored.output.tensor, path: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return (try StoredReference(paths: [path]), stored.inputs.map(\.tensor))
    }
}
