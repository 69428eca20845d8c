import HDF5
import Tensors

/// An HDF5 file that stays open as long as an array of it is known.
final class OpenFile: Sendable {
    let file: File

    init(_ file: consuming File) { self.file = file }
}

/// An array in an HDF5 file: what it is, and how to get its values.
struct StoredArray: Sendable {
    let source: OpenFile
    /// The path below the root, without a leading slash.
    let path: String
    let place: Place
    let shape: Shape
    let datatype: Datatype
    /// Whether two opaque bytes are the upper half of a float32.
    let isBFloat16: Bool

    /// Looks at the dataset at `path`.
    ///
    /// - Parameter isBFloat16: how to take two opaque bytes that do not say themselves what they are.
    init(_ path: String, in source: OpenFile, isBFloat16: Bool = false) throws(KerasError) {
        self.source = source
        self.path = path
        let dataset = try kerasErrors { () throws(HDF5Error) in try source.file.root.dataset(path) }
        place = dataset.place
        shape = Shape(dataset.shape)
        datatype = dataset.datatype
        if case .opaque(size: 2, _) = datatype {
            let name = try kerasErrors { () throws(HDF5Error) in
                try dataset.attributes.contains("dtype") ? dataset.attributes.string("dtype") : nil
            }
            self.isBFloat16 = name.map { $0 == "bfloat16" } ?? isBFloat16
        } else {
            self.isBFloat16 = false
        }
    }

    /// The values as float32, whatever the file has.
    func tensor() throws(KerasError) -> Tensor {
        try kerasErrors { () throws(HDF5Error) in
            let dataset = try source.file.root.dataset(path)
            if isBFloat16 {
                let bytes = try dataset.readBytes()
                return Tensor(unsafeUninitialized: shape) { elements in
                    for i in elements.indices {
                        let bits = UInt32(bytes[2 * i]) | UInt32(bytes[2 * i + 1]) << 8
                        elements[i] = Float(bitPattern: bits << 16)
                    }
                }
            }
            var status: Result<Void, HDF5Error> = .success(())
            let tensor = Tensor(unsafeUninitialized: shape) { elements in
                status = Result { () throws(HDF5Error) in try dataset.read(into: elements) }
            }
            try status.get()
            return tensor
        }
    }

    /// How the values are stored, and where float32 cannot hold them, the values themselves.
    func kept() throws(KerasError) -> StoredValues {
        try kerasErrors { () throws(HDF5Error) in
            switch datatype {
            case .float(.binary64, _):
                return .float64(try source.file.root.dataset(path).read(as: Double.self))
            case .float(.binary16, _): return .float16
            case .float(.bfloat16, _), .opaque: return .bfloat16
            case .integer, .boolean:
                return .integers(try source.file.root.dataset(path).read(as: Int64.self), datatype.littleEndian)
            default: return .float32
            }
        }
    }
}

/// How a weight was stored in the file it came from, so that it is stored the same way again.
public enum StoredValues: Hashable, Sendable {
    case float16, bfloat16, float32
    /// With the values, which float32 rounds.
    case float64([Double])
    /// With the values, which float32 may round, and the file's type.
    case integers([Int64], Datatype)
}

extension Datatype {
    /// The same type with the byte order in which all files are written.
    var littleEndian: Datatype {
        switch self {
        case .integer(let bytes, let signed, _): .integer(bytes: bytes, signed: signed)
        case .float(let format, _): .float(format)
        default: self
        }
    }
}
