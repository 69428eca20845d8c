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
    ///
    /// - Parameter check: what is done before libhdf5 sees the file.
    public init(path: String, limits: Limits = Limits(), check: Check = .structure) throws(HDF5Error) {
        let place = Place(file: path)
        let source = try FileSource(place)
        try File.check(source, at: place, limits: limits, check)
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
    /// - Parameters:
    ///   - name: what errors call it.
    ///   - check: what is done before libhdf5 sees the file.
    public init(
        bytes: UnsafeRawBufferPointer, named name: String, limits: Limits = Limits(), check: Check = .structure
    ) throws(HDF5Error) {
        if bytes.isEmpty { throw HDF5Error(Place(file: name), .notHDF5) }
        try self.init(MemoryImage(copying: bytes), named: name, limits: limits, check: check)
    }

    /// Opens the bytes of an HDF5 file, read-only and where they are.
    ///
    /// - Parameters:
    ///   - owner: as long as it lives, which this file sees to, the bytes stay in place.
    ///   - name: what errors call it.
    ///   - check: what is done before libhdf5 sees the file.
    public init(
        bytes: UnsafeRawBufferPointer, of owner: AnyObject & Sendable, named name: String, limits: Limits = Limits(),
        check: Check = .structure
    ) throws(HDF5Error) {
        if bytes.isEmpty { throw HDF5Error(Place(file: name), .notHDF5) }
        try self.init(MemoryImage(bytes, of: owner), named: name, limits: limits, check: check)
    }

    private init(_ image: MemoryImage, named name: String, limits: Limits, check: Check) throws(HDF5Error) {
        let place = Place(file: name)
        try File.check(MemorySource(bytes: image.bytes), at: place, limits: limits, check)
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
    public init(
        bytes: [UInt8], named name: String, limits: Limits = Limits(), check: Check = .structure
    ) throws(HDF5Error) {
        var opened: Result<File, HDF5Error>?
        bytes.withUnsafeBytes { bytes in
            opened = Result { () throws(HDF5Error) in
                try File(bytes: bytes, named: name, limits: limits, check: check)
            }
        }
        guard let file = opened.take() else { fatalError("withUnsafeBytes always calls its body") }
        self = try file.get()
    }

    private static func check(
        _ source: any ByteSource, at place: Place, limits: Limits, _ check: Check
    ) throws(HDF5Error) {
        if source.count > limits.maxFileBytes {
            let found = "\(source.count) bytes"
            throw HDF5Error(place, .limit(name: "maxFileBytes", limit: limits.maxFileBytes, found: found))
        }
        switch check {
        case .structure: try Preflight.check(source, at: place, limits: limits)
        case .none: try Preflight.checkSignature(source, at: place, limits: limits)
        }
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

/// What the last system call that failed says.
func systemReason(_ code: Int32 = errno) -> String {
    String(cString: strerror(code))
}
