import Foundation
import KerasFiles
import Runtime
import Tensors
import Testing

@Suite struct KerasFileBytesTests {
    private let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/models/digits.keras").path

    @Test func readsAnArchiveInMemoryAsOnDisk() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let (memory, disk) = (try KerasFile.read(archive: bytes, named: "memory"), try KerasFile.read(path))
        #expect(memory.model.layers.map(\.name) == disk.model.layers.map(\.name))
        for (one, other) in zip(memory.model.layers, disk.model.layers) { #expect(one.weights == other.weights) }
        #expect(memory.origin == disk.origin)
    }

    @Test func namesWhatCannotBeRead() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        for cut in [0, 3, 1000, bytes.count / 2, bytes.count - 1] {
            let error = #expect(throws: KerasError.self) {
                try KerasFile.read(archive: Array(bytes.prefix(cut)), named: "cut.keras")
            }
            #expect(error?.description.hasPrefix("cut.keras") == true, "\(cut) bytes")
        }
    }
}
