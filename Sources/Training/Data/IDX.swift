import Tensors

/// The format of MNIST's files, gzipped or not.
///
/// Two zero bytes, one byte for the type, one for the number of axes, the extents as big-endian 32-bit numbers, then
/// the numbers in C order, big-endian. Types: 8 uint8, 9 int8, 11 int16, 12 int32, 13 float32, 14 float64.
public enum IDX {
    private static let types: [UInt8: NumberType] = [
        0x08: .uint8, 0x09: .int8, 0x0B: .int16, 0x0C: .int32, 0x0D: .float32, 0x0E: .float64,
    ]

    /// Reads a file.
    ///
    /// - Throws: ``DataError`` where it is missing, not IDX, or not as long as its header says.
    public static func read(path: String) throws(DataError) -> NumberArray {
        try read(try readBytes(of: path), name: path)
    }

    /// Reads the bytes of a file.
    ///
    /// - Parameter name: what errors call the file.
    public static func read(_ bytes: [UInt8], name: String) throws(DataError) -> NumberArray {
        guard Gzip.isGzip(bytes) else { return try array(bytes, name) }
        // The header says how much there must be, so no more than that is ever unpacked.
        let start = try Gzip.unpacked(bytes, limit: 4 + 4 * 32, file: name)
        let header = try Header(start, name)
        return try array(try Gzip.unpacked(bytes, limit: header.length, file: name), name)
    }

    private static func array(_ bytes: [UInt8], _ name: String) throws(DataError) -> NumberArray {
        let header = try Header(bytes, name)
        guard bytes.count == header.length else {
            let found = bytes.count > header.length ? "more" : "\(bytes.count)"
            throw .malformed(
                file: name, problem: "expected \(header.length) bytes for shape \(header.shape), found \(found)")
        }
        var numbers = Array(bytes[header.size...])
        swapBytes(&numbers, size: header.type.size)
        return NumberArray(header.type, header.shape, bytes: numbers)
    }

    private struct Header {
        let type: NumberType
        let shape: Shape
        /// The bytes of the header, and of the whole file.
        let size, length: Int

        init(_ bytes: [UInt8], _ name: String) throws(DataError) {
            guard bytes.count >= 4 else {
                throw .malformed(file: name, problem: "expected an IDX header of 4 bytes, found \(bytes.count)")
            }
            guard bytes[0] == 0, bytes[1] == 0, let type = IDX.types[bytes[2]], bytes[3] > 0 else {
                let found = bytes[..<4].map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined(separator: " ")
                throw .malformed(
                    file: name,
                    problem: "expected an IDX file, beginning with 00 00, a type and the number of axes, "
                        + "found \(found)")
            }
            self.type = type
            guard bytes[3] <= 32 else {
                throw .malformed(file: name, problem: "expected at most 32 axes, found \(bytes[3])")
            }
            size = 4 + 4 * Int(bytes[3])
            guard bytes.count >= size else {
                throw .malformed(
                    file: name,
                    problem: "expected \(bytes[3]) extents in the first \(size) bytes, found \(bytes.count) bytes")
            }
            shape = Shape(
                (0..<Int(bytes[3])).map { axis in
                    bytes[(4 + 4 * axis)..<(8 + 4 * axis)].reduce(0) { $0 << 8 | Int($1) }
                })
            length = size + (try shape.declaredCount(of: type.size, file: name)) * type.size
        }
    }
}

/// Turns numbers of `size` bytes round.
func swapBytes(_ bytes: inout [UInt8], size: Int) {
    guard size > 1 else { return }
    for start in stride(from: 0, to: bytes.count - size + 1, by: size) {
        for i in 0..<size / 2 { bytes.swapAt(start + i, start + size - 1 - i) }
    }
}
