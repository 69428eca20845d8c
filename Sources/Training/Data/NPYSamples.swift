import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A `.npy` file whose samples are read as they are asked for, so that memory follows the batch and not the file.
///
/// Fortran's order and big-endian numbers are read at once, as ``NPY/read(path:)`` does.
public final class NPYSamples: Sendable {
    /// The samples along the first axis.
    public let shape: Shape
    private let type: NumberType
    private let start: Int
    private let descriptor: Int32
    private let whole: Tensor?

    /// Opens a file and checks its header and its length.
    ///
    /// - Throws: ``DataError`` as ``NPY/read(path:)``, and where it is larger than ``DataLimits`` allow.
    public init(path: String) throws(DataError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw errno == ENOENT ? .missing(file: path) : .unreadable(file: path, reason: lastReason())
        }
        var status = stat()
        do throws(DataError) {
            var budget = DataBudget()
            if fstat(descriptor, &status) == 0 { try budget.charge(Int(status.st_size), for: "has", of: path) }
        } catch {
            close(descriptor)
            throw error
        }
        var head = [UInt8](repeating: 0, count: 65_536)
        let count = pread(descriptor, &head, head.count, 0)
        let found = NPY.layout(of: Array(head.prefix(max(0, count))), name: path)
        if let (header, start) = found, !header.isBigEndian, !header.isFortranOrder, header.shape.count > 0,
            Int(status.st_size) == start + header.count * header.type.size
        {
            (shape, type, self.start, self.descriptor) = (header.shape, header.type, start, descriptor)
            whole = nil
            return
        }
        close(descriptor)
        // What is unusual or wrong is read whole, or refused with a sentence.
        let array = try NPY.read(path: path)
        var budget = DataBudget()
        try budget.charge(array.shape.elementCount, of: 4, for: "as float32, it has", of: path)
        let tensor = array.tensor()
        (shape, type, start, self.descriptor, whole) = (tensor.shape, .float32, 0, -1, tensor)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// The samples of a range; NaN where the file has been cut off since it was opened.
    public func samples(_ range: Range<Int>) -> Tensor {
        if let whole { return whole.samples(range) }
        let shape = shape.withBatch(range.count)
        if type == .float32 {
            // As they are, into their place: a batch takes no memory besides its own.
            return Tensor(unsafeUninitialized: shape) { numbers in
                if !read(range, into: UnsafeMutableRawBufferPointer(numbers)) { numbers.update(repeating: .nan) }
            }
        }
        var bytes = [UInt8](repeating: 0, count: shape.elementCount * type.size)
        guard bytes.withUnsafeMutableBytes({ read(range, into: $0) }) else { return Tensor(shape, repeating: .nan) }
        return NumberArray(type, shape, bytes: bytes).tensor()
    }

    /// Fills memory with the bytes of some samples, if the file has them all.
    private func read(_ range: Range<Int>, into memory: UnsafeMutableRawBufferPointer) -> Bool {
        let first = start + range.lowerBound * shape.sample.elementCount * type.size
        var done = 0
        while done < memory.count {
            let got = pread(
                descriptor, memory.baseAddress.map { $0 + done }, memory.count - done, off_t(first + done))
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { return false }
            done += got
        }
        return true
    }
}

extension NPY {
    /// The header and where the numbers begin; `nil` where that cannot be said from these bytes alone.
    static func layout(of bytes: [UInt8], name: String) -> (header: Header, start: Int)? {
        guard bytes.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]), bytes.count >= 12, (1...3).contains(bytes[6])
        else { return nil }
        let lengthSize = bytes[6] == 1 ? 2 : 4
        let length = bytes[8..<(8 + lengthSize)].reversed().reduce(0) { $0 << 8 | Int($1) }
        let start = 8 + lengthSize + length
        guard start <= bytes.count,
            let header = try? Header(String(decoding: bytes[(8 + lengthSize)..<start], as: UTF8.self), name)
        else { return nil }
        return (header, start)
    }
}
