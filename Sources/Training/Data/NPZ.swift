import CZip
import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// NumPy's format of several arrays: a zip archive of `.npy` files, stored or deflated.
public enum NPZ {
    /// Reads the arrays of a file, in its order, by their names without `.npy`.
    ///
    /// - Parameter names: the arrays to read; all of them where it is left out.
    /// - Throws: ``DataError`` where the file or one of these arrays is missing or not what it should be, and where these
    ///   arrays together have more bytes than ``DataLimits`` allow.
    public static func read(
        path: String, names: [String]? = nil
    ) throws(DataError) -> [(name: String, array: NumberArray)] {
        var budget = DataBudget()
        return try arrays(path, names, &budget) { array, _, _ in array }.map { (name: $0.name, array: $0.value) }
    }

    /// Reads the arrays of a file as float32, each as soon as it is unpacked; what they take together is limited, too.
    ///
    /// - Throws: ``DataError`` as ``read(path:names:)``.
    public static func tensors(
        path: String, names: [String]? = nil
    ) throws(DataError) -> [(name: String, tensor: Tensor)] {
        var budget = DataBudget()
        return try arrays(path, names, &budget) { (array, name, budget) throws(DataError) in
            try budget.charge(array.shape.elementCount, of: 4, for: "as float32, its arrays have", of: name)
            return array.tensor()
        }.map { (name: $0.name, tensor: $0.value) }
    }

    /// The names of the arrays of a file, in its order; none of them is unpacked.
    public static func names(path: String) throws(DataError) -> [String] { try Archive(path).arrays }

    private static func arrays<Value>(
        _ path: String, _ names: [String]?, _ budget: inout DataBudget,
        _ body: (NumberArray, _ name: String, inout DataBudget) throws(DataError) -> Value
    ) throws(DataError) -> [(name: String, value: Value)] {
        let archive = try Archive(path)
        let found = archive.arrays
        if let missing = names?.first(where: { !found.contains($0) }) {
            throw .malformed(
                file: path, problem: "expected an array \"\(missing)\", found \(found.joined(separator: ", "))")
        }
        let chosen = found.filter { names?.contains($0) ?? true }
        // What they declare, before any is unpacked; what they really have is counted as it comes.
        var declared = DataBudget()
        for name in chosen { try declared.charge(archive.size(of: name), for: "its arrays together have", of: path) }
        var arrays: [(name: String, value: Value)] = []
        for name in chosen {
            let array = try NPY.read(try archive.read(name, &budget), name: "\(path)@\(name)")
            arrays.append((name, try body(array, path, &budget)))
        }
        return arrays
    }

    /// Writes arrays, deflated if asked for, whole or not at all.
    public static func write(
        _ arrays: [(name: String, array: NumberArray)], path: String, compressed: Bool = false
    ) throws(DataError) {
        var status: Int32 = 0
        var failure = zip_error_t()
        zip_error_init(&failure)
        defer { zip_error_fini(&failure) }
        // Built in memory and written as one: an interrupted write leaves the old file whole.
        guard let source = zip_source_buffer_create(nil, 0, 0, &failure),
            let archive = zip_open_from_source(source, ZIP_TRUNCATE, &failure)
        else { throw .unwritable(file: path, reason: String(cString: zip_error_strerror(&failure))) }
        zip_source_keep(source)
        defer { zip_source_free(source) }
        let files = arrays.map { NPY.bytes(of: $0.array) }
        for ((name, _), bytes) in zip(arrays, files) {
            // The archive reads the bytes when it is closed, so it gets a copy that it frees itself.
            let copy = malloc(max(1, bytes.count))
            bytes.withUnsafeBytes {
                if let start = $0.baseAddress { copy?.copyMemory(from: start, byteCount: $0.count) }
            }
            let member = zip_source_buffer(archive, copy, zip_uint64_t(bytes.count), 1)
            let index = zip_file_add(archive, name + ".npy", member, zip_flags_t(ZIP_FL_ENC_UTF_8))
            guard index >= 0 else {
                zip_source_free(member)
                let reason = String(cString: zip_strerror(archive))
                zip_discard(archive)
                throw .unwritable(file: path, reason: "array \"\(name)\": \(reason)")
            }
            zip_set_file_compression(archive, zip_uint64_t(index), compressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0)
        }
        status = zip_close(archive)
        guard status == 0 else {
            let reason = String(cString: zip_strerror(archive))
            zip_discard(archive)
            throw .unwritable(file: path, reason: reason)
        }
        try writeBytes(try contents(of: source, path), to: path)
    }

