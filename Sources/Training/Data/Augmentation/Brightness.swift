import Tensors

extension Augmentation {
    /// Makes the whole image lighter or darker.
    public struct Brightness: PixelTransform {
        public static let name = "brightness"
        public static let summary = "lighter or darker by up to F of white"
        public static let standardAmount = 0.2
        public static let amounts = 0.0...1.0

        public let amount: Double

        public init(_ amount: Double) { self.amount = amount }

        // MARK: x ← x + b, kept between black and white

        func change(_ image: ImageMemory, _ draw: Random) {
            let change = Float(amount) * image.white * draw.signed(at: 0)
            for i in 0..<image.size.count { image.pixels[i] = min(max(image.pixels[i] + change, 0), image.white) }
        }
    }
}
