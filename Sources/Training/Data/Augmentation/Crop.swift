import Tensors

extension Augmentation {
    /// Pads the image on all sides by so many pixels and cuts an image of the old size out of it anywhere.
    ///
    /// The same as moving it by whole pixels, which leaves sharp edges sharp.
    public struct Crop: PlaceTransform {
        public static let name = "crop"
        public static let summary = "padded by N pixels and cut out anywhere"
        public static let standardAmount = 2.0
        public static let amounts = 0.0...1000.0

        public let amount: Double

        public init(_ amount: Double) { self.amount = amount.rounded() }

        // MARK: (x, y) ↦ (x + i, y + j), whole numbers

        func compose(_ map: inout AffineMap, _ size: ImageSize, _ draw: Random) {
            let reach = Int(amount)
            map = map.followed(
                by: AffineMap(
                    c: Float(draw.number(below: 2 * reach + 1, at: 0) - reach),
                    f: Float(draw.number(below: 2 * reach + 1, at: 1) - reach)))
        }
    }
}
