import Tensors

extension Augmentation {
    /// Makes bright strokes thicker by up to so many pixels on each side, or up to half as much thinner.
    ///
    /// A whole pixel is a dilation or erosion of grey values by a cross; a part of one is a blend with it.
    public struct Thickness: PixelTransform {
        public static let name = "thickness"
        public static let summary = "bright strokes up to N pixels thicker on each side, or half as much thinner"
        public static let standardAmount = 0.5
        public static let amounts = 0.0...10.0

        public let amount: Double

        public init(_ amount: Double) { self.amount = amount }

        // MARK: x ← x + t (max of the cross − x);  thinner with the min

        func change(_ image: ImageMemory, _ draw: Random) {
            var rest = Float(amount) * (1.5 * draw.uniform(at: 0) - 0.5)
            let isThicker = rest > 0
            rest = abs(rest)
            while rest > 0 {
                image.scratch.update(from: image.pixels, count: image.size.count)
                Self.step(image, isThicker, min(1, rest))
                rest -= 1
            }
        }

        /// One pass from the scratch into the pixels; outside of the image is darkness.
        private static func step(_ image: ImageMemory, _ isThicker: Bool, _ share: Float) {
            let size = image.size
            let stride = size.width * size.channels
            let source = image.scratch
            func blended(_ i: Int, _ up: Float, _ down: Float, _ left: Float, _ right: Float) {
                let x = source[i]
                let most = isThicker ? max(max(up, down), max(left, right)) : min(min(up, down), min(left, right))
                let extreme = isThicker ? max(x, most) : min(x, most)
                image.pixels[i] = x + share * (extreme - x)
            }
            for y in 0..<size.height {
                for k in 0..<stride {
                    let i = y * stride + k
                    blended(
                        i, y > 0 ? source[i - stride] : 0, y + 1 < size.height ? source[i + stride] : 0,
                        k >= size.channels ? source[i - size.channels] : 0,
                        k + size.channels < stride ? source[i + size.channels] : 0)
                }
            }
        }
    }
}
