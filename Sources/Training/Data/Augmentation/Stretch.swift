import Tensors

extension Augmentation {
    /// Makes the image wider or narrower by up to this fraction, and higher or lower on its own.
    public struct Stretch: PlaceTransform {
        public static let name = "stretch"
        public static let summary = "wider or narrower, higher or lower by up to the fraction F"
        public static let standardAmount = 0.1
        public static let amounts = 0.0...0.9

        public let amount: Double

        public init(_ amount: Double) { self.amount = amount }

        // MARK: (x, y) ↦ (x / s, y / t)

        func compose(_ map: inout AffineMap, _ size: ImageSize, _ draw: Random) {
            let reach = Float(amount)
            map = map.followed(
                by: AffineMap(a: 1 / (1 + reach * draw.signed(at: 0)), e: 1 / (1 + reach * draw.signed(at: 1))))
        }
    }
}
