/// How a file is looked at before libhdf5 opens it.
public enum Check: Hashable, Sendable {
    /// The structure is walked first, so that libhdf5 only sees files that are whole, plain and within the limits.
    case structure
    /// libhdf5 sees the file as it is. It crashes on some damaged files.
    case none
}

/// What is wrong with a file; where the walk was when it met it says in which object.
typealias Problem = HDF5Error.Problem

extension HDF5Error.Problem: Error {}

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
/// What newer libraries write only when asked to, attributes in fractal heaps and newer chunk indexes, is refused, and so
/// are shared messages, compound and reference types, and external, virtual or unknown storage. Links in a fractal heap
/// are walked: every library puts them there where one of more than eight names is not ASCII.
struct Preflight {
    let limits: Limits
    private let windows: Windows
    /// Set by the superblock.
    var superblock = Superblock()
    /// The names on the way from the root to the object being walked; nil before and after the walk.
    private var path: [UnsafeRawBufferPointer]?
    /// The attribute being checked, where an error should name it.
    var attribute: UnsafeRawBufferPointer?
    /// The blocks that were met, to see that none overlap; one that begins where the last ended is added to that.
    private var blocks: [Range<Int>] = []
    /// How many blocks were met, and how many there may be until they are looked at again.
    private var blocksMet = 0
    private var blocksUntilLook = 1024
    /// The object headers that were walked, and those that the walk is inside of.
    var objects: Set<Int> = []
    var openObjects: [Int] = []
    /// The bytes that the datasets met so far declare.
    var declaredBytes = 0
    /// The bytes of the strings of variable length met so far.
    var stringBytes = 0
    /// The sizes of objects in the collections of the global heap, by address and index.
    var heapCollections: [Int: [UInt16: Int]] = [:]

    private init(_ source: any ByteSource, limits: Limits) {
        windows = Windows(of: source)
        self.limits = limits
        superblock.end = source.count
    }

    /// Walks all of `source`.
    ///
    /// - Throws: ``HDF5Error`` for the first thing that is wrong.
    static func check(_ source: any ByteSource, at place: Place, limits: Limits) throws(HDF5Error) {
        var walk = Preflight(source, limits: limits)
        do throws(Problem) {
            try walk.readSuperblock()
            walk.path = []
            try walk.walkObject(at: walk.superblock.root, depth: 0, cached: walk.superblock.rootCache)
            walk.path = nil
            try walk.checkOverlaps()
        } catch {
            throw HDF5Error(walk.current(in: place), error)
        }
    }

    /// Looks for the signature only.
    static func checkSignature(_ source: any ByteSource, at place: Place, limits: Limits) throws(HDF5Error) {
        let walk = Preflight(source, limits: limits)
        do throws(Problem) { _ = try walk.findSignature() } catch { throw HDF5Error(place, error) }
    }

    func damaged(_ what: String) -> Problem { .damaged(what) }
    func refused(_ what: String) -> Problem { .refusedStorage(what) }

    // MARK: Where the walk is

    /// Does `body` inside of the child `name`, and stays there if it throws.
    mutating func enter(
        _ name: UnsafeRawBufferPointer, _ body: (inout Preflight) throws(Problem) -> Void
    ) throws(Problem) {
        path?.append(name)
        try body(&self)
        path?.removeLast()
    }

    private func current(in file: Place) -> Place {
        guard let path else { return file }
        var place = file
        place.object = "/" + path.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
        return attribute.map { place.attribute(String(decoding: $0, as: UTF8.self)) } ?? place
    }

    // MARK: Bytes

    /// How many bytes there are, those before the superblock included.
    var fileSize: Int { windows.source.count }

    /// Reads the bytes of a block of the structure, and notes it.
    ///
    /// - Parameter what: what errors call it.
    mutating func block(_ what: StaticString, at address: Int, size: Int) throws(Problem) -> ByteCursor {
        try claim(what, at: address, size: size)
        return try peek(what, at: address, size: size)
    }

    /// Notes a block of the file without reading it.
    mutating func claim(_ what: StaticString, at address: Int, size: Int) throws(Problem) {
        try checkInside(what, at: address, size: size)
        if let last = blocks.last, last.upperBound == address {
            blocks[blocks.count - 1] = last.lowerBound..<address + size
        } else if size > 0 {
            blocks.append(address..<address + size)
        }
        blocksMet += 1
        // Not only at the end: a tree whose branches meet again would be walked for years.
        if blocksMet >= blocksUntilLook {
            try checkOverlaps()
            blocksUntilLook = blocksMet * 2
        }
    }

    /// Reads bytes without noting them.
    func peek(_ what: StaticString, at address: Int, size: Int) throws(Problem) -> ByteCursor {
        try checkInside(what, at: address, size: size)
        return ByteCursor(try windows.bytes(at: superblock.base + address, count: size), at: address, what: what)
    }

    private func checkInside(_ what: StaticString, at address: Int, size: Int) throws(Problem) {
        let (end, overflow) = address.addingReportingOverflow(size)
        if address < 0 || size < 0 || overflow || end > superblock.end {
            throw damaged("\(what) at byte \(address) of \(size) bytes lies outside the file")
        }
    }

    private mutating func checkOverlaps() throws(Problem) {
        blocks.sort { $0.lowerBound < $1.lowerBound }
        for (first, second) in zip(blocks, blocks.dropFirst()) where second.lowerBound < first.upperBound {
            throw damaged("two blocks of it overlap at byte \(second.lowerBound)")
        }
    }
}
