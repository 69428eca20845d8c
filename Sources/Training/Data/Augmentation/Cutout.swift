import Tensors

extension Augmentation {
    /// Blackens a square of so many pixels a side, anywhere (DeVries & Taylor, 2017).
    ///
    /// Its middle is a pixel of the image, so that part of it may lie outside.
    public struct Cutout: PixelTransform {
        public static let name = "cutout"
        public static let summary = "a square of N×N pixels blackened anywhere"
        public static let standardAmount = 6.0
        public static let amounts = 0.0...1000.0

        public let amount: Double

        public init(_ amount: Double) { self.amount = amount.rounded() }

        // MARK: x ← 0 inside of the square

        func change(_ image: ImageMemory, _ draw: Random) {
            let (side, size) = (Int(amount), image.size)
            let left = draw.number(below: size.width, at: 0) - side / 2
            let top = draw.number(below: size.height, at: 1) - side / 2
            let columns = max(0, left)..<max(0, min(size.width, left + side))
            for y in max(0, top)..<max(0, min(size.height, top + side)) where !columns.isEmpty {
                let first = (y * size.width + columns.lowerBound) * size.channels
                (image.pixels + first).update(repeating: 0, count: columns.count * size.channels)
            }
        }
    }
}
