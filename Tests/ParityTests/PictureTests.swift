import Foundation
import Parity
import Tensors
import Testing

@Suite struct PictureTests {
    @Test(arguments: [
        ([0, 0.5, 1, 0.25] as [Float], [0, 128, 255, 64] as [UInt8]),
        ([0, 128, 255, 64], [0, 128, 255, 64]),
        ([-1, 0, 1, -0.5], [0, 128, 255, 64]),
        ([.nan, 0, 1, 0], [0, 0, 255, 0]),
        ([3, 3, 3, 3], [3, 3, 3, 3]),
        ([-3, -3, -3, -3], [0, 0, 0, 0]),
    ])
    func turnsValuesIntoBytes(_ values: [Float], _ bytes: [UInt8]) {
        #expect(Picture(Tensor([2, 2, 1], values))?.bytes == bytes)
    }

    @Test(arguments: [[784], [28, 28, 2], [1, 1], [2, 28, 28, 1], [2000, 2000]] as [Shape])
    func leavesWhatIsNoImage(_ shape: Shape) {
        #expect(Picture(Tensor(shape)) == nil)
    }

    /// Checked against zlib's published values and the PNG layout; the browser test looks at the whole.
    @Test func writesAPNG() throws {
        let png = try #require(Picture(Tensor([2, 3, 1], [0, 1, 0, 1, 0, 1]))).png
        #expect(Array(png.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        #expect(Array(png[16..<26]) == [0, 0, 0, 3, 0, 0, 0, 2, 8, 0])
        #expect(Array(png.suffix(12)) == [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82])
    }
}
