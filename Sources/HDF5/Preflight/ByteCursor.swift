/// A block of bytes that is read from front to back, never beyond its end.
struct ByteCursor {
    private let bytes: ArraySlice<UInt8>
    private var next: Int
    /// What errors call it, and where it begins in the file.
    private let what: String
    private let start: Int
    private let place: Place

    init(_ bytes: [UInt8], what: String, at address: Int, in place: Place) {
        self.init(bytes[...], what: what, at: address, in: place)
    }

    private init(_ bytes: ArraySlice<UInt8>, what: String, at address: Int, in place: Place) {
        self.bytes = bytes
        self.what = what
        start = address
        self.place = place
        next = bytes.startIndex
    }

    var remaining: Int { bytes.endIndex - next }

    func damaged(_ reason: String) -> HDF5Error {
        HDF5Error(place, .damaged("\(what) at byte \(start): \(reason)"))
    }

    func refused(_ reason: String) -> HDF5Error { HDF5Error(place, .refusedStorage(reason)) }

    /// An integer of 1 to 8 bytes, the least significant first.
    mutating func integer(bytes count: Int) throws(HDF5Error) -> UInt64 {
        try need(count)
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(bytes[next + index]) << UInt64(8 * index) }
        next += count
        return value
    }

    mutating func u8() throws(HDF5Error) -> Int { try Int(integer(bytes: 1)) }
    mutating func u16() throws(HDF5Error) -> Int { try Int(integer(bytes: 2)) }
    mutating func u32() throws(HDF5Error) -> Int { try Int(integer(bytes: 4)) }

    /// A length of 8 bytes.
    mutating func length() throws(HDF5Error) -> Int {
        guard let value = try Int(exactly: integer(bytes: 8)) else { throw damaged("a length above 63 bits") }
        return value
    }

    /// An address of 8 bytes, nil where it is undefined.
    ///
    /// Whoever uses it checks that it is in the file.
    mutating func address() throws(HDF5Error) -> Int? {
        let value = try integer(bytes: 8)
        if value == .max { return nil }
        guard let address = Int(exactly: value) else { throw damaged("an address above 63 bits") }
        return address
    }

    mutating func definedAddress(of target: String) throws(HDF5Error) -> Int {
        guard let address = try address() else { throw damaged("the address of \(target) is undefined") }
        return address
    }

    mutating func skip(_ count: Int) throws(HDF5Error) {
        try need(count)
        next += count
    }

    mutating func expect(_ signature: StaticString) throws(HDF5Error) {
        try need(signature.utf8CodeUnitCount)
        for index in 0..<signature.utf8CodeUnitCount where bytes[next + index] != signature.utf8Start[index] {
            throw damaged("it does not begin with \"\(signature)\"")
        }
        next += signature.utf8CodeUnitCount
    }

    /// The next `count` bytes as a block of their own.
    mutating func part(_ count: Int, as what: String? = nil) throws(HDF5Error) -> ByteCursor {
        try need(count)
        defer { next += count }
        return ByteCursor(
            bytes[next..<next + count], what: what ?? self.what, at: start + next - bytes.startIndex, in: place)
    }

    /// A text that ends with a zero, which is read too.
    mutating func terminatedText() throws(HDF5Error) -> ArraySlice<UInt8> {
        guard let end = bytes[next...].firstIndex(of: 0) else { throw damaged("a name does not end") }
        defer { next = end + 1 }
        return bytes[next..<end]
    }

    /// The next `count` bytes.
    mutating func raw(_ count: Int) throws(HDF5Error) -> ArraySlice<UInt8> {
        try need(count)
        defer { next += count }
        return bytes[next..<next + count]
    }

    private func need(_ count: Int) throws(HDF5Error) {
        if count < 0 || count > remaining { throw damaged("it ends too early") }
    }
}
