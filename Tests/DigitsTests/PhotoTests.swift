import Digits
import Foundation
import Images
import Testing

@Suite struct PhotoTests {
    let recognizer: Recognizer

    init() throws { recognizer = try Recognizer.shipped() }

    @Test(arguments: Scene.allCases)
    func readsDigitsInPhotographs(_ scene: Scene) throws { try reads(RealDigits.embedded(), in: scene) }

    func reads(_ digits: RealDigits, in scene: Scene) throws {
        var dice = Dice(seed: 21)
        var right = 0
        // The last hundred of the first thousand, which every set of digits has.
        let chosen = zip(digits.images, digits.labels).prefix(1000).suffix(100)
        let count = chosen.count
        for (number, (digit, label)) in chosen.enumerated() {
            let photo = scene.photo(of: digit, &dice)
            let ink = Photo.ink(from: photo)
            if number < 3, let folder = ProcessInfo.processInfo.environment["DIGITS_PICTURES"] {
                let after = RasterImage(
                    width: ink.width, height: ink.height, bytes: ink.values.map { UInt8($0 * 255) })
                for (name, image) in [("in", photo), ("out", after)] {
                    try Data(image.png()).write(to: URL(fileURLWithPath: "\(folder)/\(scene)-\(number)-\(name).png"))
                }
            }
            right += recognizer.recognize(ink).digit == label ? 1 : 0
        }
        print("photos, \(scene): \(right) of \(count) right")
        #expect(right >= 96)
    }

    @Test func findsTheSameInkEitherWayUpInBrightness() throws {
        let digits = try RealDigits.embedded()
        var dice = Dice(seed: 22)
        for number in 0..<20 {
            let photo = Scene.scan.photo(of: digits.images[number], &dice)
            let negative = RasterImage(width: photo.width, height: photo.height, bytes: photo.bytes.map { 255 - $0 })
            let (ink, other) = (Photo.ink(from: photo), Photo.ink(from: negative))
            #expect(zip(ink.values, other.values).allSatisfy { abs($0 - $1) < 0.02 })
            var options = PhotoOptions()
            options.polarity = .darkOnLight
            #expect(Photo.ink(from: photo, options) == ink)
        }
    }

    @Test(arguments: Orientation.allCases)
    func readsAPhotographHoweverItWasHeld(_ orientation: Orientation) throws {
        try reads(RealDigits.embedded(), held: orientation)
    }

    func reads(_ digits: RealDigits, held orientation: Orientation) throws {
        var dice = Dice(seed: 23)
        let undone: [Orientation: Orientation] = [.onItsLeft: .onItsRight, .onItsRight: .onItsLeft]
        var right = 0
        for number in 0..<15 {
            let photo = Scene.slanting.photo(of: digits.images[number], &dice)
            var stored = (undone[orientation] ?? orientation).applied(to: photo).png()
            // EXIF's block behind the header, with nothing but the orientation.
            let exif =
                Array("MM".utf8) + [
                    0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(orientation.rawValue), 0, 0,
                ]
            stored.insert(contentsOf: [0, 0, 0, UInt8(exif.count)] + Array("eXIf".utf8) + exif + [0, 0, 0, 0], at: 33)
            let image = try RasterImage(decoding: stored, name: "held.png")
            #expect(image == photo)
            right += recognizer.recognize(Photo.ink(from: image)).digit == digits.labels[number] ? 1 : 0
        }
        #expect(right >= 14)
    }

    @Test func readsWhatIsHuge() throws {
        let digits = try RealDigits.embedded()
        let digit = digits.images[4]
        var drawing = Drawing(width: 3000, height: 2400)
        drawing.draw(digit, left: 700, top: 300, scale: 60)
        let photo = RasterImage(width: 3000, height: 2400, bytes: drawing.values.map { UInt8(230 - $0 * 180) })
        let ink = Photo.ink(from: photo)
        #expect(max(ink.width, ink.height) == 1024)
        #expect(recognizer.recognize(ink).digit == digits.labels[4])
    }

