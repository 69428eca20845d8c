import HDF5
import Synchronization
import Tensors

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An HDF5 file that stays open as long as an array of it is known.
final class OpenFile: Sendable {
    let file: File
    /// The same file for plain reads, -1 where it is not on disk.
    private let descriptor: Int32
    private let byteCount: Int

    /// The file in memory, where tensors may be part of it.
    private let map: FileMemory?
    /// What this load may still read, from this file and from others that belong to it.
    let budget: ReadingBudget
    /// Arrays below this many bytes are read all the same.
    private let smallestPart: Int
    /// Where the tensors lie that are part of the file, in order: no two may share a byte, for each may be written.
    private let parts = Mutex<[Range<Int>]>([])

    /// - Parameters:
    ///   - budget: what the load may read.
    ///   - path: where the file is on disk; `nil` for one in memory.
    ///   - isMapped: whether large tensors may be part of the file.
    init(_ file: consuming File, _ budget: ReadingBudget, path: String? = nil, isMapped: Bool = false) {
        self.file = file
        self.budget = budget
        descriptor = path.map { open($0, O_RDONLY | O_CLOEXEC) } ?? -1
        var status = stat()
        byteCount = descriptor >= 0 && fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
        map = isMapped ? FileMemory(mapping: descriptor, count: byteCount) : nil
        smallestPart = 1 << 20
    }

    /// A file in memory of this process' own.
    init(_ file: consuming File, _ budget: ReadingBudget, in memory: FileMemory) {
        self.file = file
        self.budget = budget
        descriptor = -1
        byteCount = memory.bytes.count
        map = memory
        // The memory is there in any case; copies would come on top of it.
        smallestPart = 1 << 14
    }

    /// The numbers in these bytes as part of the file; `nil` where they have to be read.
    func part(_ bytes: Range<Int>, _ shape: Shape) -> Tensor? {
        guard let map, bytes.count >= smallestPart, take(bytes) else { return nil }
        return Tensor(shape, in: map, at: bytes.lowerBound)
    }

    /// Notes that a tensor lies here; false where one does already.
    private func take(_ bytes: Range<Int>) -> Bool {
        parts.withLock { parts in
            var (low, high) = (0, parts.count)
            while low < high {
                let middle = (low + high) / 2
                if parts[middle].upperBound <= bytes.lowerBound { low = middle + 1 } else { high = middle }
            }
            guard low == parts.count || parts[low].lowerBound >= bytes.upperBound else { return false }
            parts.insert(bytes, at: low)
            return true
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Whether these bytes can be read past libhdf5, which would let one thread in at a time.
    func holds(_ bytes: Range<Int>) -> Bool {
        (descriptor >= 0 || map != nil) && bytes.lowerBound >= 0 && bytes.upperBound <= byteCount
    }

    /// Reads bytes from the file into memory of this size, in pieces on all threads; false where the file ended early.
    func read(from offset: Int, into memory: UnsafeMutableRawBufferPointer, on pool: WorkerPool) -> Bool {
        if descriptor < 0, let map {
            memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: map.bytes[offset..<offset + memory.count]))
            return true
        }
        let piece = 4 << 20
        let pieces = (memory.count + piece - 1) / piece
        let failures = Atomic(0)
        nonisolated(unsafe) let memory = memory
        pool.run(pieces) { number in
            var rest = UnsafeMutableRawBufferPointer(
                rebasing: memory[number * piece..<min(memory.count, (number + 1) * piece)])
            var position = offset + number * piece
            while !rest.isEmpty {
                let got = pread(descriptor, rest.baseAddress, rest.count, off_t(position))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else {
                    failures.add(1, ordering: .relaxed)
                    return
                }
                position += got
                rest = UnsafeMutableRawBufferPointer(rebasing: rest[got...])
            }
        }
        return failures.load(ordering: .relaxed) == 0
    }
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
            try source.budget.charge(dataset, of: MemoryLayout<Float>.size)
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
            if let plain = plainBytes(of: dataset) {
                if let tensor = source.part(plain, shape) { return tensor }
                var isWhole = true
                let tensor = Tensor(unsafeUninitialized: shape) { elements in
                    isWhole = source.read(
                        from: plain.lowerBound, into: UnsafeMutableRawBufferPointer(elements), on: .shared)
                }
                if isWhole { return tensor }
            }
            let tensor = Tensor(unsafeUninitialized: shape) { elements in
                status = Result { () throws(HDF5Error) in try dataset.read(into: elements) }
            }
            try status.get()
            return tensor
        }
    }

    /// Where the values lie in the file as this machine's floats, without gaps; `nil` where they do not.
    private func plainBytes(of dataset: borrowing Dataset) -> Range<Int>? {
        guard datatype == .float(.binary32, .native), case .contiguous = dataset.layout,
            dataset.isWithinLimits, let offset = dataset.fileOffset,
            dataset.count > 0, dataset.storageSize == 4 * dataset.count
        else { return nil }
        let (end, overflow) = offset.addingReportingOverflow(dataset.storageSize)
        guard !overflow, offset <= end, source.holds(offset..<end) else { return nil }
        return offset..<end
    }

    /// How the values are stored, and where float32 cannot hold them, the values themselves.
    func kept() throws(KerasError) -> StoredValues {
        try kerasErrors { () throws(HDF5Error) in
            switch datatype {
            case .float(.binary64, _): return .float64(try read(as: Double.self))
            case .float(.binary16, _): return .float16
            case .float(.bfloat16, _), .opaque: return .bfloat16
            case .integer, .boolean:
                return .integers(try read(as: Int64.self), datatype.littleEndian)
            default: return .float32
            }
        }
    }

    /// The values as they are, counted like all that is read.
    func read<T: Element>(as type: T.Type) throws(HDF5Error) -> [T] {
        let dataset = try source.file.root.dataset(path)
        try source.budget.charge(dataset, of: MemoryLayout<T>.size)
        return try dataset.read(as: type)
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
