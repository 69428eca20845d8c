/// What the first bytes of a file say of the rest.
///
///     0, 1: signature 8, version, versions of parts 4, sizes of addresses and lengths 2, 0, K of groups 2 + 2, flags 4,
///           (1: K of chunks 2, 0 2), base 8, free space 8, end 8, driver 8, the root's symbol table entry 40
///     2, 3: signature 8, version, sizes 2, flags, base 8, extension 8, end 8, root 8, checksum 4
struct Superblock {
    /// Where address 0 is in the file.
    var base = 0
    /// The first address behind the file.
    var end = 0
    var root = 0
    var rootCache: GroupCache?
    /// Half the most symbols in a leaf, and half the most children in a node of a group's, or a dataset's, B-tree.
    var groupLeafK = 4
    var groupNodeK = 16
    var chunkNodeK = 32
}

/// The B-tree and heap of a group as its symbol table entry repeats them.
struct GroupCache: Equatable {
    var tree: Int
    var heap: Int
}

extension Preflight {
    private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    mutating func readSuperblock() throws(Problem) {
        superblock.base = try findSignature()
        superblock.end = fileSize - superblock.base
        var head = try peek("the superblock", at: 8, size: min(92, superblock.end - 8))
        let version = try head.u8()
        switch version {
        case 0, 1: try readOldSuperblock(&head, version: version)
        case 2, 3: try readNewSuperblock(&head)
        default: throw refused("its superblock has the unknown version \(version)")
        }
    }

    /// Where the superblock is: at the begin, or behind a block of the user's of 512, 1024, 2048 … bytes.
    func findSignature() throws(Problem) -> Int {
        var offset = 0
        while offset + 48 <= fileSize {
            if try isSignature(at: offset) { return offset }
            offset = offset == 0 ? 512 : offset * 2
        }
        if fileSize >= 8, try isSignature(at: 0) { throw damaged("it ends in its superblock") }
        throw .notHDF5
    }

    private func isSignature(at offset: Int) throws(Problem) -> Bool {
        var bytes = try peek("the signature", at: offset, size: 8)
        return try bytes.raw(8).elementsEqual(Preflight.signature)
    }

    private mutating func readOldSuperblock(_ head: inout ByteCursor, version: Int) throws(Problem) {
        guard try head.u32() == 0 else { throw refused("its superblock has parts of unknown versions") }
        try readSizes(&head)
        try head.skip(1)
        superblock.groupLeafK = try head.u16()
        superblock.groupNodeK = try head.u16()
        try head.skip(4)
        if version == 1 {
            superblock.chunkNodeK = try head.u16()
            try head.skip(2)
        }
        for k in [superblock.groupLeafK, superblock.groupNodeK, superblock.chunkNodeK] where k == 0 || k > 32767 {
            throw damaged("its B-trees have nodes of \(2 * k) children")
        }
        let base = try head.address()
        let freeSpace = try head.address()
        let end = try head.definedAddress(of: "its end")
        let driver = try head.address()
        if freeSpace != nil || driver != nil { throw refused("it has a free-space or driver block") }
        try setBounds(base: base, end: end, size: version == 0 ? 96 : 100)
        // The symbol table entry of the root: it has no name.
        try head.skip(8)
        superblock.root = try head.definedAddress(of: "the root group")
        superblock.rootCache = try readCache(&head)
    }

    private mutating func readNewSuperblock(_ head: inout ByteCursor) throws(Problem) {
        try readSizes(&head)
        try head.skip(1)
        let base = try head.address()
        let hasExtension = try head.address() != nil
        let end = try head.definedAddress(of: "its end")
        if hasExtension { throw refused("its superblock has an extension") }
        try setBounds(base: base, end: end, size: 48)
        superblock.root = try head.definedAddress(of: "the root group")
    }

    private func readSizes(_ head: inout ByteCursor) throws(Problem) {
        let sizes = try (head.u8(), head.u8())
        guard sizes == (8, 8) else {
            throw refused("its addresses and lengths have \(sizes.0) and \(sizes.1) bytes, not 8")
        }
    }

    private mutating func setBounds(base: Int?, end: Int, size: Int) throws(Problem) {
        guard base == superblock.base else { throw damaged("its base address is not where it begins") }
        // Addresses count from the base, but the end is that of the whole file.
        let available = fileSize
        guard end <= available else {
            throw damaged("it is cut off: it should have \(end) bytes, and has \(available)")
        }
        superblock.end = end - superblock.base
        try claim("the superblock", at: 0, size: size)
    }

    /// The last 24 bytes of a symbol table entry; throws for a soft link.
    func readCache(_ entry: inout ByteCursor) throws(Problem) -> GroupCache? {
        let kind = try entry.u32()
        try entry.skip(4)
        switch kind {
        case 0:
            try entry.skip(16)
            return nil
        case 1:
            return try GroupCache(
                tree: entry.definedAddress(of: "a B-tree"), heap: entry.definedAddress(of: "a heap"))
        case 2: throw .refusedLink(kind: "a soft link")
        default: throw entry.damaged("a symbol has the unknown kind \(kind)")
        }
    }
}
