#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

// Names stay where they were read, and are compared as bytes, as libhdf5 does.

extension UnsafeRawBufferPointer {
    /// The bytes from `offset` up to the next zero, nil if there is none.
    func text(at offset: Int) -> UnsafeRawBufferPointer? {
        guard offset >= 0, offset < count, let start = baseAddress.map({ $0 + offset }),
            let zero = memchr(start, 0, count - offset)
        else { return nil }
        return UnsafeRawBufferPointer(start: start, count: UnsafeRawPointer(zero) - start)
    }

    /// Whether it comes before `other` and is not the same.
    func precedes(_ other: UnsafeRawBufferPointer) -> Bool {
        guard let mine = baseAddress, let theirs = other.baseAddress else { return count < other.count }
        let order = memcmp(mine, theirs, Swift.min(count, other.count))
        return order < 0 || order == 0 && count < other.count
    }
}

extension [UnsafeRawBufferPointer] {
    /// A name that stands in it twice.
    func firstTwice() -> UnsafeRawBufferPointer? {
        if count < 2 { return nil }
        let sorted = sorted { $0.precedes($1) }
        return zip(sorted, sorted.dropFirst()).first { !$0.precedes($1) }?.0
    }
}
