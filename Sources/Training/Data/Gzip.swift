import CZlib

/// Unpacks gzip (RFC 1952) by zlib.
enum Gzip {
    /// Whether these bytes begin as gzip does.
    static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// The unpacked bytes, or as many as `limit` and one more, so that the caller sees that there are too many.
    ///
    /// Memory grows with what really comes out, whatever a header promises.
    static func unpacked(_ packed: [UInt8], limit: Int, file: String) throws(DataError) -> [UInt8] {
        var stream = z_stream()
        // 16 stands for gzip alone, 15 for the largest window.
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(&stream, 16 + 15, ZLIB_VERSION, size) == Z_OK else {
            throw .unreadable(file: file, reason: "zlib does not start")
        }
        defer { inflateEnd(&stream) }
        var result: [UInt8] = []
        var status = Z_OK
        packed.withUnsafeBufferPointer { packed in
            // zlib takes a pointer to variable bytes, but does not write there.
            stream.next_in = UnsafeMutablePointer(mutating: packed.baseAddress)
            stream.avail_in = uInt(min(packed.count, Int(UInt32.max)))
            var chunk = [UInt8](repeating: 0, count: 262_144)
            while status == Z_OK && result.count <= limit {
                chunk.withUnsafeMutableBufferPointer { chunk in
                    stream.next_out = chunk.baseAddress
                    stream.avail_out = uInt(chunk.count)
                    status = inflate(&stream, Z_NO_FLUSH)
                    let room = min(chunk.count - Int(stream.avail_out), limit + 1 - result.count)
                    result += chunk[..<max(0, room)]
                }
                // A file may hold several streams, one after another.
                if status == Z_STREAM_END && stream.avail_in > 0 { status = inflateReset(&stream) }
            }
        }
        switch status {
        case Z_OK, Z_STREAM_END: return result
        case Z_BUF_ERROR:
            throw .malformed(
                file: file, problem: "gzip data is truncated: it ends after \(result.count) unpacked bytes")
        default:
            let reason = stream.msg.map { String(cString: $0) } ?? "status \(status)"
            throw .malformed(
                file: file, problem: "gzip data is damaged after \(result.count) unpacked bytes: \(reason)")
        }
    }
}
