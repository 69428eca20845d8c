import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A terminal that nobody looks at: what a command writes to it can be read back.
final class PseudoTerminal {
    let child: FileHandle
    private let parent: FileHandle

    init(columns: Int) throws {
        var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        var ends: (parent: Int32, child: Int32) = (0, 0)
        guard openpty(&ends.parent, &ends.child, nil, nil, &size) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        parent = FileHandle(fileDescriptor: ends.parent, closeOnDealloc: true)
        child = FileHandle(fileDescriptor: ends.child, closeOnDealloc: true)
    }

    /// All that was written, once every writer is gone; the caller closes ``child`` first.
    func text() -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(parent.fileDescriptor, &buffer, buffer.count)
            guard count > 0 else { break }  // 0, or EIO on Linux: the last writer has closed
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
