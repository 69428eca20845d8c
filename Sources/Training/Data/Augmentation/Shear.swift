import Tensors

extension Augmentation {
    /// Slants the image: each row moves by up to this fraction of its distance from the middle.
    public struct Shear: PlaceTransform {
        public static let name = "shear"
        public static let summary = "slanted by up to F pixels a row"
        public static let standardAmount = 0.1
        public static let amounts = 0.0...2.0

        public let amount: Double

        public init(_ amount: Double) { self.amount = amount }

        // MARK: (x, y) ↦ (x + s y, y)

        func compose(_ map: inout AffineMap, _ size: ImageSize, _ draw: Random) {
            map = map.followed(by: AffineMap(b: Float(amount) * draw.signed(at: 0)))
        }
    }
}
