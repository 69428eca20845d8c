/// A rectangle of whole pixels, from its upper left corner.
public struct PixelRect: Hashable, Sendable {
    public var x: Int
    public var y: Int
    public var width: Int
    public var height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        precondition(width >= 0 && height >= 0, "a rectangle has no negative sides")
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// The column after the last.
    public var right: Int { x + width }
    /// The row after the last.
    public var bottom: Int { y + height }

    /// The smallest rectangle that holds both.
    public func union(_ other: PixelRect) -> PixelRect {
        let (left, top) = (min(x, other.x), min(y, other.y))
        return PixelRect(
            x: left, y: top, width: max(right, other.right) - left, height: max(bottom, other.bottom) - top)
    }

    /// The same with so many points more on each side.
    func grown(by margin: Int) -> PixelRect {
        PixelRect(x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin)
    }

    /// How many columns both have.
    func sharedColumns(with other: PixelRect) -> Int { max(0, min(right, other.right) - max(x, other.x)) }

    /// How many rows both have.
    func sharedRows(with other: PixelRect) -> Int { max(0, min(bottom, other.bottom) - max(y, other.y)) }
}
