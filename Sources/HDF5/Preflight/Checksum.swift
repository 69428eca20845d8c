/// The checksum of HDF5's newer structures: Jenkins' lookup3 from zero.
package struct Checksum {
    /// The checksum of these bytes.
    package static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let start = 0xDEAD_BEEF &+ UInt32(truncatingIfNeeded: bytes.count)
        var state = Checksum(a: start, b: start, c: start)
        var offset = 0
        while bytes.count - offset > 12 {
            state.add(bytes, at: offset)
            state.mix()
            offset += 12
        }
        if bytes.count == offset { return state.c }
        state.add(bytes, at: offset)
        state.finish()
        return state.c
    }

    private var a, b, c: UInt32

    /// Adds the next twelve bytes, or what there is of them.
    private mutating func add(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        func word(_ place: Int) -> UInt32 {
            (0..<4).reduce(0) { word, byte in
                place + byte < bytes.count ? word | UInt32(bytes[place + byte]) << UInt32(8 * byte) : word
            }
        }
        a &+= word(offset)
        b &+= word(offset + 4)
        c &+= word(offset + 8)
    }

    private static func turned(_ word: UInt32, _ bits: UInt32) -> UInt32 { word << bits | word >> (32 - bits) }

    private mutating func mix() {
        a = (a &- c) ^ Self.turned(c, 4)
        c &+= b
        b = (b &- a) ^ Self.turned(a, 6)
        a &+= c
        c = (c &- b) ^ Self.turned(b, 8)
        b &+= a
        a = (a &- c) ^ Self.turned(c, 16)
        c &+= b
        b = (b &- a) ^ Self.turned(a, 19)
        a &+= c
        c = (c &- b) ^ Self.turned(b, 4)
        b &+= a
    }

    private mutating func finish() {
        c = (c ^ b) &- Self.turned(b, 14)
        a = (a ^ c) &- Self.turned(c, 11)
        b = (b ^ a) &- Self.turned(a, 25)
        c = (c ^ b) &- Self.turned(b, 16)
        a = (a ^ c) &- Self.turned(c, 4)
        b = (b ^ a) &- Self.turned(a, 14)
        c = (c ^ b) &- Self.turned(b, 24)
    }
}

extension Preflight {
    /// Holds a block of the structure against its checksum.
    ///
    /// Where one is wrong in a group's links, libhdf5 1.10 frees what it never made.
    ///
    /// - Parameters:
    ///   - size: the bytes that count.
    ///   - place: where the checksum stands from the block's start: behind these bytes, or among them, where it counts as
    ///     zero.
    func checkSum(_ what: StaticString, at address: Int, size: Int, place: Int) throws(Problem) {
        let whole = try peek(what, at: address, size: max(size, place + 4))
        var rest = whole
        let bytes = try rest.raw(size)
        var stored = whole
        try stored.skip(place)
        let expected = try stored.u32()
        let found: UInt32
        if place >= size {
            found = Checksum.of(bytes)
        } else {
            var copy = [UInt8](bytes)
            for byte in place..<place + 4 { copy[byte] = 0 }
            found = copy.withUnsafeBytes { Checksum.of($0) }
        }
        if Int(found) != expected { throw whole.damaged("its checksum is wrong") }
    }
}
