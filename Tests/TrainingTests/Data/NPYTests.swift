import Foundation
import Tensors
import Testing
import Training

@Suite struct NPYTests {
    static let folder = FileManager.default.temporaryDirectory.appending(path: "keras-bridge-npy-\(getpid())")

    private func path(_ name: String) throws -> String {
        try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
        return Self.folder.appending(path: name).path
    }

    private func npy(_ header: String, _ body: [UInt8], version: UInt8 = 1) -> [UInt8] {
        let length = header.utf8.count
        let bytes: [UInt8] = version == 1 ? [UInt8(length), 0] : [UInt8(length), 0, 0, 0]
        return [0x93] + "NUMPY".utf8 + [version, 0] + bytes + header.utf8 + body
    }

    @Test func givesBackWhatItWrote() throws {
        let tensor = Tensor([2, 3], [0, -1, 2.5, .infinity, 0x1p-140, 3])
        let path = try path("round.npy")
        try NPY.write(tensor, path: path)
        try NPY.write(tensor, path: path)  // over an existing one
        #expect(try NPY.read(path: path).tensor() == tensor)
        #expect(try [UInt8](Data(contentsOf: URL(filePath: path))).count == 128 + 24)
    }

    @Test func writesTheBytesOfNumPy() {
        let bytes = NPY.bytes(of: NumberArray(Tensor([2], [1, 2])))
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
        let expected = [0x93] + "NUMPY".utf8 + [1, 0, 118, 0] + header.utf8
        #expect(bytes.starts(with: expected))
        #expect(bytes[127] == 10)
        #expect(bytes[128...] == [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])
    }

