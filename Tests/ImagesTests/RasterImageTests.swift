import CJPEG
import Foundation
import Images
import Testing

@Suite struct RasterImageTests {
    /// The pixels that Pillow reads from the same file, see Scripts/make_image_fixtures.py.
    @Test(arguments: [
        ("colours", 3), ("grey", 1), ("opacity", 4), ("grey-opacity", 4), ("palette", 3), ("palette-opacity", 4),
        ("bits", 1), ("interlaced", 3), ("interlaced-grey", 1), ("gamma", 3), ("colours16", 3), ("grey16", 1),
    ])
    func readsEveryKindOfPNGAsPillow(_ name: String, _ channels: Int) throws {
        let image = try RasterImage(decoding: fixture("\(name).png"), name: name)
        #expect(extents(image) == "22 × 17 × \(channels)")
        #expect(try image.bytes == fixture("\(name).raw"))
    }

    /// Decoders may round an inverse cosine transform differently by one.
    @Test(arguments: [("baseline", 3), ("progressive", 3), ("full", 3), ("grey-jpeg", 1), ("cmyk", 3)])
    func readsEveryKindOfJPEGAsPillow(_ name: String, _ channels: Int) throws {
        let image = try RasterImage(decoding: fixture("\(name).jpg"), name: name)
        #expect(extents(image) == "22 × 17 × \(channels)")
        #expect(try distance(image.bytes, fixture("\(name).raw")) <= 2)
    }

    @Test func readsCMYKThatIsStoredAsYCCK() throws {
        let inks = (0..<64).flatMap { _ in [255, 128, 0, 200] as [UInt8] }
        let image = try RasterImage(decoding: jpeg(inks, TJPF_CMYK, channels: 4, width: 8, height: 8), name: "ycck")
        #expect(image.channels == 3)
        #expect(distance(Array(image.bytes.prefix(3)), [200, 100, 0]) <= 4)
    }

    @Test(arguments: Orientation.allCases)
    func turnsAPhotographAsEXIFDeclares(_ orientation: Orientation) throws {
        let upright = try RasterImage(decoding: fixture("full.jpg"), name: "upright")
        // What the camera stores is the inverse of what is to be shown.
        let undone: [Orientation: Orientation] = [.onItsLeft: .onItsRight, .onItsRight: .onItsLeft]
        let stored = (undone[orientation] ?? orientation).applied(to: upright)
        for isLittle in [true, false] {
            let exif = exif(orientation.rawValue, isLittle: isLittle)
            var photo = jpeg(stored.bytes, TJPF_RGB, channels: 3, width: stored.width, height: stored.height)
            let part = [0xFF, 0xE1, 0, UInt8(exif.count + 8)] + Array("Exif".utf8) + [0, 0] + exif
            photo.insert(contentsOf: part, at: 2)
            let shown = try RasterImage(decoding: photo, name: "photo.jpg")
            #expect(extents(shown) == extents(upright))
            #expect(distance(shown.bytes, upright.bytes) <= 12)
            #expect(try RasterImage(decoding: png(stored, exif), name: "photo.png") == upright)
        }
    }

    @Test func decodesAHugePhotographSmall() throws {
        let pixels = [UInt8](repeating: 90, count: 1000 * 700)
        let photo = jpeg(pixels, TJPF_GRAY, channels: 1, width: 1000, height: 700)
        let sizes = try [nil, 600, 500, 250, 124, 20].map { side in
            try RasterImage(decoding: photo, name: "huge.jpg", shrinkingTowards: side).width
        }
        #expect(sizes == [1000, 1000, 500, 250, 125, 125])
    }

