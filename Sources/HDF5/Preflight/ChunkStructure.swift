/// How a dataset is cut into chunks.
private struct ChunkShape {
    var axes: [Int]
    /// The bytes of a chunk before filters.
    var size: Int
    var shape: [Int]
    var hasFilters: Bool
    /// The bytes of a key in the B-tree: size 4, mask 4, place 8 for each axis and one.
    var keySize: Int { 8 + 8 * (axes.count + 1) }
}

extension Preflight {
    /// Checks the chunks of a dataset: axes 4 each, size of a value 4; and the B-tree that finds them.
    mutating func checkChunked(
        _ message: inout ByteCursor, rank: Int, tree: Int?, _ space: SpaceFacts, _ type: TypeFacts, hasFilters: Bool
    ) throws(Problem) {
        guard rank == space.shape.count, rank > 0 else {
            throw message.damaged("chunks of \(rank) axes for a shape of \(space.shape.count)")
        }
        if type.isVariable { throw refused("its strings of variable length are in chunks") }
        var chunk = ChunkShape(axes: [], size: type.size, shape: space.shape, hasFilters: hasFilters)
        for _ in 0..<rank {
            let axis = try message.u32()
            let (size, overflow) = chunk.size.multipliedReportingOverflow(by: axis)
            guard axis > 0, !overflow, size <= limits.maxDatasetBytes, size < 1 << 32 else {
                throw .limit(
                    name: "maxDatasetBytes", limit: limits.maxDatasetBytes, found: "a chunk of \(chunk.axes + [axis])")
            }
            chunk.axes.append(axis)
            chunk.size = size
        }
        let valueSize = try message.u32()
        guard valueSize == type.size else {
            throw message.damaged("chunks of \(valueSize)-byte values, where the type has \(type.size)")
        }
        guard let tree else { return }
        var neighbours = Neighbours()
        var last: [Int]?
        try readChunkTree(at: tree, level: nil, chunk, last: &last, &neighbours)
        try neighbours.finish()
    }

    /// A node of the B-tree of chunks and everything below it; keys and children alternate, one more key at the end.
    ///
    /// - Parameter last: the place of the chunk before.
    private mutating func readChunkTree(
        at address: Int, level: Int?, _ chunk: ChunkShape, last: inout [Int]?, _ neighbours: inout Neighbours
    ) throws(Problem) {
        let most = 2 * superblock.chunkNodeK
        var node = try block("the chunks' B-tree", at: address, size: 24 + most * (8 + chunk.keySize) + chunk.keySize)
        let head = try readTreeHead(&node, at: address, kind: 1, level: level, most: most)
        try neighbours.add(head)
        for _ in 0..<head.count {
            let size = try node.u32()
            try node.skip(4)
            var place: [Int] = []
            for _ in chunk.axes { try place.append(node.length()) }
            guard try node.length() == 0 else { throw node.damaged("a chunk begins inside a value") }
            let child = try node.definedAddress(of: "a chunk")
            if head.level > 0 {
                let before = last
                try readChunkTree(at: child, level: head.level - 1, chunk, last: &last, &neighbours)
                guard last != before else { throw node.damaged("a node has no chunks") }
                continue
            }
            for (axis, start) in place.enumerated()
            where start % chunk.axes[axis] != 0 || start >= max(1, chunk.shape[axis]) {
                throw node.damaged("a chunk at \(place) of \(chunk.axes) is not one of the shape \(chunk.shape)")
            }
            if let last, !last.lexicographicallyPrecedes(place) { throw node.damaged("the chunks are not in order") }
            last = place
            guard size > 0, chunk.hasFilters || size == chunk.size else {
                throw node.damaged("a chunk has \(size) bytes, and should have \(chunk.size)")
            }
            try claim("a chunk", at: child, size: size)
        }
        try node.skip(chunk.keySize)
    }
}
