/// Writes the few kinds of fields of Protocol Buffers that event files are made of.
struct ProtoWriter {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ field: Int, _ value: UInt64) {
        key(field, 0)
        varint(value)
    }

    mutating func add(_ field: Int, _ value: Double) {
        key(field, 1)
        little(value.bitPattern)
    }

    mutating func add(_ field: Int, _ value: Float) {
        key(field, 5)
        little(value.bitPattern)
    }

    mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

    mutating func add(_ field: Int, _ value: [UInt8]) {
        key(field, 2)
        varint(UInt64(value.count))
        bytes += value
    }

    /// A message inside of this one.
    mutating func add(_ field: Int, _ body: (inout ProtoWriter) -> Void) {
        var inner = ProtoWriter()
        body(&inner)
        add(field, inner.bytes)
    }

    private mutating func key(_ field: Int, _ wireType: UInt64) { varint(UInt64(field) << 3 | wireType) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func little(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }
}
