/// The parts of a file that a walk looks at, kept in place until the walk ends.
///
/// A file is read in windows, each once: what a walk asks for is small, and lies near what it asked for before. What is
/// handed out points into them, so this must outlive it. Bytes in memory are handed out where they are.
final class Windows {
    /// The most bytes that are read: no model's structure comes near.
    static let limit = 256 << 20
    private static let size = 1 << 14

    let source: any ByteSource
    private var windows: [Int: UnsafeRawBufferPointer] = [:]
    /// The window that was asked for last, and its number.
    private var last = (number: -1, bytes: UnsafeRawBufferPointer(start: nil, count: 0))
    private var pieces: [UnsafeMutableRawBufferPointer] = []
    private var bytesRead = 0

    init(of source: any ByteSource) { self.source = source }

    deinit { for piece in pieces { piece.deallocate() } }

    /// Some bytes, all of which are inside the file.
    func bytes(at offset: Int, count: Int) throws(Problem) -> UnsafeRawBufferPointer {
        if let memory = source.memory { return UnsafeRawBufferPointer(rebasing: memory[offset..<offset + count]) }
        let number = offset / Windows.size
        let start = number * Windows.size
        guard offset + count <= start + Windows.size else { return try read(at: offset, count: count) }
        if number != last.number {
            if windows[number] == nil {
                windows[number] = try read(at: start, count: min(Windows.size, source.count - start))
            }
            if let window = windows[number] { last = (number, window) }
        }
        return UnsafeRawBufferPointer(rebasing: last.bytes[offset - start..<offset - start + count])
    }

    private func read(at offset: Int, count: Int) throws(Problem) -> UnsafeRawBufferPointer {
        bytesRead += count
        if bytesRead > Windows.limit {
            let found = "a structure of at least \(bytesRead) bytes"
            throw .limit(name: "structure", limit: Windows.limit, found: found)
        }
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 8)
        pieces.append(piece)
        try source.read(into: piece, at: offset)
        return UnsafeRawBufferPointer(piece)
    }
}
