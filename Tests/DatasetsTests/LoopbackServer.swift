import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A web server on 127.0.0.1 that answers each request with the bytes a test gives, then closes the connection.
final class LoopbackServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let seen = Mutex<[String]>([])

    /// The request heads that came in.
    var requests: [String] { seen.withLock { $0 } }

    /// - Parameter answer: the raw response to a request's head.
    init(_ answer: @escaping @Sendable (String) -> [UInt8]) throws {
        #if canImport(Darwin)
            listener = socket(AF_INET, SOCK_STREAM, 0)
        #else
            listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, address, &size) == 0
            }
        }
        guard bound else { throw POSIXError(.EADDRNOTAVAIL) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in serve(answer) }
    }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ answer: @Sendable (String) -> [UInt8]) {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            var head: [UInt8] = []
            var byte: UInt8 = 0
            while !head.suffix(4).elementsEqual("\r\n\r\n".utf8), recv(connection, &byte, 1, 0) == 1 {
                head.append(byte)
            }
            let text = String(decoding: head, as: UTF8.self)
            seen.withLock { $0.append(text) }
            let response = answer(text)
            #if canImport(Darwin)
                let flags: Int32 = 0
            #else
                let flags = Int32(MSG_NOSIGNAL)
            #endif
            response.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let part = UnsafeRawBufferPointer(rebasing: rest)
                    let count = send(connection, part.baseAddress, part.count, flags)
                    if count <= 0 { break }
                    rest = rest.dropFirst(count)
                }
            }
            shutdown(connection, Int32(SHUT_RDWR))
            close(connection)
        }
        close(listener)
    }

    /// A response with a body of its own length, unless another is claimed.
    static func response(_ status: String, _ body: [UInt8], length: Int? = nil, headers: [String] = []) -> [UInt8] {
        let lines = ["HTTP/1.1 \(status)", "Content-Length: \(length ?? body.count)", "Connection: close"] + headers
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }

    /// The first byte that a request's `Range` header asks for.
    static func start(in head: String) -> Int {
        guard let range = head.range(of: "bytes=") else { return 0 }
        return Int(head[range.upperBound...].prefix(while: \.isNumber)) ?? 0
    }
}
