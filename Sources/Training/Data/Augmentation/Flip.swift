import Tensors

extension Augmentation {
    /// Mirrors the image left to right, with this probability.
    public struct Flip: PlaceTransform {
        public static let name = "flip"
        public static let summary = "mirrored left to right with probability F"
        public static let standardAmount = 0.5
        public static let amounts = 0.0...1.0

        public let amount: Double

        public init(_ amount: Double) { self.amount = amount }

        // MARK: (x, y) ↦ (−x, y)

        func compose(_ map: inout AffineMap, _ size: ImageSize, _ draw: Random) {
            if draw.uniform(at: 0) < Float(amount) { map = map.followed(by: AffineMap(a: -1)) }
        }
    }
}
