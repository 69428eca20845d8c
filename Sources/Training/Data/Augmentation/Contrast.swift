import Tensors

extension Augmentation {
    /// Stretches or squeezes the distances from each channel's mean.
    public struct Contrast: PixelTransform {
        public static let name = "contrast"
        public static let summary = "more or less contrast by up to the fraction F"
        public static let standardAmount = 0.3
        public static let amounts = 0.0...1.0

        public let amount: Double

        public init(_ amount: Double) { self.amount = amount }

        // MARK: x ← x + c (x − m), m the channel's mean, kept between black and white

        func change(_ image: ImageMemory, _ draw: Random) {
            let (size, change) = (image.size, Float(amount) * draw.signed(at: 0))
            for channel in 0..<size.channels {
                let places = stride(from: channel, to: size.count, by: size.channels)
                let mean = places.reduce(Float(0)) { $0 + image.pixels[$1] } / Float(size.height * size.width)
                for i in places {
                    let x = image.pixels[i]
                    image.pixels[i] = min(max(x + change * (x - mean), 0), image.white)
                }
            }
        }
    }
}
