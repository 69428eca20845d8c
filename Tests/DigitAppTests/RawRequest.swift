import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A request as it is written, byte by byte, for what URLSession would never send.
enum RawRequest {
    struct NoConnection: Error {}

    /// Sends a text to a server on this machine, and returns the status and all of the answer until the server hangs up.
    static func send(_ text: String, to address: URL) throws -> (status: Int?, answer: String) {
        #if canImport(Glibc)
            let line = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let line = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard line >= 0, let port = address.port.flatMap(UInt16.init) else { throw NoConnection() }
        defer { close(line) }
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafePointer(to: &place) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(line, $0, size) }
        }
        guard status == 0 else { throw NoConnection() }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(line, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        var answer: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(line, &part, part.count)
            guard count > 0 else { break }
            answer += part.prefix(count)
        }
        let words = String(decoding: answer, as: UTF8.self)
        return (words.split(separator: " ").dropFirst().first.flatMap { Int($0) }, words)
    }
}
