/// A B-tree of version 2 over the names of a group's links.
private struct NameTree {
    let nodeSize: Int
    /// The most records of a node and of all below it, from the leaves up; and the bytes of the latter in an address.
    var levels: [(most: Int, all: Int, allSize: Int)] = []

    /// Hash of the name 4, reference to the heap 7.
    static let recordSize = 11
    /// Signature 4, version, kind, checksum 4.
    static let headSize = 10

    /// The bytes of a node's number of records in an address.
    var countSize: Int { NameTree.size(of: levels[0].most) }

    /// The bytes of an address of a node on the level below: address 8, records in it, records in it and below.
    func addressSize(above level: Int) -> Int { 8 + countSize + levels[level].allSize }

    static func size(of number: Int) -> Int { (Int.bitWidth - 1 - number.leadingZeroBitCount) / 8 + 1 }
}

extension Preflight {
    /// The links of a group in a fractal heap, as messages.
    ///
    /// BTHD, version, kind 5, bytes of a node 4, of a record 2, depth 2, percents 2, root 8, its records 2, all records 8,
    /// checksum 4.
    mutating func readDenseLinks(heap: FractalHeap, tree address: Int) throws(Problem) -> [ByteCursor] {
        var head = try block("the names' B-tree", at: address, size: 38)
        try checkSum("the names' B-tree", at: address, size: 34, place: 34)
        try head.expect("BTHD")
        guard try head.u8() == 0, try head.u8() == 5 else { throw head.damaged("it is one of another kind") }
        let nodeSize = try head.u32()
        guard try head.u16() == NameTree.recordSize else { throw head.damaged("its records are of another kind") }
        let depth = try head.u16()
        try head.skip(2)
        let root = try head.address()
        let rootCount = try head.u16()
        let all = try head.length()
        guard all <= limits.maxObjects else {
            throw .limit(name: "maxObjects", limit: limits.maxObjects, found: "\(all) links")
        }
        guard depth <= 16, nodeSize >= 64, nodeSize <= 1 << 20 else {
            throw head.damaged("it has nodes of \(nodeSize) bytes, \(depth + 1) levels of them")
        }
        var tree = NameTree(nodeSize: nodeSize)
        let most = (nodeSize - NameTree.headSize) / NameTree.recordSize
        tree.levels.append((most, most, 0))
        for level in 0..<depth {
            let size = tree.addressSize(above: level)
            let most = (nodeSize - NameTree.headSize - size) / (NameTree.recordSize + size)
            let (below, overflow) = (most + 1).multipliedReportingOverflow(by: tree.levels[level].all)
            guard most > 0, !overflow, below < 1 << 60 else { throw head.damaged("it has too many levels") }
            tree.levels.append((most, below + most, NameTree.size(of: below + most)))
        }
        var links: [ByteCursor] = []
        guard let root else {
            guard all == 0, rootCount == 0 else { throw head.damaged("it has records, but no node") }
            return []
        }
        try readNameNode(at: root, level: depth, count: rootCount, tree, heap, into: &links)
        guard links.count == all else { throw head.damaged("it has \(links.count) records, and says \(all)") }
        return links
    }

    /// BTLF or BTIN, version, kind; the records; above the leaves, for one child more than records: address 8, its
    /// records, and those in it and below where it is no leaf.
    private mutating func readNameNode(
        at address: Int, level: Int, count: Int, _ tree: NameTree, _ heap: FractalHeap, into links: inout [ByteCursor]
    ) throws(Problem) {
        var node = try block("the names' B-tree", at: address, size: tree.nodeSize)
        try node.expect(level == 0 ? "BTLF" : "BTIN")
        guard try node.u8() == 0, try node.u8() == 5 else { throw node.damaged("it is one of another kind") }
        guard count <= tree.levels[level].most else {
            throw node.damaged("a node has \(count) records, where \(tree.levels[level].most) are the most")
        }
        for _ in 0..<count {
            try node.skip(4)
            var reference = try node.part(7)
            guard try reference.u8() == 0 else { throw node.refused("a name is too long for the blocks of its heap") }
            guard let place = try Int(exactly: reference.integer(bytes: heap.placeSize)),
                let size = try Int(exactly: reference.integer(bytes: heap.lengthSize))
            else { throw node.damaged("a link lies beyond 63 bits") }
            if links.count == limits.maxObjects {
                let found = "more than \(limits.maxObjects) links"
                throw .limit(name: "maxObjects", limit: limits.maxObjects, found: found)
            }
            links.append(try object(at: place, size: size, in: heap))
        }
        let children = level > 0 ? (count + 1) * tree.addressSize(above: level - 1) : 0
        let size = 6 + count * NameTree.recordSize + children
        try checkSum("the names' B-tree", at: address, size: size, place: size)
        guard level > 0 else { return }
        for _ in 0...count {
            let child = try node.definedAddress(of: "a child")
            let childCount = try Int(node.integer(bytes: tree.countSize))
            let allSize = tree.levels[level - 1].allSize
            let all = level > 1 ? try node.integer(bytes: allSize) : UInt64(childCount)
            let before = links.count
            try readNameNode(at: child, level: level - 1, count: childCount, tree, heap, into: &links)
            guard all == UInt64(links.count - before) else { throw node.damaged("a node counts its records wrongly") }
        }
    }
}