    @Test(arguments: [(1, 1), (3, 200), (200, 3), (60, 60)])
    func findsNoInkOnBarePaper(_ width: Int, _ height: Int) {
        for brightness: UInt8 in [0, 1, 128, 255] {
            let bytes = [UInt8](repeating: brightness, count: width * height)
            #expect(Photo.ink(from: RasterImage(width: width, height: height, bytes: bytes)).total == 0)
        }
        var dice = Dice(seed: 4)
        let grain = (0..<(300 * 200)).map { _ in UInt8(max(0, min(255, 200 + 8 * dice.normal()))) }
        #expect(Photo.ink(from: RasterImage(width: 300, height: 200, bytes: grain)).bounds() == nil)
    }
}

/// Ways in which a digit comes into a picture.
enum Scene: String, CaseIterable, Sendable {
    case scan, screenshot, slanting, dusk, noisy, ruled, squared, blackboard, shadow, blurred, faint

    func photo(of digit: Ink, _ dice: inout Dice) -> RasterImage {
        let (width, height) = (400, 300)
        var drawing = Drawing(width: width, height: height)
        let scale = dice(4.0...8.0)
        let size = Int(28 * scale)
        let (left, top) = (dice(10...(width - size - 10)), dice(10...(height - size - 10)))
        drawing.draw(digit, left: left, top: top, scale: scale, pressure: dice(-0.15...0.15))
        let ink = drawing.ink
        var (paper, stroke): (Float, Float) = (0.85, 0.2)
        var noise: Float = 0.012
        var slope: (Float, Float) = (0, 0)
        switch self {
        case .scan, .screenshot: (paper, stroke, noise) = (1, 0, 0)
        case .slanting: slope = (dice(-0.5...0.5), dice(-0.4...0.4))
        case .dusk: (paper, stroke, noise, slope) = (0.35, 0.1, 0.02, (0.3, 0.2))
        case .noisy: noise = 0.08
        case .faint: (paper, stroke) = (0.8, 0.6)
        case .blackboard: (paper, stroke, noise) = (0.15, 0.8, 0.02)
        case .ruled, .squared, .shadow, .blurred: slope = (0.15, 0.1)
        }
        let tilt = dice(-0.02...0.02)
        let edge = dice(100...300)
        var bright = [Float](repeating: 0, count: width * height)
        for y in 0..<height {
            for x in 0..<width {
                var ground = paper
                let rule = Float(y) - tilt * Float(x)
                let across = Float(x) + tilt * Float(y)
                if self == .ruled || self == .squared, rule.truncatingRemainder(dividingBy: 28) < 2 {
                    ground = paper * 0.7
                }
                if self == .squared, across.truncatingRemainder(dividingBy: 28) < 2 { ground = paper * 0.7 }
                var value = ground + (stroke - ground) * ink[x, y]
                let (u, v) = (Float(x) / Float(width) - 0.5, Float(y) / Float(height) - 0.5)
                value *= 1 + slope.0 * u + slope.1 * v
                if self == .shadow, x + y / 3 < edge { value *= 0.6 }
                bright[y * width + x] = value
            }
        }
        if self == .blurred || self == .slanting || self == .shadow {
            bright = blurred(bright, width, height, self == .blurred ? 3 : 1)
        }
        let bytes = bright.map { value -> UInt8 in
            let noisy = noise == 0 ? value : value + noise * dice.normal()
            return UInt8(max(0, min(255, noisy * 255)))
        }
        guard self == .screenshot else { return RasterImage(width: width, height: height, bytes: bytes) }
        // Black ink on nothing, as drawing programs export it.
        let pixels = ink.values.flatMap { [0, 0, 0, UInt8($0 * 255)] }
        return RasterImage(width: width, height: height, channels: 4, bytes: pixels)
    }

    private func blurred(_ values: [Float], _ width: Int, _ height: Int, _ reach: Int) -> [Float] {
        var result = values
        for y in 0..<height {
            for x in 0..<width {
                var (sum, count): (Float, Float) = (0, 0)
                for row in max(0, y - reach)...min(height - 1, y + reach) {
                    for column in max(0, x - reach)...min(width - 1, x + reach) {
                        sum += values[row * width + column]
                        count += 1
                    }
                }
                result[y * width + x] = sum / count
            }
        }
        return result
    }
}
