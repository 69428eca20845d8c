import Tensors

/// NumPy's format of one array, versions 1 to 3.
///
/// `93 4E 55 4D 50 59`, two bytes of version, the length of the header (16 bits little-endian, 32 from version 2 on),
/// the header: a Python dictionary with `descr` (`<f4`: order, kind, bytes), `fortran_order` and `shape`, then the
/// numbers. Version 3 may have UTF-8 in the header, which matters to names of fields only.
public enum NPY {
    private static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

    private static let types: [String: NumberType] = [
        "b1": .bool, "u1": .uint8, "i1": .int8, "u2": .uint16, "i2": .int16, "u4": .uint32, "i4": .int32,
        "u8": .uint64, "i8": .int64, "f2": .float16, "f4": .float32, "f8": .float64,
    ]

    /// Reads a file.
    ///
    /// - Throws: ``DataError`` where it is missing, not NPY, holds something else than numbers, or has not the length
    ///   that its header says.
    public static func read(path: String) throws(DataError) -> NumberArray {
        try read(try readBytes(of: path), name: path)
    }

    /// Reads the bytes of a file.
    ///
    /// - Parameter name: what errors call the file.
    public static func read(_ bytes: [UInt8], name: String) throws(DataError) -> NumberArray {
        guard bytes.starts(with: magic), bytes.count >= 10 else {
            throw .malformed(
                file: name, problem: "expected a NumPy file, beginning with \\x93NUMPY, found something else")
        }
        let version = bytes[6]
        guard (1...3).contains(version) else {
            throw .malformed(file: name, problem: "expected NumPy's format version 1, 2 or 3, found \(version)")
        }
        let lengthSize = version == 1 ? 2 : 4
        guard bytes.count >= 8 + lengthSize else {
            throw .malformed(file: name, problem: "ends inside its header, after \(bytes.count) bytes")
        }
        let headerLength = bytes[8..<(8 + lengthSize)].reversed().reduce(0) { $0 << 8 | Int($1) }
        let start = 8 + lengthSize + headerLength
        guard start <= bytes.count else {
            throw .malformed(
                file: name, problem: "expected a header of \(headerLength) bytes, found \(bytes.count - 8 - lengthSize)"
            )
        }
        let header = try Header(String(decoding: bytes[(8 + lengthSize)..<start], as: UTF8.self), name)
        let length = header.count * header.type.size
        guard bytes.count - start == length else {
            throw .malformed(
                file: name,
                problem:
                    "expected \(length) bytes for shape \(header.shape) of \(header.type), found \(bytes.count - start)"
            )
        }
        var numbers = Array(bytes[start...])
        if header.isBigEndian { swapBytes(&numbers, size: header.type.size) }
        if header.isFortranOrder { numbers = inCOrder(numbers, header.shape, header.type.size) }
        return NumberArray(header.type, header.shape, bytes: numbers)
    }

    /// Writes a tensor as float32, whole or not at all.
    public static func write(_ tensor: Tensor, path: String) throws(DataError) {
        try writeBytes(bytes(of: NumberArray(tensor)), to: path)
    }

    /// Writes an array, whole or not at all.
    public static func write(_ array: NumberArray, path: String) throws(DataError) {
        try writeBytes(bytes(of: array), to: path)
    }

    /// A file's bytes, as NumPy itself would write them.
    public static func bytes(of array: NumberArray) -> [UInt8] {
        let code = types.first { $0.value == array.type }?.key ?? ""
        let order = array.type.size == 1 ? "|" : "<"
        let extents = array.shape.map(String.init).joined(separator: ", ") + (array.shape.count == 1 ? "," : "")
        var header = "{'descr': '\(order)\(code)', 'fortran_order': False, 'shape': (\(extents)), }"
        // The numbers begin at a multiple of 64 bytes.
        header += String(repeating: " ", count: (64 - (magic.count + 4 + header.utf8.count + 1) % 64) % 64) + "\n"
        let length = header.utf8.count
        return magic + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + header.utf8 + array.bytes
    }

    /// What the dictionary at the beginning says.
    struct Header {
        let type: NumberType
        let isBigEndian: Bool
        let isFortranOrder: Bool
        let shape: Shape
        let count: Int

        init(_ text: String, _ name: String) throws(DataError) {
            func malformed(_ expected: String) -> DataError {
                .malformed(file: name, problem: "expected \(expected) in NumPy's header, found \(text.prefix(120))")
            }
            guard let description = Self.value(of: "descr", in: text) else { throw malformed("'descr'") }
            let code = description.drop { $0 == "'" }.prefix { $0 != "'" }
            guard description.hasPrefix("'"), let order = code.first, let type = NPY.types[String(code.dropFirst())],
                "<>|=".contains(order)
            else {
                let what =
                    code.hasSuffix("O") || code.hasPrefix("|O") ? "Python objects, which are never read" : "\(code)"
                throw .malformed(file: name, problem: "expected numbers or bools, found \(what)")
            }
            self.type = type
            isBigEndian = order == ">"
            guard let fortran = Self.value(of: "fortran_order", in: text),
                fortran.hasPrefix("True") || fortran.hasPrefix("False")
            else { throw malformed("'fortran_order'") }
            isFortranOrder = fortran.hasPrefix("True")
            guard let tuple = Self.value(of: "shape", in: text), tuple.first == "(", let end = tuple.firstIndex(of: ")")
            else {
                throw malformed("'shape'")
            }
            let parts = tuple[..<end].dropFirst().split(separator: ",").map { $0.filter { $0 != " " && $0 != "L" } }
            let extents = parts.filter { !$0.isEmpty }.compactMap { Int($0) }.filter { $0 >= 0 }
            guard extents.count == parts.count(where: { !$0.isEmpty }), extents.count <= 32 else {
                throw malformed("a shape of whole numbers")
            }
            shape = Shape(extents)
            count = try shape.declaredCount(of: type.size, file: name)
        }

        /// The text behind a key of the dictionary.
        private static func value(of key: String, in text: String) -> Substring? {
            for quote in ["'", "\""] {
                guard let place = text.firstRange(of: quote + key + quote) else { continue }
                let rest = text[place.upperBound...].drop { $0 == " " }
                if rest.first == ":" { return rest.dropFirst().drop { $0 == " " } }
            }
            return nil
        }
    }

    /// Numbers whose first axis runs fastest, reordered so that the last one does.
    private static func inCOrder(_ bytes: [UInt8], _ shape: Shape, _ size: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: bytes.count)
        var index = [Int](repeating: 0, count: shape.count)
        var strides = [Int](repeating: size, count: shape.count)
        for axis in shape.indices.dropFirst() { strides[axis] = strides[axis - 1] * shape[axis - 1] }
        for position in 0..<bytes.count / size {
            let source = zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }
            for i in 0..<size { result[position * size + i] = bytes[source + i] }
            for axis in shape.indices.reversed() {
                index[axis] += 1
                if index[axis] < shape[axis] { break }
                index[axis] = 0
            }
        }
        return result
    }
}
