#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writes a file so that at every moment `path` holds either the old content or all of the new one.
///
/// The bytes go to a temporary file in the same folder, which is synced to disk and renamed; then the folder is synced.
/// A symbolic link is followed. On failure, the temporary file is removed and the old file is as it was.
///
/// - Parameter replacing: whether a file that is there may be replaced.
public func writeAtomically(
    _ bytes: UnsafeRawBufferPointer, to path: String, replacing: Bool
) throws(HDF5Error) {
    let place = Place(file: path)
    let target = try Target(path, replacing: replacing, at: place)
    let temporary = try TemporaryFile(beside: target, at: place)
    try temporary.write(bytes, at: place)
    try temporary.takeThePlace(of: target, at: place)
}

/// The file to be written: its folder and its name there.
private struct Target {
    let folder: String
    let name: String
    /// The permissions of the file that is there, nil if there is none.
    let mode: mode_t?

    var path: String { folder + "/" + name }

    init(_ path: String, replacing: Bool, at place: Place) throws(HDF5Error) {
        var path = path
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else { throw HDF5Error(place, .notAFile) }
            if !replacing { throw HDF5Error(place, .fileExists) }
            mode = status.st_mode & 0o7777
            if let real = realpath(path, nil) {
                path = String(cString: real)
                free(real)
            }
        } else {
            mode = nil
        }
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
        folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        if name.isEmpty || name.utf8.contains(0) || folder.utf8.contains(0) {
            throw HDF5Error(place, .badName("a file must have a name, without a zero character"))
        }
    }
}

/// A new file with a name of its own, removed unless it takes another's place.
private struct TemporaryFile: ~Copyable {
    private let descriptor: Int32
    private let path: String

    init(beside target: Target, at place: Place) throws(HDF5Error) {
        var template = Array((target.folder + "/." + target.name + ".saving-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw HDF5Error(
                place, .system(operation: "make a temporary file in \(target.folder)", reason: systemReason()))
        }
        self.descriptor = descriptor
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        // mkstemp makes files that only their owner reads.
        let mask = umask(0)
        umask(mask)
        fchmod(descriptor, target.mode ?? (0o666 & ~mask))
    }

    deinit {
        unlink(path)
        close(descriptor)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at place: Place) throws(HDF5Error) {
        var rest = bytes
        while !rest.isEmpty {
            #if canImport(Darwin)
                let count = Darwin.write(descriptor, rest.baseAddress, min(rest.count, 1 << 30))
            #elseif canImport(Glibc)
                let count = Glibc.write(descriptor, rest.baseAddress, min(rest.count, 1 << 30))
            #else
                let count = Musl.write(descriptor, rest.baseAddress, min(rest.count, 1 << 30))
            #endif
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw HDF5Error(place, .system(operation: "write the file", reason: systemReason()))
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    func takeThePlace(of target: Target, at place: Place) throws(HDF5Error) {
        guard fsync(descriptor) == 0, rename(path, target.path) == 0 else {
            throw HDF5Error(place, .system(operation: "write the file", reason: systemReason()))
        }
        // The new name is on disk when its folder is. Some file systems have no syncing of folders: nothing is lost.
        let folder = open(target.folder, O_RDONLY)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }
}
