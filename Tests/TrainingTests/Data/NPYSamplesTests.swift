import Foundation
import Tensors
import Testing
import Training

@Suite struct NPYSamplesTests {
    @Test(arguments: [NumberType.uint8, .int64, .float32, .float64])
    func givesTheSamplesOfTheWholeFile(_ type: NumberType) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npy").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let bytes = (0..<(7 * 6 * type.size)).map { UInt8($0 % 100) }
        try NPY.write(NumberArray(type, [7, 2, 3], bytes: bytes), path: path)
        let whole = try NPY.read(path: path).tensor()
        let samples = try NPYSamples(path: path)
        #expect(samples.shape == [7, 2, 3])
        for range in [0..<7, 2..<5, 6..<7, 3..<3] { #expect(samples.samples(range) == whole.samples(range)) }
    }

    @Test func givesNaNWhereTheFileWasCutOffMeanwhile() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npy").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try NPY.write(Tensor([50, 2], (0..<100).map { Float($0) }), path: path)
        let samples = try NPYSamples(path: path)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.truncate(atOffset: 200)
        #expect(samples.samples(0..<2).elements == [0, 1, 2, 3])
        let cut = samples.samples(40..<50).elements
        #expect(cut.count == 20 && !cut.contains { !$0.isNaN })
    }

    @Test func refusesWhatNPYRefuses() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npy").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: DataError.self) { try NPYSamples(path: path) }
        try NPY.write(Tensor([5, 2]), path: path)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try bytes.dropLast(3).write(to: URL(fileURLWithPath: path))
        #expect(throws: DataError.self) { try NPYSamples(path: path) }
    }
}
