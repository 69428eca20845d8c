import Synchronization

/// What one load of a file takes, counted against ``Limits/maxTotalBytes`` before it is taken.
///
/// A file declares each dataset once, but many links may lead to it, and each read takes memory of its own.
package final class ReadingBudget: Sendable {
    /// What libhdf5 keeps of a chunk while it reads a dataset.
    private static let bytesOfChunk = 1024

    private let limit: Int
    private let used = Mutex(0)

    package init(_ limits: Limits) { limit = limits.maxTotalBytes }

    /// Counts `count` values of `size` bytes that are about to be read from a dataset, and what its chunks take meanwhile.
    ///
    /// - Throws: ``HDF5Error`` where all that was counted exceeds the limit, and where a zero axis hides others whose product
    ///   fits no shape that is computed with.
    package func charge(_ dataset: borrowing Dataset, of size: Int) throws(HDF5Error) {
        var product = 1
        for axis in dataset.shape where axis > 0 {
            let (next, overflow) = product.multipliedReportingOverflow(by: axis)
            guard !overflow, next <= Int.max / 64 else {
                throw HDF5Error(
                    dataset.place,
                    .wrongShape(expected: "axes above zero whose product fits 57 bits", found: "shape \(dataset.shape)")
                )
            }
            product = next
        }
        try charge(dataset.count, of: size, at: dataset.place)
        if let chunks = try dataset.chunkCount() { try charge(chunks, of: Self.bytesOfChunk, at: dataset.place) }
    }

    private func charge(_ count: Int, of size: Int, at place: Place) throws(HDF5Error) {
        let (bytes, isTooLong) = count.multipliedReportingOverflow(by: size)
        let (total, overflow) = used.withLock { used in
            let (total, overflow) = used.addingReportingOverflow(bytes)
            if !overflow, !isTooLong, total <= limit { used = total }
            return (total, overflow || isTooLong)
        }
        guard !overflow, total <= limit else {
            let found = overflow ? "more than 63 bits of bytes" : "\(total) bytes read so far, this included,"
            throw HDF5Error(place, .limit(name: "maxTotalBytes", limit: limit, found: found))
        }
    }
}
