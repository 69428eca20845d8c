/// A block of bytes that is read from front to back, never beyond its end.
///
/// It points into what ``Windows`` keep.
struct ByteCursor {
    private let bytes: UnsafeRawBufferPointer
    private var next = 0
    /// Where the block begins in the file.
    private let start: Int
    /// What errors call it.
    private let what: StaticString

    init(_ bytes: UnsafeRawBufferPointer, at start: Int, what: StaticString) {
        self.bytes = bytes
        self.start = start
        self.what = what
    }

    var remaining: Int { bytes.count - next }

    func damaged(_ reason: String) -> Problem { .damaged("\(what) at byte \(start): \(reason)") }

    func refused(_ reason: String) -> Problem { .refusedStorage(reason) }

    /// The next integer, the least significant byte first.
    @inline(__always)
    private mutating func load<Integer: FixedWidthInteger>(_: Integer.Type) throws(Problem) -> Integer {
        try need(MemoryLayout<Integer>.size)
        let value = bytes.loadUnaligned(fromByteOffset: next, as: Integer.self)
        next += MemoryLayout<Integer>.size
        return Integer(littleEndian: value)
    }

    mutating func u8() throws(Problem) -> Int { Int(try load(UInt8.self)) }
    mutating func u16() throws(Problem) -> Int { Int(try load(UInt16.self)) }
    mutating func u32() throws(Problem) -> Int { Int(try load(UInt32.self)) }
    mutating func u64() throws(Problem) -> UInt64 { try load(UInt64.self) }

    /// An integer of 1 to 8 bytes, the least significant first.
    mutating func integer(bytes count: Int) throws(Problem) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(try load(UInt8.self)) << UInt64(8 * index) }
        return value
    }

    /// A length of 8 bytes.
    mutating func length() throws(Problem) -> Int {
        guard let value = Int(exactly: try u64()) else { throw damaged("a length above 63 bits") }
        return value
    }

    /// An address of 8 bytes, nil where it is undefined.
    ///
    /// Whoever uses it checks that it is in the file.
    mutating func address() throws(Problem) -> Int? {
        let value = try u64()
        if value == .max { return nil }
        guard let address = Int(exactly: value) else { throw damaged("an address above 63 bits") }
        return address
    }

    mutating func definedAddress(of target: StaticString) throws(Problem) -> Int {
        guard let address = try address() else { throw damaged("the address of \(target) is undefined") }
        return address
    }

    mutating func skip(_ count: Int) throws(Problem) {
        try need(count)
        next += count
    }

    /// Whether the next bytes are those of `signature`.
    func startsWith(_ signature: StaticString) -> Bool {
        let count = signature.utf8CodeUnitCount
        return count <= remaining && (0..<count).allSatisfy { bytes[next + $0] == signature.utf8Start[$0] }
    }

    mutating func expect(_ signature: StaticString) throws(Problem) {
        try need(signature.utf8CodeUnitCount)
        guard startsWith(signature) else { throw damaged("it does not begin with \"\(signature)\"") }
        next += signature.utf8CodeUnitCount
    }

    /// The next `count` bytes as a block of their own.
    mutating func part(_ count: Int) throws(Problem) -> ByteCursor {
        ByteCursor(try raw(count), at: start + next - count, what: what)
    }

    /// A text that ends with a zero, which is read too.
    mutating func terminatedText() throws(Problem) -> UnsafeRawBufferPointer {
        guard let text = bytes.text(at: next) else { throw damaged("a name does not end") }
        next += text.count + 1
        return text
    }

    /// The next `count` bytes.
    mutating func raw(_ count: Int) throws(Problem) -> UnsafeRawBufferPointer {
        try need(count)
        next += count
        return UnsafeRawBufferPointer(rebasing: bytes[next - count..<next])
    }

    @inline(__always)
    private func need(_ count: Int) throws(Problem) {
        if count < 0 || count > remaining { throw damaged("it ends too early") }
    }
}
