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
    /// - Throws: ``DataError`` where the file or one of these arrays is missing or not what it should be.
    public static func read(
        path: String, names: [String]? = nil
    ) throws(DataError) -> [(name: String, array: NumberArray)] {
        let archive = try Archive(path)
        let found = archive.names.filter { $0.hasSuffix(".npy") }.map { String($0.dropLast(4)) }
        if let missing = names?.first(where: { !found.contains($0) }) {
            throw .malformed(
                file: path, problem: "expected an array \"\(missing)\", found \(found.joined(separator: ", "))")
        }
        var arrays: [(name: String, array: NumberArray)] = []
        for name in found where names?.contains(name) ?? true {
            let bytes = try archive.read(name + ".npy", limit: DataLimits.current.bytes)
            arrays.append((name, try NPY.read(bytes, name: "\(path)@\(name)")))
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

    var names: [String] {
        (0..<max(0, zip_get_num_entries(handle, 0))).compactMap { index in
            zip_get_name(handle, zip_uint64_t(index), 0).map { String(cString: $0) }
        }
    }

    /// The unpacked bytes of a member; memory grows with what really comes out.
    func read(_ name: String, limit: Int) throws(DataError) -> [UInt8] {
        guard let file = zip_fopen(handle, name, 0) else {
            throw .malformed(file: "\(path)@\(name)", problem: String(cString: zip_strerror(handle)))
        }
        defer { zip_fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = chunk.withUnsafeMutableBytes { zip_fread(file, $0.baseAddress, zip_uint64_t($0.count)) }
            guard count >= 0 else {
                let reason = String(cString: zip_file_strerror(file))
                throw .malformed(file: "\(path)@\(name)", problem: "damaged after \(bytes.count) bytes: \(reason)")
            }
            if count == 0 { return bytes }
            bytes += chunk[..<Int(count)]
            guard bytes.count <= limit else {
                throw .malformed(file: "\(path)@\(name)", problem: "has more bytes than the limit of \(limit) for data")
            }
        }
    }
}
