/// The names in a group, one after another in its local heap.
private struct NameHeap {
    let bytes: UnsafeRawBufferPointer

    /// The name at `offset`, nil if it does not end.
    func name(at offset: Int) -> UnsafeRawBufferPointer? { bytes.text(at: offset) }
}

/// A hard link in a symbol table.
private struct Symbol {
    var name: UnsafeRawBufferPointer
    var header: Int
    var cache: GroupCache?
}

extension Preflight {
    /// Walks a group of the old kind: B-tree 8, local heap 8.
    mutating func walkSymbolTable(_ message: ByteCursor, depth: Int, cached: GroupCache?) throws(Problem) {
        var message = message
        let tree = try message.definedAddress(of: "the group's B-tree")
        let heapAddress = try message.definedAddress(of: "the group's heap")
        if let cached, cached != GroupCache(tree: tree, heap: heapAddress) {
            throw message.damaged("a link and the header disagree on where the group is")
        }
        let heap = try readLocalHeap(at: heapAddress)
        var symbols: [Symbol] = []
        var neighbours = Neighbours()
        try readGroupTree(at: tree, level: nil, heap, into: &symbols, &neighbours)
        try neighbours.finish()
        for (symbol, next) in zip(symbols, symbols.dropFirst()) where !symbol.name.precedes(next.name) {
            throw damaged("the names in the group are not in order")
        }
        for symbol in symbols {
            try enter(symbol.name) { walk throws(Problem) in
                try walk.walkObject(at: symbol.header, depth: depth + 1, cached: symbol.cache)
            }
        }
    }

    /// Walks a group of the new kind, whose links are messages.
    mutating func walkLinks(_ header: ObjectHeader, depth: Int) throws(Problem) {
        var links = header.links
        if var info = header.linkInfo {
            // Version 0, flags, (creation index 8), heap 8, B-tree 8, (B-tree 8).
            guard try info.u8() == 0 else { throw info.damaged("link information of an unknown version") }
            let flags = try info.u8()
            try info.skip(flags & 1 != 0 ? 8 : 0)
            let heapAddress = try info.address()
            let tree = try info.address()
            if flags & 2 != 0, heapAddress != nil { throw refused("its links are in a fractal heap by their age") }
            if heapAddress != nil || tree != nil {
                guard let heapAddress, let tree, links.isEmpty else {
                    throw info.damaged("its links are both in the header and in a heap, or in neither")
                }
                // Where a group with a name that is not ASCII has more than eight links.
                links = try readDenseLinks(heap: readFractalHeap(at: heapAddress), tree: tree)
            }
        }
        var names: [UnsafeRawBufferPointer] = []
        for link in links {
            // Version 1, flags, (kind), (creation order 8), (encoding), length of the name 1–8, name, address 8.
            var link = link
            guard try link.u8() == 1 else { throw link.damaged("a link of an unknown version") }
            let flags = try link.u8()
            guard flags & ~0x1F == 0 else { throw link.damaged("a link of the unknown flags \(flags)") }
            let kind = flags & 8 != 0 ? try link.u8() : 0
            try link.skip(flags & 4 != 0 ? 8 : 0)
            if flags & 16 != 0, try link.u8() > 1 { throw link.damaged("a name of an unknown encoding") }
            guard let size = try Int(exactly: link.integer(bytes: 1 << (flags & 3))) else {
                throw link.damaged("a name above 63 bits")
            }
            let name = try link.raw(size)
            names.append(name)
            try checkName(name)
            try enter(name) { walk throws(Problem) in
                switch kind {
                case 0: try walk.walkObject(at: link.definedAddress(of: "an object"), depth: depth + 1)
                case 1: throw .refusedLink(kind: "a soft link")
                case 64: throw .refusedLink(kind: "an external link")
                default: throw .refusedLink(kind: "a user-defined link")
                }
            }
        }
        if names.firstTwice() != nil { throw damaged("two links have the same name") }
    }

