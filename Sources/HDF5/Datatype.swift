/// The type of the values in a dataset or attribute, as the file has it.
public enum Datatype: Hashable, Sendable {
    case integer(bytes: Int, signed: Bool, ByteOrder = .little)
    case float(FloatFormat, ByteOrder = .little)
    /// An enumeration of `FALSE` = 0 and `TRUE` = 1 in a signed byte, as h5py writes NumPy's `bool`.
    case boolean
    case string(StringType)
    /// Bytes without meaning to HDF5.
    case opaque(size: Int, tag: String)
    /// A type that can be seen but not read: its class or what is odd about it.
    case unsupported(String, size: Int)

    public static let float16 = Datatype.float(.binary16)
    public static let float32 = Datatype.float(.binary32)
    public static let float64 = Datatype.float(.binary64)
    public static let int8 = Datatype.integer(bytes: 1, signed: true)
    public static let int16 = Datatype.integer(bytes: 2, signed: true)
    public static let int32 = Datatype.integer(bytes: 4, signed: true)
    public static let int64 = Datatype.integer(bytes: 8, signed: true)
    public static let uint8 = Datatype.integer(bytes: 1, signed: false)
    public static let uint16 = Datatype.integer(bytes: 2, signed: false)
    public static let uint32 = Datatype.integer(bytes: 4, signed: false)
    public static let uint64 = Datatype.integer(bytes: 8, signed: false)

    /// The bytes of one value in the file; for strings of variable length, those of the reference to it.
    public var size: Int {
        switch self {
        case .integer(let bytes, _, _): bytes
        case .float(let format, _): format.size
        case .boolean: 1
        case .string(.fixed(let size, _, _)): size
        case .string(.variable): 16
        case .opaque(let size, _): size
        case .unsupported(_, let size): size
        }
    }
}

/// Which byte of a number comes first.
public enum ByteOrder: String, Hashable, Sendable {
    case little, big

    /// The order of this machine.
    public static var native: ByteOrder { 1.littleEndian == 1 ? .little : .big }
}

/// The binary floating-point formats that files hold.
public enum FloatFormat: String, Hashable, Sendable {
    case binary16 = "float16"
    case bfloat16
    case binary32 = "float32"
    case binary64 = "float64"

    public var size: Int {
        switch self {
        case .binary16, .bfloat16: 2
        case .binary32: 4
        case .binary64: 8
        }
    }
}

/// How a string is stored.
public enum StringType: Hashable, Sendable {
    /// As many bytes as the text has, kept in the file's global heap.
    case variable(CharacterSet)
    /// The same number of bytes for each string, filled up with `padding`.
    case fixed(size: Int, Padding = .null, CharacterSet = .ascii)

    /// The declared encoding.
    ///
    /// ASCII is a subset of UTF-8, and many files hold UTF-8 under the name of ASCII.
    public enum CharacterSet: String, Hashable, Sendable {
        case ascii = "ASCII"
        case utf8 = "UTF-8"
    }

    /// What follows a text that is shorter than its room.
    public enum Padding: String, Hashable, Sendable {
        /// Zeros, if there is room: NumPy's way.
        case null
        /// One zero at least: C's way.
        case terminator
        /// Spaces: Fortran's way.
        case space
    }
}

extension Datatype: CustomStringConvertible {
    public var description: String {
        switch self {
        case .integer(let bytes, let signed, let order): (signed ? "int" : "uint") + "\(bytes * 8)" + suffix(order)
        case .float(let format, let order): format.rawValue + suffix(order)
        case .boolean: "boolean"
        case .string(.variable(let set)): "variable-length \(set.rawValue) string"
        case .string(.fixed(let size, let padding, let set)): "\(size)-byte \(set.rawValue) string (\(padding) padded)"
        case .opaque(let size, let tag): "opaque(\(size)" + (tag.isEmpty ? ")" : ", \"\(tag)\")")
        case .unsupported(let what, _): what
        }
    }

    private func suffix(_ order: ByteOrder) -> String { order == .big ? " (big-endian)" : "" }
}
