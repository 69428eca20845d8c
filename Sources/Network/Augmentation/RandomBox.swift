import Tensors

/// A part of an image: the pixels from a corner to before the other, which may lie between pixels.
public struct RandomBox: Hashable, Sendable {
    var x: (Float, Float)
    var y: (Float, Float)

    /// A box of these shares of the extents, somewhere.
    ///
    /// - Parameter position: of the first of two random numbers.
    init(height: Int, width: Int, shares: (height: Float, width: Float), _ random: Random, at position: Int) {
        func side(_ extent: Int, _ share: Float, _ position: Int) -> (Float, Float) {
            let length = share * Float(extent)
            let start = random.uniform(at: position) * (Float(extent) - length)
            return (start, start + length)
        }
        x = side(width, shares.width, position)
        y = side(height, shares.height, position + 1)
    }

    func contains(row: Int, column: Int) -> Bool {
        Float(column) >= x.0 && Float(column) < x.1 && Float(row) >= y.0 && Float(row) < y.1
    }

    public static func == (left: RandomBox, right: RandomBox) -> Bool { left.x == right.x && left.y == right.y }

    public func hash(into hasher: inout Hasher) { for value in [x.0, x.1, y.0, y.1] { hasher.combine(value) } }
}
