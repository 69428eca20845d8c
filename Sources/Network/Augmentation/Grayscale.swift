import Tensors

/// The brightness of pixels: `g = 0.2989 r + 0.587 g + 0.114 b`, in all three channels; Keras' `rgb_to_grayscale`.
///
/// An image of one channel is its own.
enum Grayscale {
    static let shares: [Float] = [0.2989, 0.5870, 0.1140]

    /// The brightness at each place, in each channel.
    static func forward(_ x: Tensor) -> Tensor {
        spread(x) { pixel in
            zip(pixel, shares).reduce(0) { $0 + $1.0 * $1.1 }
        } times: { _, grey in
            grey
        }
    }

    /// The gradient with respect to the pixels.
    static func gradient(_ dy: Tensor) -> Tensor {
        spread(dy) {
            $0.reduce(0, +)
        } times: { channel, sum in
            shares[channel] * sum
        }
    }

    private static func spread(
        _ x: Tensor, _ joined: (ArraySlice<Float>) -> Float, times: (Int, Float) -> Float
    ) -> Tensor {
        guard x.shape.last == 3 else { return x }
        let elements = x.elements
        return Tensor(
            x.shape,
            stride(from: 0, to: elements.count, by: 3).flatMap { start in
                let number = joined(elements[start..<start + 3])
                return (0..<3).map { times($0, number) }
            })
    }

    /// Whether images of this shape have colours, or one channel alone.
    static func check(_ input: Shape, layer: String) throws(ShapeError) {
        guard input.last == 3 || input.last == 1 else {
            throw ShapeError(layer: layer, expected: "images of 1 or 3 channels", found: input)
        }
    }
}
