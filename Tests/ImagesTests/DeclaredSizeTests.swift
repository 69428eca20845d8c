import Foundation
import Images
import Testing

@Suite struct DeclaredSizeTests {
    @Test(arguments: [
        "colours.png", "grey16.png", "interlaced.png", "baseline.jpg", "progressive.jpg", "cmyk.jpg", "full.jpg",
    ])
    func isThatOfTheImage(_ name: String) throws {
        let bytes = try [UInt8](Data(contentsOf: folder.appending(path: name)))
        let image = try RasterImage(decoding: bytes, name: name)
        let size = try #require(DeclaredSize(in: bytes))
        #expect([size.width, size.height].sorted() == [image.width, image.height].sorted())
        #expect(size.pixels == image.width * image.height)
    }

    /// Whatever is cut off or damaged, nothing is read beyond the end.
    @Test(arguments: ["colours.png", "baseline.jpg"])
    func isNoneWhereTheHeaderEnds(_ name: String) throws {
        let bytes = try [UInt8](Data(contentsOf: folder.appending(path: name)))
        #expect(DeclaredSize(in: []) == nil)
        #expect(DeclaredSize(in: Array(bytes.prefix(20))) == nil)
        for length in bytes.indices { _ = DeclaredSize(in: Array(bytes.prefix(length))) }
        for place in bytes.indices.prefix(600) {
            var damaged = bytes
            damaged[place] = 0xFF
            _ = DeclaredSize(in: damaged)?.pixels
        }
    }

    private var folder: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/images")
    }
}
