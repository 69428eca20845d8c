/// What must be known of a datatype: its size, and whether its values refer to the global heap.
struct TypeFacts {
    var size: Int
    /// Whether values are strings of variable length.
    var isVariable = false

    private static let classNames = [
        "fixed-point", "float", "time", "string", "bit field", "opaque", "compound", "reference", "enumeration",
        "variable-length", "array",
    ]

    /// Reads a datatype message: class and version, bits 3, size 4, and more according to the class.
    init(reading message: inout ByteCursor, isBase: Bool = false) throws(Problem) {
        let first = try message.u8()
        let (kind, version) = (first & 15, first >> 4)
        guard (1...3).contains(version) else { throw message.damaged("a datatype has the unknown version \(version)") }
        let bits = try Int(message.integer(bytes: 3))
        size = try message.u32()
        guard size > 0, size < 1 << 31 else { throw message.damaged("a datatype has \(size) bytes") }
        if isBase, kind != 0, kind != 3 { throw message.damaged("a datatype is made of others than numbers") }
        switch kind {
        case 0: try TypeFacts.checkInteger(&message, size: size)
        case 1: try TypeFacts.checkFloat(&message, size: size, bits: bits)
        case 3:
            guard bits & 15 <= 2, bits >> 4 & 15 <= 1 else { throw message.damaged("a string of an unknown kind") }
        case 5:
            let tag = try message.raw(bits & 0xFF)
            guard tag.isEmpty || tag.contains(0) || tag.count % 8 == 0 else {
                throw message.damaged("the tag of an opaque type does not end")
            }
        case 8: try TypeFacts.checkEnumeration(&message, size: size, count: bits & 0xFFFF, version: version)
        case 9:
            guard bits & 15 == 1 else { throw message.refused("its values are variable-length sequences") }
            guard bits >> 4 & 15 <= 2, bits >> 8 & 15 <= 1, size == 16 else {
                throw message.damaged("a string of an unknown kind")
            }
            let base = try TypeFacts(reading: &message, isBase: true)
            guard base.size == 1 else { throw message.damaged("a string of characters of \(base.size) bytes") }
            isVariable = true
        default:
            let name = kind < TypeFacts.classNames.count ? TypeFacts.classNames[kind] : "unknown"
            throw message.refused("its values are of the class \(name)")
        }
    }

    /// Bit offset 2, precision 2.
    private static func checkInteger(_ message: inout ByteCursor, size: Int) throws(Problem) {
        let offset = try message.u16()
        let precision = try message.u16()
        guard size == 1 || size == 2 || size == 4 || size == 8, precision > 0, offset + precision <= 8 * size else {
            throw message.damaged("an integer of \(size) bytes has bits \(offset) to \(offset + precision)")
        }
    }

    /// Bit offset 2, precision 2, exponent's place and size, mantissa's place and size, bias 4.
    private static func checkFloat(_ message: inout ByteCursor, size: Int, bits: Int) throws(Problem) {
        let offset = try message.u16()
        let precision = try message.u16()
        let exponent = try (message.u8(), message.u8())
        let mantissa = try (message.u8(), message.u8())
        try message.skip(4)
        let sign = bits >> 8 & 0xFF
        guard size == 2 || size == 4 || size == 8, precision > 0, offset + precision <= 8 * size else {
            throw message.damaged("a float of \(size) bytes has bits \(offset) to \(offset + precision)")
        }
        let (signBit, exponentBits) = (sign..<sign + 1, exponent.0..<exponent.0 + exponent.1)
        let mantissaBits = mantissa.0..<mantissa.0 + mantissa.1
        func isInside(_ part: Range<Int>) -> Bool { !part.isEmpty && part.upperBound <= offset + precision }
        let areInside = isInside(signBit) && isInside(exponentBits) && isInside(mantissaBits)
        let areApart =
            !signBit.overlaps(exponentBits) && !signBit.overlaps(mantissaBits) && !exponentBits.overlaps(mantissaBits)
        guard areInside, areApart, exponent.1 <= 16, bits & 0x40 == 0, bits >> 4 & 3 <= 2 else {
            throw message.damaged("a float of an impossible format")
        }
    }

    /// The type of the values; the names, filled up to 8 bytes before version 3; the values.
    private static func checkEnumeration(
        _ message: inout ByteCursor, size: Int, count: Int, version: Int
    ) throws(Problem) {
        let base = try TypeFacts(reading: &message, isBase: true)
        guard base.size == size, count > 0 else { throw message.damaged("an enumeration of \(count) values") }
        for _ in 0..<count {
            let name = try message.terminatedText()
            if name.isEmpty { throw message.damaged("a value of an enumeration has no name") }
            if version < 3 { try message.skip((8 - (name.count + 1) % 8) % 8) }
        }
        try message.skip(count * size)
    }
}

/// What must be known of a dataspace.
struct SpaceFacts {
    var shape: [Int]
    /// The product of the axes.
    var count: Int

    /// Reads a dataspace message.
    ///
    /// Version 1: version, rank, flags, 0 5; version 2: version, rank, flags, kind; then the axes, 8 bytes each, and
    /// how far they may grow.
    init(reading message: inout ByteCursor, limits: Limits) throws(Problem) {
        let version = try message.u8()
        let rank = try message.u8()
        let flags = try message.u8()
        guard version == 1 || version == 2, flags & ~1 == 0 else {
            throw message.damaged("a shape of the unknown version \(version) or flags \(flags)")
        }
        let kind = version == 2 ? try message.u8() : (rank == 0 ? 0 : 1)
        if version == 1 { try message.skip(5) }
        guard rank <= limits.maxRank, rank <= 32 else {
            throw message.damaged("a shape of \(rank) axes, where \(limits.maxRank) are the limit")
        }
        guard kind <= 2, kind == 1 || rank == 0, kind != 1 || version == 1 || rank > 0 else {
            throw message.damaged("a shape of kind \(kind) and \(rank) axes")
        }
        shape = []
        for _ in 0..<rank { try shape.append(message.length()) }
        if flags & 1 != 0 {
            for axis in shape {
                let most = try message.u64()
                if most < UInt64(axis) { throw message.damaged("an axis is longer than it may become") }
            }
        }
        if kind == 2 { shape = [0] }
        count = shape.contains(0) ? 0 : 1
        for axis in shape where count > 0 {
            let (product, overflow) = count.multipliedReportingOverflow(by: axis)
            if overflow { throw message.damaged("the shape \(shape) has more than 63 bits of values") }
            count = product
        }
    }

    /// The bytes of all values of `size` bytes.
    func byteCount(size: Int, _ message: ByteCursor) throws(Problem) -> Int {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
        if overflow { throw message.damaged("the shape \(shape) has more than 63 bits of bytes") }
        return bytes
    }
}
