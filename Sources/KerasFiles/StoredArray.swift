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

extension StoredValues {
    /// The type that a layer of this dtype policy stores its weights in.
    init(policy: String) {
        switch policy {
        case "float16": self = .float16
        case "bfloat16": self = .bfloat16
        case "float64": self = .float64([])
        default: self = .float32
        }
    }

    /// Writes a tensor in this type: with the very values it was read with, as far as they have not changed since.
    ///
    /// - Parameter allowsBFloat16: false where Keras could not read such a dataset again; it then becomes float32.
    func write(
        _ tensor: Tensor, to group: borrowing HDF5.Group, at path: String, allowsBFloat16: Bool
    ) throws(HDF5Error) {
        let shape = tensor.shape.extents
        switch self {
        case .float64(let values):
            var doubles = tensor.elements.map { Double($0) }
            if values.count == doubles.count {
                for i in doubles.indices where Float(values[i]) == Float(doubles[i]) { doubles[i] = values[i] }
            }
            try group.createDataset(path, shape: shape, values: doubles)
        case .integers(let values, let datatype):
            var whole = tensor.elements.map { Int64(exactly: $0.rounded()) ?? 0 }
            if values.count == whole.count {
                for i in whole.indices where Float(values[i]) == tensor[i] { whole[i] = values[i] }
            }
            try group.createDataset(path, shape: shape, values: whole, datatype: datatype)
        case .bfloat16 where allowsBFloat16:
            let dataset = try group.createDataset(path, shape: shape, datatype: .opaque(size: 2, tag: ""))
            var bytes: [UInt8] = []
            bytes.reserveCapacity(2 * tensor.count)
            for value in tensor.elements {
                let bits = Self.upperHalf(of: value)
                bytes += [UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8)]
            }
            var status: Result<Void, HDF5Error> = .success(())
            bytes.withUnsafeBytes { bytes in
                status = Result { () throws(HDF5Error) in try dataset.writeBytes(bytes) }
            }
            try status.get()
            try dataset.attributes.write("dtype", string: "bfloat16", as: .variable(.utf8))
        case .float16, .float32, .bfloat16:
            let datatype: Datatype = self == .float16 ? .float16 : .float32
            let dataset = try group.createDataset(path, shape: shape, datatype: datatype)
            try tensor.withElements { (elements) throws(HDF5Error) in try dataset.write(elements) }
        }
    }

    /// The bfloat16 nearest to a float32, ties to even, as TensorFlow rounds.
    private static func upperHalf(of value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(bits >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
    }
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
