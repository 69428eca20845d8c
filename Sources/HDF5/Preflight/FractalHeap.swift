/// Where the objects of a fractal heap lie that are in its own blocks: what is too large for them is refused.
///
/// Blocks stand in rows: the first two rows have blocks of the first size, each row after them of twice the size before.
/// Up to the largest direct size a block holds objects, above that the addresses of more blocks.
struct FractalHeap {
    fileprivate let address: Int
    /// Up to where it has blocks.
    fileprivate let size: Int
    fileprivate let width: Int
    fileprivate let startSize: Int
    fileprivate let largestDirectSize: Int
    fileprivate let largestObject: Int
    /// Whether blocks of objects have checksums in their heads.
    fileprivate let hasChecksums: Bool
    /// The bytes of an object's place and of its length in what refers to it.
    let placeSize: Int
    let lengthSize: Int
    /// The blocks that hold objects: where their bytes stand in the heap, and in the file.
    fileprivate var blocks: [(place: Range<Int>, address: Int)] = []

    fileprivate var blockHeadSize: Int { 13 + placeSize + (hasChecksums ? 4 : 0) }

    /// The rows whose blocks hold objects.
    fileprivate var directRows: Int {
        largestDirectSize.trailingZeroBitCount - startSize.trailingZeroBitCount + 2
    }

    fileprivate func blockSize(inRow row: Int) -> Int { row == 0 ? startSize : startSize << (row - 1) }
}

extension Preflight {
    /// FRHP, version, length of references 2, of filters 2, flags, most bytes of an object 4, next huge object 8, B-tree of
    /// huge objects 8, free bytes 8, free-space manager 8, bytes 8, allocated bytes 8, place of iterator 8, objects 8,
    /// huge bytes 8, huge objects 8, tiny bytes 8, tiny objects 8, blocks in a row 2, first size 8, largest direct size 8,
    /// bits of places 2, rows at the start 2, root block 8, rows of the root block 2, checksum 4.
    mutating func readFractalHeap(at address: Int) throws(Problem) -> FractalHeap {
        var head = try block("the fractal heap", at: address, size: 146)
        try checkSum("the fractal heap", at: address, size: 142, place: 142)
        try head.expect("FRHP")
        guard try head.u8() == 0 else { throw head.damaged("its version is unknown") }
        guard try head.u16() == 7 else { throw head.damaged("it is none for links") }
        guard try head.u16() == 0 else { throw head.refused("a fractal heap has filters") }
        let flags = try head.u8()
        let largestObject = try head.u32()
        try head.skip(8)
        // libhdf5 deletes a B-tree of huge objects that has none, and crashes where it must not write.
        let hugeTree = try head.address()
        try head.skip(2 * 8)
        let size = try head.length()
        try head.skip(3 * 8)
        let huge = try (head.length(), head.length())
        guard hugeTree == nil, huge == (0, 0) else {
            throw head.refused("a name is too long for the blocks of its heap")
        }
        guard try (head.length(), head.length()) == (0, 0) else {
            throw head.refused("a fractal heap has objects in references")
        }
        let width = try head.u16()
        let startSize = try head.length()
        let largestSize = try head.length()
        let bits = try head.u16()
        try head.skip(2)
        let root = try head.address()
        let rows = try head.u16()
        func isPower(_ number: Int) -> Bool { number > 0 && number & (number - 1) == 0 }
        guard flags & ~3 == 0, isPower(width), width <= 1 << 10, isPower(startSize), isPower(largestSize),
            startSize >= 64, startSize <= largestSize, largestSize <= 1 << 20, largestObject > 0,
            largestObject <= largestSize, bits <= 48,
            bits > largestSize.trailingZeroBitCount, bits > (startSize * width).trailingZeroBitCount,
            rows <= bits - (startSize * width).trailingZeroBitCount + 1
        else { throw head.damaged("its blocks have impossible sizes") }
        func bytes(of number: Int) -> Int { (Int.bitWidth - 1 - number.leadingZeroBitCount) / 8 + 1 }
        let placeSize = (bits + 7) / 8
        var heap = FractalHeap(
            address: address, size: size, width: width, startSize: startSize, largestDirectSize: largestSize,
            largestObject: largestObject, hasChecksums: flags & 2 != 0, placeSize: placeSize,
            lengthSize: min((largestSize.trailingZeroBitCount + 7) / 8, bytes(of: largestObject)))
        guard heap.blockHeadSize < startSize, heap.placeSize + heap.lengthSize <= 6 else {
            throw head.damaged("its blocks have impossible sizes")
        }
        guard let root else { return heap }
        if rows == 0 {
            try readDirectBlock(at: root, place: 0, size: startSize, of: &heap)
        } else {
            try readIndirectBlock(at: root, place: 0, rows: rows, of: &heap)
        }
        return heap
    }

