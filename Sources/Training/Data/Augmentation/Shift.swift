import Tensors

extension Augmentation {
    /// Moves the image along each axis by up to so many pixels, and parts of pixels.
    public struct Shift: PlaceTransform {
        public static let name = "shift"
        public static let summary = "moved by up to N pixels along each axis"
        public static let standardAmount = 2.0
        public static let amounts = 0.0...1000.0

        public let amount: Double

        public init(_ amount: Double) { self.amount = amount }

        // MARK: (x, y) ↦ (x + s, y + t)

        func compose(_ map: inout AffineMap, _ size: ImageSize, _ draw: Random) {
            let reach = Float(amount)
            map = map.followed(by: AffineMap(c: reach * draw.signed(at: 0), f: reach * draw.signed(at: 1)))
        }
    }
}
