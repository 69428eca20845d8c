import CHDF5

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An HDF5 file, open for reading.
///
/// Everything in it hangs below ``root``.
///
/// The file stays open until it and all groups and datasets from it are let go.
public struct File: ~Copyable, Sendable {
    /// The group `/`.
    public let root: Group
    private let handle: Handle

    /// Opens the file at `path`, read-only.
    public init(path: String, limits: Limits = Limits()) throws(HDF5Error) {
        let place = Place(file: path)
        let size = try sizeOfFile(at: place)
        if size > limits.maxFileBytes {
            throw HDF5Error(place, .limit(name: "maxFileBytes", limit: limits.maxFileBytes, found: "\(size) bytes"))
        }
        if try hdf5("open the file", at: place, { H5Fis_hdf5(path) }) == 0 { throw HDF5Error(place, .notHDF5) }
        let access = try Handle("open the file", at: place, closedBy: H5Pclose) { H5Pcreate(chdf5_file_access()) }
        let accessID = access.id
        try hdf5("open the file", at: place) { H5Pset_fapl_sec2(accessID) }
        let file = try Handle("open the file", at: place, closedBy: H5Fclose) {
            H5Fopen(path, chdf5_read_only(), accessID)
        }
        root = try Group(rootOf: file, at: place, limits: limits)
        handle = file
    }

    /// Opens the bytes of an HDF5 file, read-only.
    ///
    /// - Parameter name: what errors call it.
    public init(bytes: UnsafeRawBufferPointer, named name: String, limits: Limits = Limits()) throws(HDF5Error) {
        let place = Place(file: name)
        if bytes.count > limits.maxFileBytes {
            throw HDF5Error(
                place, .limit(name: "maxFileBytes", limit: limits.maxFileBytes, found: "\(bytes.count) bytes"))
        }
        let image = MemoryImage(copying: bytes)
        guard hasSignature(image.bytes) else { throw HDF5Error(place, .notHDF5) }
        let access = try Handle.inMemoryAccess(at: place)
        let accessID = access.id
        try image.attach(to: accessID, at: place)
        let file = try Handle("open the file", at: place, closedBy: H5Fclose) {
            H5Fopen(uniqueName(for: name), chdf5_read_only(), accessID)
        }
        root = try Group(rootOf: file, at: place, limits: limits)
        handle = file
    }

    /// Opens the bytes of an HDF5 file, read-only.
    public init(bytes: [UInt8], named name: String, limits: Limits = Limits()) throws(HDF5Error) {
        var opened: Result<File, HDF5Error>?
        bytes.withUnsafeBytes { bytes in
            opened = Result { () throws(HDF5Error) in try File(bytes: bytes, named: name, limits: limits) }
        }
        guard let file = opened.take() else { fatalError("withUnsafeBytes always calls its body") }
        self = try file.get()
    }
}

extension Group {
    /// Opens the group `/` of a file.
    init(rootOf file: borrowing Handle, at place: Place, limits: Limits) throws(HDF5Error) {
        var place = place
        place.object = "/"
        let id = file.id
        let root = try Handle("open the root group", at: place, closedBy: H5Gclose) { H5Gopen2(id, "/", 0) }
        self.init(root, at: place, limits: limits)
    }
}

extension Handle {
    /// How files that are only in memory are opened and created.
    static func inMemoryAccess(at place: Place) throws(HDF5Error) -> Handle {
        let access = try Handle("open the file", at: place, closedBy: H5Pclose) { H5Pcreate(chdf5_file_access()) }
        let id = access.id
        // Without a backing store: nothing of that name is touched on disk.
        try hdf5("open the file", at: place) { H5Pset_fapl_core(id, 1 << 20, false) }
        return access
    }
}

/// Whether HDF5's signature stands at the begin, or behind a block of the user's of 512, 1024, 2048 … bytes.
private func hasSignature(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    var offset = 0
    while offset + signature.count <= bytes.count {
        if bytes[offset..<offset + signature.count].elementsEqual(signature) { return true }
        offset = offset == 0 ? 512 : offset * 2
    }
    return false
}

/// The size of a regular file.
private func sizeOfFile(at place: Place) throws(HDF5Error) -> Int {
    if place.file.utf8.contains(0) { throw HDF5Error(place, .badName("it has a zero character")) }
    var status = stat()
    if stat(place.file, &status) != 0 {
        throw HDF5Error(place, .system(operation: "open the file", reason: systemReason()))
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw HDF5Error(place, .notAFile) }
    return Int(status.st_size)
}

/// What the last system call that failed says.
func systemReason(_ code: Int32 = errno) -> String {
    String(cString: strerror(code))
}
