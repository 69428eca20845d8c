import Tensors

/// A number with its slopes along the three colours of a pixel, so that a change of colours gives its gradient with it.
struct Sloped {
    var value: Float
    var slopes = SIMD3<Float>(repeating: 0)

    static func + (a: Sloped, b: Sloped) -> Sloped { Sloped(value: a.value + b.value, slopes: a.slopes + b.slopes) }
    static func - (a: Sloped, b: Sloped) -> Sloped { Sloped(value: a.value - b.value, slopes: a.slopes - b.slopes) }
    static func + (a: Sloped, b: Float) -> Sloped { Sloped(value: a.value + b, slopes: a.slopes) }
    static func * (a: Sloped, b: Float) -> Sloped { Sloped(value: a.value * b, slopes: a.slopes * b) }
    static func * (a: Sloped, b: Sloped) -> Sloped {
        Sloped(value: a.value * b.value, slopes: a.slopes * b.value + b.slopes * a.value)
    }
    static func / (a: Sloped, b: Sloped) -> Sloped {
        let quotient = a.value / b.value
        return Sloped(value: quotient, slopes: (a.slopes - b.slopes * quotient) / b.value)
    }

    var magnitude: Sloped { value < 0 ? self * -1 : self }

    func clipped(_ low: Float, _ high: Float) -> Sloped {
        value < low ? Sloped(value: low) : value > high ? Sloped(value: high) : self
    }
}

/// The three colours of a pixel: red, green, blue, or hue, saturation, value.
struct PixelColour {
    var a: Sloped
    var b: Sloped
    var c: Sloped

    /// Hue, saturation and value of red, green and blue, all from 0 to 1; TensorFlow's `rgb_to_hsv`.
    var hsv: PixelColour {
        let largest = a.value >= b.value ? (a.value >= c.value ? a : c) : (b.value >= c.value ? b : c)
        let smallest = a.value <= b.value ? (a.value <= c.value ? a : c) : (b.value <= c.value ? b : c)
        let range = largest - smallest
        let none = Sloped(value: 0)
        guard range.value > 0 else {
            return PixelColour(a: none, b: largest.value > 0 ? range / largest : none, c: largest)
        }
        let sixth: Float = 1 / 6
        var hue =
            a.value == largest.value
            ? (b - c) / range * sixth
            : b.value == largest.value ? (c - a) / range * sixth + 2 * sixth : (a - b) / range * sixth + 4 * sixth
        if hue.value < 0 { hue = hue + 1 }
        return PixelColour(a: hue, b: largest.value > 0 ? range / largest : none, c: largest)
    }

    /// The way back; TensorFlow's `hsv_to_rgb`.
    var rgb: PixelColour {
        let angle = a * 6
        let red = ((angle + -3).magnitude + -1).clipped(0, 1)
        let green = ((angle + -2).magnitude * -1 + 2).clipped(0, 1)
        let blue = ((angle + -4).magnitude * -1 + 2).clipped(0, 1)
        func colour(_ share: Sloped) -> Sloped { ((b * -1 + 1) + b * share) * c }
        return PixelColour(a: colour(red), b: colour(green), c: colour(blue))
    }

    func map(_ body: (Sloped) -> Sloped) -> PixelColour { PixelColour(a: body(a), b: body(b), c: body(c)) }
}

/// An augmentation that changes the colours of each pixel alone.
public protocol ColourAugmentation: FactorAugmentation {}

extension ColourAugmentation {
    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard input.last == 3 else {
            throw ShapeError(layer: Self.kerasName, expected: "images of 3 channels", found: input)
        }
        return try imageShape(input)
    }

    /// The changed image, of `body` for each pixel.
    func mappedPixels(_ x: Tensor, _ body: (PixelColour) -> PixelColour) -> Tensor {
        pixels(x) { target, start, pixel in
            let y = body(pixel)
            (target[start], target[start + 1], target[start + 2]) = (y.a.value, y.b.value, y.c.value)
        }
    }

    /// The gradient of ``mappedPixels(_:_:)``.
    func pixelGradient(_ dy: Tensor, _ x: Tensor, _ body: (PixelColour) -> PixelColour) -> Tensor {
        pixels(x) { target, start, pixel in
            let y = body(pixel)
            let dx = y.a.slopes * dy[start] + y.b.slopes * dy[start + 1] + y.c.slopes * dy[start + 2]
            (target[start], target[start + 1], target[start + 2]) = (dx.x, dx.y, dx.z)
        }
    }

    private func pixels(
        _ x: Tensor, _ body: (UnsafeMutableBufferPointer<Float>, Int, PixelColour) -> Void
    ) -> Tensor {
        Tensor(unsafeUninitialized: x.shape) { target in
            for start in stride(from: 0, to: x.count, by: 3) {
                body(
                    target, start,
                    PixelColour(
                        a: Sloped(value: x[start], slopes: [1, 0, 0]),
                        b: Sloped(value: x[start + 1], slopes: [0, 1, 0]),
                        c: Sloped(value: x[start + 2], slopes: [0, 0, 1])))
            }
        }
    }
}
