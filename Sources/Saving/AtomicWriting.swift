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
/// A symbolic link is followed, and is an error where it leads to no file. On failure, the temporary file is removed and
/// the old file is as it was.
///
/// - Parameter replacing: whether a file that is there may be replaced. Without it, one of all who write at once wins,
///   and the others get ``SavingError/exists``.
public func writeAtomically(
    _ bytes: UnsafeRawBufferPointer, to path: String, replacing: Bool
) throws(SavingError) {
    let target = try Target(path, replacing: replacing)
    let temporary = try TemporaryFile(beside: target)
    try temporary.write(bytes)
    try temporary.takeThePlace(of: target, replacing: replacing)
}

/// Why a symbolic link cannot be written through; `nil` for one that leads to something, and for what is no link.
public func faultOfLink(_ path: String) -> SavingError? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, stat(path, &status) != 0 else { return nil }
    let reason = errno == ENOENT ? "it leads to no file" : String(cString: strerror(errno))
    return .system(operation: "follow the symbolic link", reason: reason)
}

/// The file to be written: its folder and its name there.
private struct Target {
    let folder: String
    let name: String
    /// The permissions of the file that is there, nil if there is none.
    let mode: mode_t?

    var path: String { folder + "/" + name }

    init(_ path: String, replacing: Bool) throws(SavingError) {
        var path = path
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else { throw SavingError.notAFile }
            if !replacing { throw SavingError.exists }
            mode = status.st_mode & 0o7777
            if let real = realpath(path, nil) {
                path = String(cString: real)
                free(real)
            }
        } else {
            // Its own name must not be taken by a file: a link is followed.
            if let fault = faultOfLink(path) { throw fault }
            mode = nil
        }
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
        folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        if name.isEmpty || name.utf8.contains(0) || folder.utf8.contains(0) {
            throw SavingError.badName("a file must have a name, without a zero character")
        }
    }
}

/// A new file with a name of its own, removed unless it takes another's place.
///
/// A process that is killed leaves its temporary file behind, which the next one to write the same file removes. Whoever
/// writes one holds its lock, and the system lets go of locks when a process ends, so none in use is removed.
private struct TemporaryFile: ~Copyable {
    private let descriptor: Int32
    private let path: String

    init(beside target: Target) throws(SavingError) {
        // The name is cut so that the whole stays below the 255 bytes that most file systems have.
        let prefix = "." + String(decoding: target.name.utf8.prefix(200), as: UTF8.self) + ".saving-"
        TemporaryFile.removeAbandoned(prefix: prefix, in: target.folder)
        for attempt in 1... {
            let path = target.folder + "/" + prefix + String(UInt32.random(in: 0..<1 << 24) | 1 << 24, radix: 16)
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor < 0, errno == EEXIST { continue }
            guard descriptor >= 0 else {
                let operation = "make a temporary file in \(target.folder)"
                throw SavingError.system(operation: operation, reason: String(cString: strerror(errno)))
            }
            var status = stat()
            // Another process may have taken it for abandoned before it was locked, and holds its lock or has removed it.
            // Who locks every new file in a folder that all may write must not stop us: then it is written without.
            let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
            if !isLocked && attempt < 10 || fstat(descriptor, &status) == 0 && status.st_nlink == 0 {
                unlink(path)
                close(descriptor)
                continue
            }
            if let mode = target.mode { fchmod(descriptor, mode) }
            self.descriptor = descriptor
            self.path = path
            return
        }
        preconditionFailure("counting has no end")
    }

    private static func removeAbandoned(prefix: String, in folder: String) {
        guard let listing = opendir(folder) else { return }
        defer { closedir(listing) }
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasPrefix(prefix), name.utf8.count == prefix.utf8.count + 7 else { continue }
            let path = folder + "/" + name
            // In a shared folder anybody can put something else under such a name: no waiting for the other end of a
            // FIFO, and nothing but files is opened or removed.
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
            if descriptor < 0 { continue }
            defer { close(descriptor) }
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
        }
    }

    deinit {
        unlink(path)
        close(descriptor)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SavingError) {
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
                throw SavingError.system(operation: "write the file", reason: String(cString: strerror(errno)))
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    func takeThePlace(of target: Target, replacing: Bool) throws(SavingError) {
        guard fsync(descriptor) == 0, (replacing ? rename(path, target.path) : move(path, to: target.path)) == 0 else {
            if !replacing, errno == EEXIST { throw SavingError.exists }
            throw SavingError.system(operation: "write the file", reason: String(cString: strerror(errno)))
        }
        // The new name is on disk when its folder is. Some file systems have no syncing of folders: nothing is lost.
        let folder = open(target.folder, O_RDONLY)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }
}
