import Tensors

/// What one load of data takes, counted against ``DataLimits`` before it is taken.
package struct DataBudget {
    private let limit = DataLimits.current.bytes
    private var used = 0

    package init() {}

    /// The bytes that may still be taken.
    var rest: Int { limit - used }

    /// Counts bytes that are about to be taken.
    ///
    /// - Parameter what: what takes them, as the beginning of a sentence about `file`.
    /// - Throws: ``DataError`` where they are more than the rest.
    package mutating func charge(_ bytes: Int, for what: @autoclosure () -> String, of file: String) throws(DataError) {
        guard bytes >= 0, bytes <= rest else { throw Self.exceeded(what(), file: file, limit: limit) }
        used += bytes
    }

    /// Counts `count` numbers of `size` bytes each.
    package mutating func charge(
        _ count: Int, of size: Int, for what: @autoclosure () -> String, of file: String
    ) throws(DataError) {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
        if overflow { throw Self.exceeded(what(), file: file, limit: limit) }
        try charge(bytes, for: what(), of: file)
    }

    private static func exceeded(_ what: String, file: String, limit: Int) -> DataError {
        .malformed(file: file, problem: "\(what) more bytes than the limit of \(limit) for data")
    }
}

extension Shape {
    /// The elements of a shape that a file's header declares.
    ///
    /// A zero does not hide the other extents: products of a part of them, such as the shape of one sample, fit as well.
    ///
    /// - Parameter size: the bytes of an element.
    /// - Throws: ``DataError`` where all extents that are not zero make more bytes than ``DataLimits`` allow.
    package func declaredCount(of size: Int, file: String) throws(DataError) -> Int {
        let limit = Swift.min(DataLimits.current.bytes, Int.max / 64)
        var product = 1
        for extent in self where extent != 0 {
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            guard extent > 0, !overflow, next <= limit / size else {
                throw .malformed(
                    file: file, problem: "shape \(self) has more bytes than the limit of \(limit) for data")
            }
            product = next
        }
        return contains(0) ? 0 : product
    }
}
