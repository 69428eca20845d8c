import Foundation
import Parity
import Tensors
import TestSupport
import Testing
import Training

@Suite struct ImageFileTests {
    /// TensorFlow writes and reads by libpng: every filter, grey, colour, transparency, 8 and 16 bits.
    @Test(arguments: [1, 2, 3, 4], ["uint8", "uint16"])
    func readsWhatLibpngWrites(_ channels: Int, _ type: String) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).png").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let keras = try LiveKeras.of(.keras3)
        let found = try keras.run(
            """
            r = np.random.default_rng(4)
            i = np.add.outer(np.arange(23) * 7, np.arange(31) * 5)[..., None] + r.integers(0, 9, (23, 31, \(channels)))
            i = (i % 256).astype('uint8') if '\(type)' == 'uint8' else (i * 251 % 65536).astype('uint16')
            tf.io.write_file(r'''\(path)''', tf.io.encode_png(i))
            colours = tf.io.decode_png(tf.io.read_file(r'''\(path)'''), channels=3, dtype=tf.\(type)).numpy()
            colours = colours if '\(type)' == 'uint8' else colours >> 8
            outputs = [np.asarray(colours, 'float32')]
            """
        ).outputs
        let theirs = try #require(found.first)
        let ours = try ImageFile.read(path: path, channels: 3)
        #expect(ours.shape == [23, 31, 3])
        // With transparency libpng gives the nearest of 8 bits, not the upper 8 of 16.
        let slack: Float = type == "uint16" && channels % 2 == 0 ? 1 : 0
        #expect(zip(ours.tensor().elements, theirs.elements).allSatisfy { abs($0 - $1) <= slack })
        let grey = try ImageFile.read(path: path, channels: 1).tensor()
        try #require(grey.shape == [23, 31, 1] && theirs.count == 3 * grey.count)
        for pixel in 0..<grey.count {
            let (r, g, b) = (Int(theirs[3 * pixel]), Int(theirs[3 * pixel + 1]), Int(theirs[3 * pixel + 2]))
            #expect(abs(grey[pixel] - Float((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16)) <= slack)
        }
    }

    @Test func readsWhatAReportDraws() throws {
        let bytes = (0..<(5 * 4)).map { UInt8($0 * 12) }
        let picture = Picture(width: 5, height: 4, bytes: bytes)
        #expect(try ImageFile.read(picture.png, name: "p.png", channels: 1).bytes == bytes)
    }

    @Test func refusesWhatIsDamaged() {
        let whole = Picture(width: 5, height: 4, bytes: [UInt8](repeating: 7, count: 20)).png
        for count in 0..<whole.count {
            #expect(throws: DataError.self) {
                try ImageFile.read(Array(whole.prefix(count)), name: "cut.png", channels: 1)
            }
        }
        for place in whole.indices {
            var bytes = whole
            bytes[place] ^= 0xFF
            // Whatever comes of it, an image or an error, nothing breaks.
            _ = try? ImageFile.read(bytes, name: "changed.png", channels: 3)
        }
    }
}
