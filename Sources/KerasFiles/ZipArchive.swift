import CZip
import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An open zip archive whose members are read whole, within limits and only by names that were asked for.
///
/// It refuses what no Keras writer makes: encrypted members, methods other than stored and deflated, two members of one
/// name, names that lead out of a folder, symbolic links, more members than ``Limits/members``. Nothing is ever unpacked
/// to disk.
package struct ZipArchive: ~Copyable {
    /// How much of an archive from outside is taken.
    package struct Limits: Sendable, Hashable {
        package var members: Int
        /// The bytes of a member, and of all members together.
        package var memberBytes: Int
        /// How many times larger than its compressed form a member may be.
        package var ratio: Int

        package init(members: Int = 4096, memberBytes: Int = 4 << 30, ratio: Int = 100) {
            self.members = members
            self.memberBytes = memberBytes
            self.ratio = ratio
        }
    }

    package struct Member {
        package var index: UInt64
        package var bytes: Int
    }

    /// What is wrong with an archive: a reason, and the member where there is one.
    package struct Fault: Error {
        package var member: String?
        package var reason: String
    }

    package let members: [String: Member]
    /// The members' names in the archive's order.
    package let names: [String]
    private let archive: OpaquePointer

    /// Opens an archive file and checks its table of contents.
    package init(path: String, limits: Limits = Limits()) throws(Fault) {
        var code: Int32 = 0
        guard let archive = zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, &code) else {
            var error = zip_error_t()
            zip_error_init_with_code(&error, code)
            defer { zip_error_fini(&error) }
            throw Fault(reason: String(cString: zip_error_strerror(&error)))
        }
        try self.init(archive, limits)
    }

    /// Opens an archive in memory and checks its table of contents.
    ///
    /// - Parameter bytes: read in place, so they must stay as long as the archive.
    package init(bytes: UnsafeRawBufferPointer, limits: Limits = Limits()) throws(Fault) {
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        guard let source = zip_source_buffer_create(bytes.baseAddress, UInt64(bytes.count), 0, &error) else {
            throw Fault(reason: String(cString: zip_error_strerror(&error)))
        }
        guard let archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) else {
            zip_source_free(source)
            throw Fault(reason: String(cString: zip_error_strerror(&error)))
        }
        try self.init(archive, limits)
    }

    private init(_ archive: OpaquePointer, _ limits: Limits) throws(Fault) {
        do {
            (names, members) = try Self.contents(of: archive, limits)
        } catch {
            zip_discard(archive)
            throw error
        }
        self.archive = archive
    }

    deinit { zip_discard(archive) }

    private static func contents(
        of archive: OpaquePointer, _ limits: Limits
    ) throws(Fault) -> ([String], [String: Member]) {
        let count = zip_get_num_entries(archive, 0)
        guard count <= limits.members else {
            throw Fault(reason: "it has \(count) members, more than the limit of \(limits.members)")
        }
        var names: [String] = []
        var members: [String: Member] = [:]
        var total = 0
        for index in 0..<UInt64(max(0, count)) {
            var stat = zip_stat_t()
            guard zip_stat_index(archive, index, 0, &stat) == 0, let cName = stat.name else {
                throw Fault(reason: "its table of contents cannot be read")
            }
            let name = String(cString: cName)
            let needed = zip_uint64_t(
                ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD)
            guard stat.valid & needed == needed else { throw Fault(member: name, reason: "its sizes are not stated") }
            guard stat.encryption_method == ZIP_EM_NONE else { throw Fault(member: name, reason: "it is encrypted") }
            guard [ZIP_CM_STORE, ZIP_CM_DEFLATE].contains(Int32(stat.comp_method)) else {
                throw Fault(member: name, reason: "its compression method \(stat.comp_method) is not supported")
            }
            guard stat.size <= limits.memberBytes else {
                throw Fault(
                    member: name, reason: "it declares \(stat.size) bytes, more than the limit of \(limits.memberBytes)"
                )
            }
            let (sum, overflow) = total.addingReportingOverflow(Int(stat.size))
            guard !overflow, sum <= limits.memberBytes else {
                throw Fault(
                    member: name,
                    reason: "it declares \(stat.size) bytes, and with those before it all members have more than the "
                        + "limit of \(limits.memberBytes)")
            }
            total = sum
            guard stat.size <= 1 << 20 || stat.size / UInt64(limits.ratio) <= stat.comp_size else {
                throw Fault(
                    member: name,
                    reason: "it declares \(stat.size) bytes, more than \(limits.ratio) times its compressed size")
            }
            guard KerasFile.isSafeName(name.hasSuffix("/") ? String(name.dropLast()) : name), !name.contains("\\")
            else {
                throw Fault(member: name, reason: "its name leads out of the archive")
            }
            guard !isSymbolicLink(index, in: archive) else {
                throw Fault(member: name, reason: "it is a symbolic link")
            }
            guard members[name] == nil else { throw Fault(member: name, reason: "it stands twice in the archive") }
            names.append(name)
            members[name] = Member(index: index, bytes: Int(stat.size))
        }
        return (names, members)
    }

    /// Whether a member was packed on Unix as a link to another file.
    private static func isSymbolicLink(_ index: UInt64, in archive: OpaquePointer) -> Bool {
        var system: UInt8 = 0
        var attributes: UInt32 = 0
        guard zip_file_get_external_attributes(archive, index, 0, &system, &attributes) == 0 else { return false }
        // The upper half is what `stat` says of the file.
        return system == UInt8(ZIP_OPSYS_UNIX) && attributes >> 28 == 0xA
    }

    /// The content of a member, checked against its stated size and checksum; `nil` where there is none of this name.
    package func read(_ name: String) throws(Fault) -> [UInt8]? {
        guard let member = members[name] else { return nil }
        var outcome: Result<Void, Fault> = .success(())
        let bytes = [UInt8](unsafeUninitializedCapacity: member.bytes) { buffer, count in
            let room = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<member.bytes]))
            outcome = Result { () throws(Fault) in try read(name, member, into: room) }
            if case .success = outcome { count = member.bytes }
        }
        try outcome.get()
        return bytes
    }

    /// The content of a member in memory that tensors may be parts of, checked likewise; `nil` also where it is empty.
    package func memory(_ name: String) throws(Fault) -> FileMemory? {
        guard let member = members[name], member.bytes > 0 else { return nil }
        guard let memory = FileMemory(count: member.bytes) else {
            throw Fault(member: name, reason: "there is no room for its \(member.bytes) bytes")
        }
        try read(name, member, into: memory.bytes)
        return memory
    }

    /// Reads a member into room of its stated size.
    private func read(_ name: String, _ member: Member, into room: UnsafeMutableRawBufferPointer) throws(Fault) {
        guard let file = zip_fopen_index(archive, member.index, 0) else {
            throw Fault(member: name, reason: String(cString: zip_strerror(archive)))
        }
        defer { zip_fclose(file) }
        var count = 0
        while count < room.count {
            let got = zip_fread(file, room.baseAddress.map { $0 + count }, UInt64(room.count - count))
            guard got > 0 else { break }
            count += Int(got)
        }
        // libzip compares the checksum when it meets the end, so one more byte is asked for.
        var beyond: UInt8 = 0
        if zip_fread(file, &beyond, 1) < 0 {
            throw Fault(member: name, reason: String(cString: zip_file_strerror(file)))
        }
        guard count == room.count else {
            throw Fault(member: name, reason: "it ends after \(count) of \(room.count) bytes")
        }
    }

    // MARK: Writing

    /// Writes an archive of these members, in this order, as Keras does: stored, dated 1980-01-01.
    ///
    /// The same members give the same bytes.
    ///
    /// - Parameter path: replaced if it exists.
    package static func write(_ members: [(name: String, bytes: [UInt8])], to path: String) throws(Fault) {
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        guard let source = zip_source_file_create(path, 0, -1, &error) else {
            throw Fault(reason: String(cString: zip_error_strerror(&error)))
        }
        try write(members, into: source)
    }

    /// The bytes of an archive of these members.
    package static func bytes(of members: [(name: String, bytes: [UInt8])]) throws(Fault) -> [UInt8] {
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        guard let source = zip_source_buffer_create(nil, 0, 0, &error) else {
            throw Fault(reason: String(cString: zip_error_strerror(&error)))
        }
        zip_source_keep(source)
        defer { zip_source_free(source) }
        try write(members, into: source)
        var stat = zip_stat_t()
        guard zip_source_stat(source, &stat) == 0, zip_source_open(source) == 0 else {
            throw Fault(reason: "the archive cannot be read back")
        }
        defer { zip_source_close(source) }
        return [UInt8](unsafeUninitializedCapacity: Int(stat.size)) { buffer, count in
            while count < buffer.count {
                let got = zip_source_read(source, buffer.baseAddress.map { $0 + count }, UInt64(buffer.count - count))
                guard got > 0 else { break }
                count += Int(got)
            }
        }
    }

    /// Takes over `source`.
    private static func write(_ members: [(name: String, bytes: [UInt8])], into source: OpaquePointer) throws(Fault) {
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        guard let archive = zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &error) else {
            zip_source_free(source)
            throw Fault(reason: String(cString: zip_error_strerror(&error)))
        }
        // libzip reads the members when it closes, so all of them have to stay in place until then.
        try add(members[...], to: archive)
    }

    private static func add(
        _ members: ArraySlice<(name: String, bytes: [UInt8])>, to archive: OpaquePointer
    ) throws(Fault) {
        guard let (name, bytes) = members.first else {
            guard zip_close(archive) == 0 else {
                let reason = String(cString: zip_strerror(archive))
                zip_discard(archive)
                throw Fault(reason: reason)
            }
            return
        }
        let outcome = bytes.withUnsafeBytes { content -> Result<Void, Fault> in
            guard let source = zip_source_buffer(archive, content.baseAddress, UInt64(content.count), 0) else {
                return discard(archive, name)
            }
            let index = zip_file_add(archive, name, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
            guard index >= 0 else {
                zip_source_free(source)
                return discard(archive, name)
            }
            let date: UInt16 = 1 << 5 | 1  // 1980-01-01 in DOS' calendar
            guard zip_set_file_compression(archive, UInt64(index), ZIP_CM_STORE, 0) == 0,
                zip_file_set_dostime(archive, UInt64(index), 0, date, 0) == 0
            else { return discard(archive, name) }
            return Result { () throws(Fault) in try add(members.dropFirst(), to: archive) }
        }
        try outcome.get()
    }

    private static func discard(_ archive: OpaquePointer, _ member: String) -> Result<Void, Fault> {
        let reason = String(cString: zip_strerror(archive))
        zip_discard(archive)
        return .failure(Fault(member: member, reason: reason))
    }
}
