import Tensors

extension Augmentation {
    /// Turns the image upside down, with this probability.
    public struct VerticalFlip: PlaceTransform {
        public static let name = "vertical-flip"
        public static let summary = "upside down with probability F"
        public static let standardAmount = 0.5
        public static let amounts = 0.0...1.0

        public let amount: Double

        public init(_ amount: Double) { self.amount = amount }

        // MARK: (x, y) ↦ (x, −y)

        func compose(_ map: inout AffineMap, _ size: ImageSize, _ draw: Random) {
            if draw.uniform(at: 0) < Float(amount) { map = map.followed(by: AffineMap(e: -1)) }
        }
    }
}