    private static func contents(of source: OpaquePointer, _ path: String) throws(DataError) -> [UInt8] {
        var status = zip_stat_t()
        guard zip_source_stat(source, &status) == 0, zip_source_open(source) == 0 else {
            throw .unwritable(file: path, reason: "the archive cannot be read back")
        }
        defer { zip_source_close(source) }
        var bytes = [UInt8](repeating: 0, count: Int(status.size))
        let count = bytes.withUnsafeMutableBytes { zip_source_read(source, $0.baseAddress, zip_uint64_t($0.count)) }
        guard count == bytes.count else { throw .unwritable(file: path, reason: "the archive cannot be read back") }
        return bytes
    }
}

/// A zip archive that is being read; closed with its owner.
private struct Archive: ~Copyable {
    let path: String
    private let handle: OpaquePointer

    init(_ path: String) throws(DataError) {
        self.path = path
        var status = stat()
        if stat(path, &status) == 0 {
            var budget = DataBudget()
            try budget.charge(Int(status.st_size), for: "has", of: path)
        }
        var code: Int32 = 0
        guard let handle = zip_open(path, ZIP_RDONLY, &code) else {
            if code == ZIP_ER_NOENT { throw .missing(file: path) }
            var failure = zip_error_t()
            zip_error_init_with_code(&failure, code)
            defer { zip_error_fini(&failure) }
            throw .malformed(file: path, problem: "not a zip archive: \(String(cString: zip_error_strerror(&failure)))")
        }
        self.handle = handle
    }

    deinit { zip_discard(handle) }

    /// The names of the members that are arrays, without their ending.
    var arrays: [String] {
        (0..<max(0, zip_get_num_entries(handle, 0))).compactMap { index in
            let name = zip_get_name(handle, zip_uint64_t(index), 0).map { String(cString: $0) }
            return name.flatMap { $0.hasSuffix(".npy") ? String($0.dropLast(4)) : nil }
        }
    }

    /// The unpacked bytes of an array, as the archive declares them.
    func size(of array: String) -> Int {
        var status = zip_stat_t()
        zip_stat_init(&status)
        guard zip_stat(handle, array + ".npy", 0, &status) == 0, status.valid & UInt64(ZIP_STAT_SIZE) != 0 else {
            return 0
        }
        return Int(clamping: status.size)
    }

    /// The unpacked bytes of an array; memory grows with what really comes out.
    func read(_ array: String, _ budget: inout DataBudget) throws(DataError) -> [UInt8] {
        guard let file = zip_fopen(handle, array + ".npy", 0) else {
            throw .malformed(file: "\(path)@\(array)", problem: String(cString: zip_strerror(handle)))
        }
        defer { zip_fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(max(size(of: array), 1 << 12), 1 << 20))
        while true {
            let count = chunk.withUnsafeMutableBytes { zip_fread(file, $0.baseAddress, zip_uint64_t($0.count)) }
            guard count >= 0 else {
                let reason = String(cString: zip_file_strerror(file))
                throw .malformed(file: "\(path)@\(array)", problem: "damaged after \(bytes.count) bytes: \(reason)")
            }
            if count == 0 { return bytes }
            try budget.charge(Int(count), for: "its arrays together have", of: path)
            bytes += chunk[..<Int(count)]
        }
    }
}
