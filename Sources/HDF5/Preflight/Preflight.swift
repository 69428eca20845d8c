/// How a file is looked at before libhdf5 opens it.
public enum Check: Hashable, Sendable {
    /// The structure is walked first, so that libhdf5 only sees files that are whole, plain and within the limits.
    case structure
    /// libhdf5 sees the file as it is. It crashes on some damaged files.
    case none
}

/// A walk through the structure of an HDF5 file, before libhdf5 opens it: libhdf5 trusts what it reads, this does not.
///
/// Everything that can be reached from the root is parsed and checked against its bounds: the superblock, object
/// headers and their messages, groups (symbol tables, B-trees, local heaps, or link messages), attributes, the global
/// heap objects that strings of variable length lie in, and the layout of datasets with the B-trees of their chunks.
/// Values of datasets are not looked at, except references to strings.
///
/// A file passes if
/// - each address is inside the file, no two blocks overlap, and each block is what the reference to it says;
/// - groups contain each other without cycles, and hold nothing but hard links to groups and datasets (and types that
///   nothing refers to);
/// - datasets and attributes have types that can be read, in the size that their shape says, in this file;
/// - it stays within ``Limits``.
///
/// What newer libraries write only when asked to, groups and attributes in fractal heaps and newer chunk indexes, is
/// refused. So are shared messages, compound and reference types, and external, virtual or unknown storage.
struct Preflight {
    let source: any ByteSource
    let limits: Limits
    /// Where errors say they are; its object is the one being walked.
    var place: Place
    /// Set by the superblock.
    var superblock = Superblock()
    /// The blocks that were met, to see that none overlap.
    private var blocks: [Range<Int>] = []
    /// How many blocks there may be until they are looked at again.
    private var blocksUntilLook = 1024
    /// Object headers that were walked, and whether the walk is still inside of them.
    var objects: [Int: Bool] = [:]
    /// The bytes that the datasets met so far declare.
    var declaredBytes = 0
    /// The sizes of objects in the collections of the global heap, by address and index.
    var heapCollections: [Int: [UInt16: Int]] = [:]

    private init(_ source: any ByteSource, at place: Place, limits: Limits) {
        self.source = source
        self.place = place
        self.limits = limits
    }

    /// Walks all of `source`.
    ///
    /// - Throws: ``HDF5Error`` for the first thing that is wrong.
    static func check(_ source: any ByteSource, at place: Place, limits: Limits) throws(HDF5Error) {
        var walk = Preflight(source, at: place, limits: limits)
        try walk.readSuperblock()
        walk.place.object = "/"
        try walk.walkObject(at: walk.superblock.root, depth: 0, cached: walk.superblock.rootCache)
        walk.place.object = nil
        try walk.checkOverlaps()
    }

    /// Looks for the signature only.
    static func checkSignature(_ source: any ByteSource, at place: Place, limits: Limits) throws(HDF5Error) {
        _ = try Preflight(source, at: place, limits: limits).findSignature()
    }

    func damaged(_ what: String) -> HDF5Error { HDF5Error(place, .damaged(what)) }
    func refused(_ what: String) -> HDF5Error { HDF5Error(place, .refusedStorage(what)) }

    /// Reads the bytes of a block of the structure, and notes it.
    ///
    /// - Parameter what: what errors call it.
    mutating func block(_ what: String, at address: Int, size: Int) throws(HDF5Error) -> ByteCursor {
        try claim(what, at: address, size: size)
        return try peek(what, at: address, size: size)
    }

    /// Notes a block of the file without reading it.
    mutating func claim(_ what: String, at address: Int, size: Int) throws(HDF5Error) {
        try checkInside(what, at: address, size: size)
        if size > 0 { blocks.append(address..<address + size) }
        // Not only at the end: a tree whose branches meet again would be walked for years.
        if blocks.count >= blocksUntilLook {
            try checkOverlaps()
            blocksUntilLook = blocks.count * 2
        }
    }

    /// Reads bytes without noting them.
    func peek(_ what: String, at address: Int, size: Int) throws(HDF5Error) -> ByteCursor {
        try checkInside(what, at: address, size: size)
        let bytes = try source.bytes(at: superblock.base + address, count: size, place)
        return ByteCursor(bytes, what: what, at: address, in: place)
    }

    private func checkInside(_ what: String, at address: Int, size: Int) throws(HDF5Error) {
        let (end, overflow) = address.addingReportingOverflow(size)
        if address < 0 || size < 0 || overflow || end > superblock.end {
            throw damaged("\(what) at byte \(address) of \(size) bytes lies outside the file")
        }
    }

    private mutating func checkOverlaps() throws(HDF5Error) {
        blocks.sort { $0.lowerBound < $1.lowerBound }
        for (first, second) in zip(blocks, blocks.dropFirst()) where second.lowerBound < first.upperBound {
            throw damaged("two blocks of it overlap at byte \(second.lowerBound)")
        }
    }
}
