#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A folder by its descriptor: names are looked up in it, and through no symbolic link.
struct OpenFolder: ~Copyable {
    private let descriptor: Int32

    private init?(opened descriptor: Int32) {
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// The folder at a path, which may be a link: whoever started the program named it.
    static func at(_ path: String) -> OpenFolder? {
        OpenFolder(opened: open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    }

    /// The folder of this name, made where there is none; `nil` for a link and anything else.
    func folder(_ name: String) -> OpenFolder? {
        guard mkdirat(descriptor, name, 0o777) == 0 || errno == EEXIST else { return nil }
        return OpenFolder(opened: openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
    }

    /// Whether there is a file of this name; a link is none.
    func holdsFile(_ name: String) -> Bool {
        var status = stat()
        return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Writes a file beside its place and renames it, so that it is whole wherever it is.
    ///
    /// - Returns: whether that worked.
    func write(_ bytes: [UInt8], _ name: String) -> Bool {
        let temporary = ".\(name).saving-\(String(UInt32.random(in: 0...UInt32.max), radix: 16))"
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = openat(descriptor, temporary, flags, 0o666)
        guard file >= 0 else { return false }
        let isWritten = Self.write(bytes, to: file) && fsync(file) == 0
        close(file)
        if isWritten, renameat(descriptor, temporary, descriptor, name) == 0 { return true }
        unlinkat(descriptor, temporary, 0)
        return false
    }

    private static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { bytes in
                #if canImport(Darwin)
                    Darwin.write(file, bytes.baseAddress, bytes.count)
                #elseif canImport(Glibc)
                    Glibc.write(file, bytes.baseAddress, bytes.count)
                #else
                    Musl.write(file, bytes.baseAddress, bytes.count)
                #endif
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