    /// FHDB or FHIB, version, the heap 8, place in the heap.
    private mutating func readBlockHead(
        _ block: inout ByteCursor, _ signature: StaticString, place: Int, of heap: FractalHeap
    ) throws(Problem) {
        try block.expect(signature)
        guard try block.u8() == 0 else { throw block.damaged("its version is unknown") }
        guard try block.address() == heap.address, try block.integer(bytes: heap.placeSize) == UInt64(place) else {
            throw block.damaged("it is that of another heap or place")
        }
    }

    private mutating func readDirectBlock(
        at address: Int, place: Int, size: Int, of heap: inout FractalHeap
    ) throws(Problem) {
        try claim("a block of the fractal heap", at: address, size: size)
        var block = try peek("a block of the fractal heap", at: address, size: heap.blockHeadSize)
        try readBlockHead(&block, "FHDB", place: place, of: heap)
        if heap.hasChecksums {
            try checkSum("a block of the fractal heap", at: address, size: size, place: 13 + heap.placeSize)
        }
        heap.blocks.append((place..<place + size, address))
    }

    /// The head; the addresses of blocks row by row, 8 each; checksum 4.
    private mutating func readIndirectBlock(
        at address: Int, place: Int, rows: Int, of heap: inout FractalHeap
    ) throws(Problem) {
        let size = 13 + heap.placeSize + rows * heap.width * 8 + 4
        var block = try block("a block of the fractal heap", at: address, size: size)
        try readBlockHead(&block, "FHIB", place: place, of: heap)
        try checkSum("a block of the fractal heap", at: address, size: size - 4, place: size - 4)
        var place = place
        for row in 0..<rows {
            let size = heap.blockSize(inRow: row)
            for _ in 0..<heap.width {
                if let child = try block.address() {
                    if row < heap.directRows {
                        try readDirectBlock(at: child, place: place, size: size, of: &heap)
                    } else {
                        let rows =
                            size.trailingZeroBitCount - (heap.startSize * heap.width).trailingZeroBitCount + 1
                        guard rows > 0 else { throw block.damaged("a block in it has no rows") }
                        try readIndirectBlock(at: child, place: place, rows: rows, of: &heap)
                    }
                }
                place += size
            }
        }
    }

    /// The bytes of an object in the heap.
    func object(at place: Int, size: Int, in heap: FractalHeap) throws(Problem) -> ByteCursor {
        var (low, high) = (0, heap.blocks.count)
        while low < high {
            let middle = (low + high) / 2
            if heap.blocks[middle].place.upperBound <= place { low = middle + 1 } else { high = middle }
        }
        guard low < heap.blocks.count, heap.blocks[low].place.contains(place),
            place - heap.blocks[low].place.lowerBound >= heap.blockHeadSize,
            size > 0, size <= heap.blocks[low].place.upperBound - place, size <= heap.largestObject,
            place <= heap.size
        else { throw damaged("a link refers to byte \(place) of its heap, where no object can be") }
        let found = heap.blocks[low]
        return try peek("a link in a heap", at: found.address + place - found.place.lowerBound, size: size)
    }
}
