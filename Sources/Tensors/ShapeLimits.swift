/// How large a tensor may be, whoever asks for it.
///
/// Numbers within these limits can be multiplied and added by plain arithmetic: the product of two extents, and of all
/// extents of a tensor with its element's size, fit an `Int`.
public enum ShapeLimits {
    /// The largest extent of one axis, 2³¹ − 1, as the kernels of TensorFlow have it.
    public static let extent = Int(Int32.max)

    /// The largest number of elements of one tensor, 2⁵⁷ − 1.
    ///
    /// An axis without elements counts as one of one element here: the others are multiplied, too.
    public static let elements = Int.max / 64

    /// The most axes of one tensor, as in NumPy.
    public static let axes = 64

    /// The product of these numbers, none of them negative, or ``elements`` where it is larger.
    public static func product(_ factors: some Sequence<Int>) -> Int {
        var product = 1
        for factor in factors where factor != 1 {
            if factor == 0 { return 0 }
            let (next, overflows) = product.multipliedReportingOverflow(by: factor)
            product = overflows ? elements : min(next, elements)
        }
        return product
    }

    /// The same of numbers one by one.
    public static func product(_ factors: Int...) -> Int { product(factors) }

    /// The sum of two numbers up to ``elements``, or ``elements`` where it is larger.
    public static func sum(_ a: Int, _ b: Int) -> Int { min(a + b, elements) }
}

extension Shape {
    /// Why no tensor can have this shape, or `nil`: unknown extents may be anything.
    public var excess: String? {
        guard count <= ShapeLimits.axes else { return "\(count) axes; at most \(ShapeLimits.axes) are possible" }
        var product = 1
        for (axis, extent) in enumerated() where extent != Shape.unknown {
            guard extent >= 0 else { return "the extent \(extent) of axis \(axis)" }
            guard extent <= ShapeLimits.extent else {
                return "the extent \(extent) of axis \(axis); at most \(ShapeLimits.extent) is possible"
            }
            let (next, overflows) = product.multipliedReportingOverflow(by: Swift.max(extent, 1))
            guard !overflows, next <= ShapeLimits.elements else {
                return "a shape of more than \(ShapeLimits.elements) elements"
            }
            product = next
        }
        return nil
    }
}
