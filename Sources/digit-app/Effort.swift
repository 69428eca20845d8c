import Digits
import Images

/// How much work something is, roughly, before it is done: microseconds of a core of some age.
struct Effort: Comparable, Sendable {
    let microseconds: Double

    init(microseconds: Double) { self.microseconds = microseconds }

    static func < (first: Effort, second: Effort) -> Bool { first.microseconds < second.microseconds }

    /// Next to nothing.
    static let least = Effort(microseconds: 0)

    /// Decoding a picture, and finding what there is to read.
    init(_ kind: RequestImage.Kind, _ bytes: [UInt8], isDrawing: Bool) {
        guard kind != .json else {
            self.init(microseconds: 0.1 * Double(bytes.count))
            return
        }
        // What says no size is no picture, which is soon found out.
        let pixels = Double(DeclaredSize(in: bytes)?.pixels ?? 0)
        self.init(microseconds: 0.1 * Double(bytes.count) + (isDrawing && kind == .png ? 0.02 : 0.25) * pixels)
    }

    /// Having a network look so often, and making a picture of so many pixels.
    init(looks: Int, pixels: Int) {
        self.init(microseconds: 80 * Double(looks) + 0.05 * Double(pixels))
    }
}
