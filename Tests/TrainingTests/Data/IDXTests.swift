import Foundation
import Tensors
import Testing
import Training

@Suite struct IDXTests {
    private func idx(_ header: [UInt8], _ body: [UInt8]) -> [UInt8] { header + body }

    @Test func readsBytes() throws {
        let array = try IDX.read([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255], name: "x")
        #expect(array.type == .uint8)
        #expect(array.tensor() == Tensor([2, 3], [1, 2, 3, 4, 5, 255]))
        #expect(array.integers() == [1, 2, 3, 4, 5, 255])
    }

    @Test func readsBigEndianNumbers() throws {
        let floats = try IDX.read([0, 0, 0x0D, 1, 0, 0, 0, 2, 0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0], name: "x")
        #expect(floats.tensor() == Tensor([2], [1, -2]))
        let shorts = try IDX.read([0, 0, 0x0B, 1, 0, 0, 0, 2, 1, 2, 0xFF, 0xFE], name: "x")
        #expect(shorts.integers() == [258, -2])
    }

    @Test func readsTheEmbeddedDigits() throws {
        let folder = packageRoot.appending(path: "Fixtures/digits").path
        let images = try IDX.read(path: folder + "/train-images-idx3-ubyte.gz")
        let labels = try IDX.read(path: folder + "/train-labels-idx1-ubyte.gz")
        #expect(images.shape == [4000, 28, 28])
        #expect(labels.shape == [4000])
        let counts = try #require(labels.integers()).reduce(into: [Int](repeating: 0, count: 10)) { $0[$1] += 1 }
        #expect(counts == [Int](repeating: 400, count: 10))
    }

    struct Mistake: Sendable {
        var bytes: [UInt8]
        var message: String
    }

    @Test(arguments: [
        Mistake(bytes: [0, 0], message: "x.idx: expected an IDX header of 4 bytes, found 2"),
        Mistake(
            bytes: [0x89, 0x48, 0x44, 0x46, 0, 0],
            message:
                "x.idx: expected an IDX file, beginning with 00 00, a type and the number of axes, found 89 48 44 46"),
        Mistake(
            bytes: [0, 0, 8, 2, 0, 0, 0, 2, 0, 0],
            message: "x.idx: expected 2 extents in the first 12 bytes, found 10 bytes"),
        Mistake(
            bytes: [0, 0, 8, 1, 0, 0, 0, 3, 1, 2], message: "x.idx: expected 11 bytes for shape [3], found 10"),
        Mistake(
            bytes: [0, 0, 8, 1, 0, 0, 0, 1, 1, 2], message: "x.idx: expected 9 bytes for shape [1], found more"),
        Mistake(
            bytes: [0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
            message: "x.idx: shape [4294967295, 4294967295, 4294967295] has more bytes than the limit of 4294967296 "
                + "for data"),
        Mistake(
            bytes: [0, 0, 8, 3, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255],
            message: "x.idx: shape [0, 4294967295, 4294967295] has more bytes than the limit of 4294967296 for data"),
        Mistake(
            bytes: [0, 0, 8, 33] + [UInt8](repeating: 0, count: 132),
            message: "x.idx: expected at most 32 axes, found 33"),
        Mistake(
            bytes: [0x1F, 0x8B, 8, 0], message: "x.idx: gzip data is truncated: it ends after 0 unpacked bytes"),
        Mistake(
            bytes: [0x1F, 0x8B, 9, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3],
            message: "x.idx: gzip data is damaged after 0 unpacked bytes: unknown compression method"),
    ])
    func saysWhatIsWrong(_ mistake: Mistake) {
        let error = #expect(throws: DataError.self) { try IDX.read(mistake.bytes, name: "x.idx") }
        #expect(error?.description == mistake.message)
    }

    @Test func saysWhereATruncatedArchiveEnds() throws {
        let path = packageRoot.appending(path: "Fixtures/digits/t10k-labels-idx1-ubyte.gz").path
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        for length in [bytes.count - 1, bytes.count / 2, 12] {
            let error = #expect(throws: DataError.self) { try IDX.read(Array(bytes[..<length]), name: "labels.gz") }
            #expect(error?.description.hasPrefix("labels.gz: gzip data is truncated: it ends after ") == true)
        }
    }

    @Test func saysThatAFileIsMissing() {
        let error = #expect(throws: DataError.self) { try IDX.read(path: "/nowhere/images.gz") }
        #expect(error == .missing(file: "/nowhere/images.gz"))
        #expect(error?.description == "/nowhere/images.gz: no such file")
        let folder = #expect(throws: DataError.self) { try IDX.read(path: "/") }
        #expect(folder?.description == "/: cannot be read: it is a folder")
    }
}
