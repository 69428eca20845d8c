import Foundation
import Testing

/// What the first line and the framing of a request may say.
@Suite struct RequestTargetTests {
    /// The authority that an absolute target names counts, whatever `Host` says (RFC 9112, 3.2.2).
    @Test(arguments: [
        ("http://evil.example/healthz", "127.0.0.1", 421), ("HTTP://evil.example", "127.0.0.1", 421),
        ("http://127.0.0.1@evil.example/healthz", "127.0.0.1", 421), ("http://evil.example?/healthz", "127.0.0.1", 421),
        ("https://127.0.0.1/healthz", "127.0.0.1", 421), ("http://127.0.0.1/healthz", "127.0.0.1", 200),
        ("http://localhost:1/healthz", "evil.example", 200), ("//evil.example/healthz", "127.0.0.1", 404),
        ("/healthz", "evil.example", 421), ("/healthz", "127.0.0.1", 200),
    ])
    func namesTheServer(_ target: String, _ host: String, _ status: Int) throws {
        let server = try AppServer()
        let request = "GET \(target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
        #expect(try RawRequest.send(request, to: server.address).status == status, "\(target) \(host)")
    }

    @Test func mayNotBeNamedByTwoHosts() throws {
        let server = try AppServer()
        let request = "GET http://127.0.0.1/ HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n"
        #expect(try RawRequest.send(request, to: server.address).status == 400)
    }

    /// Bodies that are no chunks, or come in a coding that nobody here knows, get an answer before the line is cut.
    @Test(arguments: [
        ("chunked", "zz\r\nxxxx\r\n0\r\n\r\n", 400), ("chunked", "400000000000000000\r\nx\r\n", 400),
        ("chunked", "4\r\nxxxx\r\nzz\r\n", 400), ("chunked", "4\r\nxxxxxxxx\r\n", 400),
        ("br, chunked", "0\r\n\r\n", 501), ("gzip, chunked", "1\r\nx\r\n0\r\n\r\n", 501),
    ])
    func refusesOtherFraming(_ coding: String, _ body: String, _ status: Int) throws {
        let server = try AppServer()
        let head = [
            "POST /api/recognize HTTP/1.1", "Host: 127.0.0.1", "Content-Type: image/png",
            "Transfer-Encoding: \(coding)",
        ].joined(separator: "\r\n")
        let (found, answer) = try RawRequest.send("\(head)\r\n\r\n\(body)", to: server.address)
        #expect(found == status, "\(coding): \(answer)")
        #expect(answer.contains("\"remedy\""))
        #expect(answer.components(separatedBy: "HTTP/1.1 \(status) ").count == 2, "one answer: \(answer)")
    }

    /// What comes before a mistake has its answer first.
    @Test func answersInOrder() throws {
        let server = try AppServer()
        let good = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        let (_, answer) = try RawRequest.send(good + good + "NONSENSE\r\n\r\n", to: server.address)
        let statuses = answer.components(separatedBy: "HTTP/1.1 ").dropFirst().compactMap { Int($0.prefix(3)) }
        #expect(statuses == [200, 200, 400])
    }
}
