import CSaving

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Gives a file or folder another name that nobody has: of all who want it at once, one gets it.
///
/// File systems differ in what they can: the first way that one has is taken.
///
/// - Returns: 0, or −1 with `errno` set; `EEXIST` where the name is taken.
func move(_ path: String, to target: String) -> Int32 {
    if csv_rename_to_free_name(path, target) == 0 { return 0 }
    guard isMissing(errno) else { return -1 }
    if link(path, target) == 0 {
        unlink(path)
        return 0
    }
    guard isMissing(errno) || errno == EMLINK else { return -1 }
    // No links either: an empty file holds the place. Who reads it meanwhile finds nothing, and nobody else gets it.
    let place = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard place >= 0 else { return -1 }
    close(place)
    if rename(path, target) == 0 { return 0 }
    let reason = errno
    unlink(target)
    errno = reason
    return -1
}

/// Whether a system or file system says that it does not have this way.
private func isMissing(_ reason: Int32) -> Bool {
    [EINVAL, ENOSYS, ENOTSUP, EOPNOTSUPP, EPERM].contains(reason)
}
