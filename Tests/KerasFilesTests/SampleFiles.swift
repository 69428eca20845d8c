import Foundation
import KerasFiles
import Networks
import Tensors
import Testing

/// The files that Keras of ten years wrote.
enum SampleFiles {
    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let folder = package.appending(path: "Fixtures/samples")

    static func path(_ name: String) -> String { folder.appending(path: name).path }

    /// What the writer itself computed: `{"inputs": [{"shape", "data"}, …], "output": {…}}`.
    static func golden(_ name: String) throws -> (inputs: [Tensor], output: Tensor) {
        let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
        let object = try #require(try JSON.parse(bytes).object)
        func tensor(_ value: OptionValue?) throws -> Tensor {
            let array = try #require(value?.object)
            let shape = try #require(array["shape"]?.array).compactMap(\.int)
            func flat(_ value: OptionValue) -> [Float] {
                value.array.map { $0.flatMap(flat) } ?? [Float(value.double ?? .nan)]
            }
            return Tensor(Shape(shape), flat(try #require(array["data"])))
        }
        return (try #require(object["inputs"]?.array).map(tensor), try tensor(object["output"]))
    }
}

/// A folder for one test's files; all of them are gone when the tests end.
func temporaryFolder() throws -> URL {
    let folder = Temporary.root.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
}

private enum Temporary {
    static let root = {
        // What is left over is the system's to clean.
        atexit { try? FileManager.default.removeItem(at: Temporary.path) }
        return path
    }()

    private static let path = FileManager.default.temporaryDirectory.appending(
        path: "keras-files-\(ProcessInfo.processInfo.processIdentifier)")
}

/// The largest difference of two tensors' elements.
func gap(_ a: Tensor, _ b: Tensor) -> Float {
    guard a.shape == b.shape else { return .infinity }
    return zip(a.elements, b.elements).map { abs($0 - $1) }.max() ?? 0
}
