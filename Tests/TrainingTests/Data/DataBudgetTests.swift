import Foundation
import Images
import Tensors
import Testing
import Training

/// What one load of data may take, whatever it is made of.
@Suite struct DataBudgetTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "keras-bridge-budget-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func path(_ name: String) -> String { folder.appending(path: name).path }

    private func limited<Result>(to bytes: Int, _ body: () throws -> Result) rethrows -> Result {
        var limits = DataLimits()
        limits.bytes = bytes
        return try DataLimits.$current.withValue(limits, operation: body)
    }

    private static let extremes = [-1, 0, 1, 1 << 31 - 1, 1 << 31, 1 << 62, Int.max]

    /// Every shape of up to three extremes is an array or an error, and what is read can be looked at by samples.
    @Test(arguments: ["<f4", "|u1", ">i8"], ["True", "False"])
    func noShapeTraps(_ type: String, _ order: String) throws {
        let file = path("x.npy")
        for first in Self.extremes {
            for second in Self.extremes {
                for third in Self.extremes {
                    let header =
                        "{'descr': '\(type)', 'fortran_order': \(order), 'shape': (\(first), \(second), \(third)), }"
                    let bytes = [0x93] + "NUMPY".utf8 + [1, 0, UInt8(header.utf8.count), 0] + header.utf8
                    try Data(bytes).write(to: URL(fileURLWithPath: file))
                    guard let samples = try? NPYSamples(path: file) else { continue }
                    #expect(samples.shape.contains(0), "there is no number in the file")
                    #expect(samples.samples(0..<0).count == 0)
                    #expect(samples.shape.sample.elementCount >= 0)
                }
            }
        }
    }

    @Test func noShapeOfAnIDXFileTraps() {
        let extremes: [[UInt8]] = [
            [0, 0, 0, 0], [0, 0, 0, 1], [127, 255, 255, 255], [128, 0, 0, 0], [255, 255, 255, 255],
        ]
        for type: UInt8 in [8, 14] {
            for first in extremes {
                for second in extremes {
                    for third in extremes {
                        let found = try? IDX.read([0, 0, type, 3] + first + second + third, name: "x.idx")
                        #expect((found?.shape.sample.elementCount ?? 0) >= 0)
                    }
                }
            }
        }
    }

    // MARK: Archives

    @Test(arguments: [true, false])
    func theArraysOfAnArchiveCountTogether(_ compressed: Bool) throws {
        let file = path("x.npz")
        try NPZ.write(
            (0..<5).map { (name: "a\($0)", array: NumberArray(Tensor([1000]))) }, path: file, compressed: compressed)
        let error = #expect(throws: DataError.self) { try limited(to: 20_000) { try NPZ.read(path: file) } }
        let expected =
            compressed ? "its arrays together have" : "has"  // what is stored makes the file too large by itself
        #expect(error?.description == "\(file): \(expected) more bytes than the limit of 20000 for data")
        #expect(try limited(to: 30_000) { try NPZ.read(path: file) }.count == 5)
    }

    @Test func onlyWhatIsAskedForCounts() throws {
        let file = path("x.npz")
        try NPZ.write(
            (0..<5).map { (name: "a\($0)", array: NumberArray(Tensor([1000]))) }, path: file, compressed: true)
        #expect(try limited(to: 5000) { try NPZ.read(path: file, names: ["a3"]) }.map(\.name) == ["a3"])
        #expect(try limited(to: 5000) { try NPZ.names(path: file) } == ["a0", "a1", "a2", "a3", "a4"])
    }

    @Test func bytesThatBecomeNumbersCountAsSuch() throws {
        let file = path("x.npz")
        try NPZ.write(
            [(name: "a", array: NumberArray(.uint8, [4000], bytes: [UInt8](repeating: 1, count: 4000)))], path: file,
            compressed: true)
        #expect(try limited(to: 5000) { try NPZ.read(path: file) }.count == 1)
        #expect(throws: DataError.self) { try limited(to: 5000) { try NPZ.tensors(path: file) } }
        #expect(try NPZ.tensors(path: file).first?.tensor == Tensor([4000], repeating: 1))
    }

    @Test func aFileReadInPortionsIsLimitedToo() throws {
        let file = path("x.npy")
        try NPY.write(Tensor([100, 10]), path: file)
        let error = #expect(throws: DataError.self) { try limited(to: 4000) { try NPYSamples(path: file) } }
        #expect(error?.description == "\(file): has more bytes than the limit of 4000 for data")
        #expect(try limited(to: 4200) { try NPYSamples(path: file) }.shape == [100, 10])
    }

    @Test(arguments: [101, 1 << 62, Int.max])
    func rowsOfClassesCount(_ classes: Int) throws {
        let error = #expect(throws: DataError.self) { try limited(to: 200) { try oneHot([0, 1], classes: classes) } }
        #expect(error?.description == "targets: 2 rows of \(classes) have more bytes than the limit of 200 for data")
        #expect(try limited(to: 200) { try oneHot([0, 1], classes: 100) }.shape == [2, 100])
    }

    // MARK: Images

    private func pictures(_ sizes: [(width: Int, height: Int)]) throws -> [String] {
        try sizes.enumerated().map { number, size in
            let bytes = (0..<size.width * size.height).map { UInt8(truncatingIfNeeded: $0 * 7 + number) }
            let file = path("\(number).png")
            let image = RasterImage(width: size.width, height: size.height, bytes: bytes)
            try Data(image.png()).write(to: URL(fileURLWithPath: file))
            return file
        }
    }

    @Test func theImagesOfAFolderCountTogether() throws {
        let files = try pictures(Array(repeating: (20, 10), count: 10))
        #expect(throws: DataError.self) {
            try limited(to: 1999) { try ImageFile.samples(files, shape: [10, 20, 1], divisor: 255) }
        }
        let samples = try limited(to: 2000) { try ImageFile.samples(files, shape: [-1, -1, 1], divisor: 255) }
        #expect(samples.shape == [10, 10, 20, 1])
        #expect(samples.batch([3], on: .shared)[0] == Float(3) / 255)
    }

    /// What is resized becomes numbers of four bytes, those before it, too.
    @Test func imagesThatAreResizedCountAsNumbers() throws {
        let files = try pictures([(4, 4), (8, 8), (4, 4)])
        #expect(throws: DataError.self) {
            try limited(to: 239) { try ImageFile.samples(files, shape: [4, 4, 1], divisor: 1) }
        }
        let samples = try limited(to: 240 + 300) { try ImageFile.samples(files, shape: [4, 4, 1], divisor: 1) }
        let plain = try ImageFile.samples([files[0], files[2]], shape: [4, 4, 1], divisor: 1)
        #expect(samples.batch([0, 2], on: .shared) == plain.batch([0, 1], on: .shared))
        #expect(samples.count == 3)
    }
}