    @Test(arguments: [UInt8(1), 2, 3])
    func readsEveryVersion(_ version: UInt8) throws {
        let bytes = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1), }\n", [7, 8], version: version)
        #expect(try NPY.read(bytes, name: "x").tensor() == Tensor([2, 1], [7, 8]))
    }

    struct Layout: Sendable {
        var header: String
        var body: [UInt8]
        var expected: Tensor
    }

    @Test(arguments: [
        Layout(
            header: "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", body: [1, 4, 2, 5, 3, 6],
            expected: Tensor([2, 3], [1, 2, 3, 4, 5, 6])),
        Layout(
            header: "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 1, 2), }", body: [0, 1, 0, 3, 0, 2, 0, 4],
            expected: Tensor([2, 1, 2], [1, 2, 3, 4])),
        Layout(
            header: "{'descr': '>f8', 'fortran_order': False, 'shape': (1,), }", body: [0x3F, 0xF0, 0, 0, 0, 0, 0, 0],
            expected: Tensor([1], [1])),
        Layout(
            header: "{'descr': '<f2', 'fortran_order': False, 'shape': (6,), }",
            body: [0, 0x3C, 0, 0xC0, 1, 0, 0, 0x7C, 0xFF, 0x7B, 0, 4],
            expected: Tensor([6], [1, -2, 0x1p-24, .infinity, 65504, 0x1p-14])),
        Layout(
            header: "{'descr': '|b1', 'fortran_order': False, 'shape': (), }", body: [1], expected: Tensor([], [1])),
        Layout(
            header: "{\"shape\": (0, 4), \"fortran_order\": False, \"descr\": \"<i8\"}".replacing(
                "\"<i8\"", with: "'<i8'"),
            body: [], expected: Tensor([0, 4])),
        Layout(
            header: "{'descr': '<i8', 'fortran_order': False, 'shape': (2L,), }",
            body: [255, 255, 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 0, 0, 0], expected: Tensor([2], [-1, 2])),
    ])
    func readsEveryLayout(_ layout: Layout) throws {
        #expect(try NPY.read(npy(layout.header, layout.body), name: "x").tensor() == layout.expected)
    }

    struct Mistake: Sendable {
        var header: String
        var body: [UInt8] = []
        var message: String
    }

    @Test(arguments: [
        Mistake(
            header: "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", body: [0, 0, 0],
            message: "x.npy: expected 8 bytes for shape [2] of float32, found 3"),
        Mistake(
            header: "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }",
            message: "x.npy: expected numbers or bools, found Python objects, which are never read"),
        Mistake(
            header: "{'descr': '<U5', 'fortran_order': False, 'shape': (2,), }",
            message: "x.npy: expected numbers or bools, found <U5"),
        Mistake(
            header: "{'descr': '<f4', 'shape': (2,), }",
            message: "x.npy: expected 'fortran_order' in NumPy's header, found {'descr': '<f4', 'shape': (2,), }"),
        Mistake(
            header: "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",
            message: "x.npy: expected a shape of whole numbers in NumPy's header, "
                + "found {'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }"),
        Mistake(
            header: "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,4), }",
            message: "x.npy: shape [4611686018427387904, 4] has more bytes than the limit of 4294967296 for data"),
        Mistake(
            header: "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4611686018427387904,4), }",
            message: "x.npy: shape [0, 4611686018427387904, 4] has more bytes than the limit of 4294967296 for data"),
        Mistake(
            header: "{'descr': '<f4', 'fortran_order': True, 'shape': (2147483648, 2147483648, 0), }",
            message: "x.npy: shape [2147483648, 2147483648, 0] has more bytes than the limit of 4294967296 for data"),
    ])
    func saysWhatIsWrong(_ mistake: Mistake) {
        let error = #expect(throws: DataError.self) { try NPY.read(npy(mistake.header, mistake.body), name: "x.npy") }
        #expect(error?.description == mistake.message)
    }

    @Test func refusesWhatIsNotNumPy() {
        for bytes in [[], [1, 2, 3], Array("PK\u{3}\u{4} not an array".utf8)] as [[UInt8]] {
            let error = #expect(throws: DataError.self) { try NPY.read(bytes, name: "x.npy") }
            #expect(
                error?.description == "x.npy: expected a NumPy file, beginning with \\x93NUMPY, found something else")
        }
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
        #expect(throws: DataError.self) { try NPY.read(npy(header, [], version: 9), name: "x.npy") }
        for length in 0..<70 {
            #expect(throws: DataError.self) { try NPY.read(Array(npy(header, [0]).prefix(length)), name: "x.npy") }
        }
    }

    @Test func leavesTheOldFileWhereItCannotWrite() throws {
        let error = #expect(throws: DataError.self) { try NPY.write(Tensor([1]), path: "/nowhere/x.npy") }
        #expect(error?.description == "/nowhere/x.npy: cannot be written: No such file or directory")
    }

    @Test(arguments: [false, true])
    func archivesGiveBackWhatTheyHold(_ compressed: Bool) throws {
        let path = try path("archive-\(compressed).npz")
        let arrays = [
            (name: "x/0", array: NumberArray(Tensor([2, 2], [1, 2, 3, 4]))),
            (name: "labels", array: NumberArray(.uint8, [3], bytes: [1, 2, 3])),
            (name: "zeros", array: NumberArray(Tensor([1000]))),
        ]
        try NPZ.write(arrays, path: path, compressed: compressed)
        let found = try NPZ.read(path: path)
        #expect(found.map(\.name) == ["x/0", "labels", "zeros"])
        #expect(found.map(\.array) == arrays.map(\.array))
        #expect(try NPZ.read(path: path, names: ["labels"]).map(\.name) == ["labels"])
        let missing = #expect(throws: DataError.self) { try NPZ.read(path: path, names: ["y"]) }
        #expect(missing?.description == "\(path): expected an array \"y\", found x/0, labels, zeros")
    }

    @Test func readsWhatNumPyWrote() throws {
        let path = packageRoot.appending(path: "Fixtures/keras/small-x.npy").path
        let array = try NPY.read(path: path)
        #expect(array.type == .float32)
        #expect(array.shape.count == 4)
        #expect(NPY.bytes(of: array) == [UInt8](try Data(contentsOf: URL(filePath: path))))
    }

    @Test func refusesWhatIsNoArchive() throws {
        let path = try path("text.npz")
        try Data("no archive at all, but long enough to be looked at".utf8).write(to: URL(filePath: path))
        let error = #expect(throws: DataError.self) { try NPZ.read(path: path) }
        #expect(error?.description == "\(path): not a zip archive: Not a zip archive")
        #expect(throws: DataError.missing(file: "/nowhere.npz")) { try NPZ.read(path: "/nowhere.npz") }
    }
}
