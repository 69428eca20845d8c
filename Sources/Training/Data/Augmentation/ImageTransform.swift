import Tensors

/// One random change of an image: a name, and how much of it there may be.
///
/// The amount is a bound: what happens to an image is drawn anew for every image and epoch.
public protocol ImageTransform: Sendable {
    /// What `--augment` calls it.
    static var name: String { get }
    /// What it does, with the unit of its amount.
    static var summary: String { get }
    /// The amount where none is given.
    static var standardAmount: Double { get }
    /// The amounts that make sense.
    static var amounts: ClosedRange<Double> { get }

    var amount: Double { get }

    /// - Precondition: one of ``amounts``; ``Augmentation/init(_:)-(String)`` says so in a sentence.
    init(_ amount: Double)
}

/// A transform that moves pixels along straight lines: part of one matrix for each image.
protocol PlaceTransform: ImageTransform {
    /// Puts this image's move before those that are in the map already.
    func compose(_ map: inout AffineMap, _ size: ImageSize, _ draw: Random)
}

/// A transform that changes pixels where they are.
protocol PixelTransform: ImageTransform {
    func change(_ image: ImageMemory, _ draw: Random)
}

/// The extents of an image whose channels are innermost.
package struct ImageSize: Hashable, Sendable {
    package var height: Int
    package var width: Int
    package var channels: Int

    /// The size of samples `[height, width]` or `[height, width, channels]`; `nil` for what is no image.
    package init?(_ shape: Shape) {
        guard shape.count == 2 || shape.count == 3, !shape.contains(0), !shape.contains(Shape.unknown) else {
            return nil
        }
        (height, width, channels) = (shape[0], shape[1], shape.count == 3 ? shape[2] : 1)
    }

    var count: Int { height * width * channels }
}

/// One image in memory, and room to work in.
struct ImageMemory {
    var size: ImageSize
    var pixels: UnsafeMutablePointer<Float>
    /// As many numbers as the image has, holding anything.
    var scratch: UnsafeMutablePointer<Float>
    /// The largest value of a pixel.
    var white: Float
}

/// Where each pixel of the result comes from, measured from the middle of the image: `(x, y) ↦ (a x + b y + c, d x + e y + f)`.
package struct AffineMap: Hashable, Sendable {
    package var a: Float
    package var b: Float
    package var c: Float
    package var d: Float
    package var e: Float
    package var f: Float

    package init(a: Float = 1, b: Float = 0, c: Float = 0, d: Float = 0, e: Float = 1, f: Float = 0) {
        (self.a, self.b, self.c, self.d, self.e, self.f) = (a, b, c, d, e, f)
    }

    /// The map that first does this and then that.
    package func followed(by next: AffineMap) -> AffineMap {
        AffineMap(
            a: next.a * a + next.b * d, b: next.a * b + next.b * e, c: next.a * c + next.b * f + next.c,
            d: next.d * a + next.e * d, e: next.d * b + next.e * e, f: next.d * c + next.e * f + next.f)
    }
}

extension Random {
    /// A number from −1 to 1, uniform.
    func signed(at position: Int) -> Float { 2 * uniform(at: position) - 1 }

    /// A whole number from 0 below `count`, uniform.
    func number(below count: Int, at position: Int) -> Int {
        Int((UInt64(word(at: position)) * UInt64(count)) >> 32)
    }
}
