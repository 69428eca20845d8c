import Tensors

extension Augmentation {
    /// Adds noise to every pixel, as a camera does.
    public struct Noise: PixelTransform {
        public static let name = "noise"
        public static let summary = "noise of standard deviation F of white"
        public static let standardAmount = 0.05
        public static let amounts = 0.0...1.0

        public let amount: Double

        public init(_ amount: Double) { self.amount = amount }

        // MARK: x ← x + σ n, kept between black and white

        func change(_ image: ImageMemory, _ draw: Random) {
            // Four uniform numbers of 16 bits, summed up, are close to a bell curve; their variance is 4 · 65536² / 12.
            let scale = Float(amount) * image.white * (3.0 as Float).squareRoot() / 65536
            for start in stride(from: 0, to: image.size.count, by: 2) {
                let words = draw.words(at: UInt64(start / 2))
                let low = words & SIMD4(repeating: 0xFFFF)
                let high = words &>> SIMD4(repeating: 16)
                let sums = (low.wrappedSum(), high.wrappedSum())
                for (i, sum) in [(start, sums.0), (start + 1, sums.1)] where i < image.size.count {
                    let x = image.pixels[i] + scale * (Float(sum) - 131_070)
                    image.pixels[i] = min(max(x, 0), image.white)
                }
            }
        }
    }
}