    @Test(arguments: ["colours.png", "baseline.jpg"])
    func refusesMoreThanItsLimits(_ name: String) throws {
        let bytes = try fixture(name)
        var limits = ImageLimits()
        limits.pixels = 22 * 17 - 1
        #expect(message(bytes, limits) == "x: 22 × 17 pixels, where images have 1 to the limit of 373 pixels")
        limits = ImageLimits()
        limits.bytes = bytes.count - 1
        #expect(
            message(bytes, limits)
                == "x: has \(bytes.count) bytes, more than the limit of \(bytes.count - 1) for data")
    }

    @Test(arguments: [
        ([], "an empty file"), (Array("GIF89a".utf8), "a GIF"),
        ([1, 2, 3, 255, 0], "bytes that start with 0x1 0x2 0x3 0xff"),
        ([0, 0, 0, 24] + Array("ftypheic".utf8) + [0], "a HEIC, AVIF or video"),
    ])
    func saysWhatItFoundInstead(_ bytes: [UInt8], _ found: String) {
        #expect(message(bytes) == "x: expected a PNG or JPEG image, found \(found); save it as one of these")
    }

    @Test(arguments: ["opacity.png", "interlaced.png", "progressive.jpg"])
    func refusesAFileThatWasCut(_ name: String) throws {
        let whole = try fixture(name)
        // A JPEG without its last two bytes, the end's marker, has all its pixels.
        for count in stride(from: 0, to: whole.count - 2, by: 7) {
            #expect(throws: ImageError.self, "\(count) bytes") {
                _ = try RasterImage(decoding: Array(whole.prefix(count)), name: "cut")
            }
        }
    }

    @Test(arguments: ["opacity.png", "palette.png", "interlaced.png", "progressive.jpg", "cmyk.jpg"])
    func livesThroughDamage(_ name: String) throws {
        let whole = try fixture(name)
        for place in whole.indices {
            for change in [0xFF, 0x01, 0x80] as [UInt8] {
                var bytes = whole
                bytes[place] ^= change
                var limits = ImageLimits()
                limits.pixels = 1 << 20
                _ = try? RasterImage(decoding: bytes, name: "damaged", limits: limits)  // an image or an error
            }
        }
    }

    @Test(arguments: [1, 3, 4])
    func writesAPNGThatHoldsTheSame(_ channels: Int) throws {
        var state: UInt32 = 1
        let noise = (0..<(31 * 40 * channels)).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        let image = RasterImage(width: 31, height: 40, channels: channels, bytes: noise)
        #expect(try RasterImage(decoding: image.png(), name: "own.png") == image)
        let plain = RasterImage(
            width: 400, height: 300, channels: channels, bytes: [UInt8](repeating: 7, count: 120_000 * channels))
        #expect(plain.png().count < 3000)
    }

    @Test func mixesWhatIsNotOpaqueWithItsGround() {
        let image = RasterImage(width: 3, height: 1, channels: 4, bytes: [9, 9, 9, 0, 10, 20, 30, 255, 0, 0, 0, 128])
        #expect(image.over(255).bytes == [255, 255, 255, 10, 20, 30, 127, 127, 127])
        #expect(image.grey.bytes == [9, 18, 0])
        #expect(RasterImage(width: 2, height: 1, bytes: [1, 2]).colours.bytes == [1, 1, 1, 2, 2, 2])
    }
}

private func fixture(_ name: String) throws -> [UInt8] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return try [UInt8](Data(contentsOf: root.appendingPathComponent("Fixtures/images/\(name)")))
}

private func extents(_ image: RasterImage) -> String { "\(image.width) × \(image.height) × \(image.channels)" }

private func message(_ bytes: [UInt8], _ limits: ImageLimits = ImageLimits()) -> String {
    do throws(ImageError) {
        _ = try RasterImage(decoding: bytes, name: "x", limits: limits)
        return "decoded"
    } catch {
        return "\(error)"
    }
}

private func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    a.count == b.count ? zip(a, b).map { abs(Int($0) - Int($1)) }.max() ?? 0 : .max
}

/// A JPEG of full quality; pixels of four inks become YCCK.
private func jpeg(_ pixels: [UInt8], _ format: TJPF, channels: Int, width: Int, height: Int) -> [UInt8] {
    let encoder = tjInitCompress()
    defer { tjDestroy(encoder) }
    var bytes: UnsafeMutablePointer<UInt8>?
    var count: UInt = 0
    let sampling = format == TJPF_GRAY ? TJSAMP_GRAY : TJSAMP_444
    let status = tjCompress2(
        encoder, pixels, Int32(width), 0, Int32(height), Int32(format.rawValue), &bytes, &count,
        Int32(sampling.rawValue), 100, 0)
    defer { tjFree(bytes) }
    return status == 0 ? Array(UnsafeBufferPointer(start: bytes, count: Int(count))) : []
}

/// EXIF's block with a tag before the orientation.
private func exif(_ orientation: Int, isLittle: Bool) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        return isLittle ? bytes : bytes.reversed()
    }
    func entry(_ tag: Int, _ value: Int) -> [UInt8] {
        number(tag, 2) + number(3, 2) + number(1, 4) + number(value, 2) + [0, 0]
    }
    return Array((isLittle ? "II" : "MM").utf8) + number(42, 2) + number(8, 4) + number(2, 2)
        + entry(0x106, 2) + entry(0x112, orientation) + number(0, 4)
}

/// A PNG with EXIF's block behind its header; nobody looks at the sum of a part that may be left out.
private func png(_ image: RasterImage, _ exif: [UInt8]) -> [UInt8] {
    var bytes = image.png()
    bytes.insert(
        contentsOf: [0, 0, 0, UInt8(exif.count)] + Array("eXIf".utf8) + exif + [0, 0, 0, 0], at: 33)
    return bytes
}