    private func checkName(_ name: UnsafeRawBufferPointer) throws(Problem) {
        if name.isEmpty || name.contains(UInt8(ascii: "/")) || name.contains(0) {
            throw damaged("a link has the name \"\(String(decoding: name, as: UTF8.self))\"")
        }
    }

    // MARK: Local heap

    /// HEAP, version, 0 3, size 8, first free block 8, address 8; free blocks: next 8, size 8.
    private mutating func readLocalHeap(at address: Int) throws(Problem) -> NameHeap {
        var head = try block("the local heap", at: address, size: 32)
        try head.expect("HEAP")
        guard try head.u8() == 0 else { throw head.damaged("its version is unknown") }
        try head.skip(3)
        let size = try head.length()
        var free = try head.length()
        var data = try block("the local heap's data", at: head.definedAddress(of: "its data"), size: size)
        let whole = data
        let bytes = try data.raw(size)
        // 1 ends the list. Each block is behind 16 bytes of its own, so a list that runs in circles is too long.
        var left = size / 16
        while free != 1 {
            guard left > 0, free <= size - 16 else { throw head.damaged("its list of free blocks is broken") }
            left -= 1
            var block = whole
            try block.skip(free)
            let next = try block.length()
            let length = try block.length()
            guard length >= 16, length <= size - free else { throw head.damaged("its list of free blocks is broken") }
            free = next
        }
        return NameHeap(bytes: bytes)
    }

    // MARK: B-tree

    /// A node of a group's B-tree and everything below it.
    ///
    /// Keys are names: those of a child come after the key on its left, up to and including the key on its right.
    private mutating func readGroupTree(
        at address: Int, level: Int?, _ heap: NameHeap, into symbols: inout [Symbol], _ neighbours: inout Neighbours
    ) throws(Problem) {
        let most = 2 * superblock.groupNodeK
        var node = try block("the group's B-tree", at: address, size: 24 + most * 16 + 8)
        let head = try readTreeHead(&node, at: address, kind: 0, level: level, most: most)
        try neighbours.add(head)
        func key(_ node: inout ByteCursor) throws(Problem) -> UnsafeRawBufferPointer {
            guard let name = try heap.name(at: node.length()) else { throw node.damaged("a key is not in the heap") }
            return name
        }
        var left = try key(&node)
        for _ in 0..<head.count {
            let child = try node.definedAddress(of: "a child")
            let right = try key(&node)
            let first = symbols.count
            if head.level > 0 {
                try readGroupTree(at: child, level: head.level - 1, heap, into: &symbols, &neighbours)
            } else {
                try readSymbolNode(at: child, heap, into: &symbols)
            }
            // That those between are in order is seen when all are read.
            if first < symbols.count,
                !left.precedes(symbols[first].name) || right.precedes(symbols[symbols.count - 1].name)
            {
                throw node.damaged("a name is not between its keys")
            }
            left = right
        }
        if symbols.count > limits.maxObjects {
            let found = "more than \(limits.maxObjects) links"
            throw .limit(name: "maxObjects", limit: limits.maxObjects, found: found)
        }
    }

    /// SNOD, version, 0, number 2; then symbols: name 8, object header 8, kind 4, 0 4, B-tree and heap 16.
    private mutating func readSymbolNode(
        at address: Int, _ heap: NameHeap, into symbols: inout [Symbol]
    ) throws(Problem) {
        let most = 2 * superblock.groupLeafK
        var node = try block("the group's symbol node", at: address, size: 8 + most * 40)
        try node.expect("SNOD")
        guard try node.u8() == 1 else { throw node.damaged("its version is unknown") }
        try node.skip(1)
        let count = try node.u16()
        guard count <= most else { throw node.damaged("it has \(count) symbols, where \(most) are the most") }
        for _ in 0..<count {
            guard let name = try heap.name(at: node.length()) else { throw node.damaged("a name is not in the heap") }
            let header = try node.address()
            var cache: GroupCache?
            try checkName(name)
            try enter(name) { walk throws(Problem) in cache = try walk.readCache(&node) }
            guard let header else { throw node.damaged("the address of an object is undefined") }
            symbols.append(Symbol(name: name, header: header, cache: cache))
        }
    }
}
