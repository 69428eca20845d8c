import HTTPTypes
import Hummingbird

/// Lets in who was asked for by a name of ours, and refuses what another site's page sends.
///
/// A page elsewhere can have its own name point to this machine (DNS rebinding): the browser then lets it read our
/// answers. Such requests carry that name as `Host`. One that only sends carries its own `Origin`.
struct Doorkeeper: Sendable {
    /// Names (lower case, without a port) that requests may ask for.
    let names: Set<String>
    /// Whether any address in numbers will do, because the server listens beyond this machine.
    ///
    /// An address in numbers never comes from rebinding.
    let takesAnyAddress: Bool

    init(host: String, names: [String] = []) {
        let own: Set<String> = ["localhost", "127.0.0.1", "[::1]", "::1"]
        let isLoopback = own.contains(host) || host.hasPrefix("127.")
        self.names = own.union([Self.bracketed(host.lowercased())]).union(names.map { $0.lowercased() })
        takesAnyAddress = !isLoopback
    }

    /// - Throws: a ``Problem`` of status 400, 403 or 421.
    func check(_ request: Request) throws(Problem) {
        guard request.head.headerFields[.host] == nil else {
            throw .badRequest("two_hosts", "The request has more than one Host.", remedy: "Send one Host.")
        }
        let host = request.head.authority ?? ""
        guard isOurs(host) else {
            throw Problem(
                status: .misdirectedRequest, code: "foreign_host",
                message: "This server is not known as \"\(host.prefix(100))\".",
                remedy: "Open it by the address that it printed, or start digit-app with --allow-host NAME.")
        }
        if let origin = request.headers[.origin], origin.lowercased() != "http://\(host.lowercased())" {
            throw .foreignOrigin("a page of \"\(origin.prefix(100))\"")
        }
        if let site = request.headers[.secFetchSite], site == "cross-site" || site == "same-site",
            request.headers[.secFetchMode] != "navigate"
        {
            throw .foreignOrigin("a page of another site")
        }
    }

    private func isOurs(_ authority: String) -> Bool {
        let name = Self.withoutPort(authority.lowercased())
        return names.contains(name) || (takesAnyAddress && Self.isAddress(name))
    }

    private static func withoutPort(_ authority: String) -> String {
        guard let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") else { return authority }
        let port = authority[authority.index(after: colon)...]
        return !port.isEmpty && port.allSatisfy { $0.isASCII && $0.isNumber } ? String(authority[..<colon]) : authority
    }

    private static func isAddress(_ name: String) -> Bool {
        if name.hasPrefix("["), name.hasSuffix("]") {
            return name.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}

extension Problem {
    fileprivate static func foreignOrigin(_ who: String) -> Problem {
        Problem(
            status: .forbidden, code: "foreign_origin", message: "The request comes from \(who).",
            remedy: "Use the page that this server serves, or a program that sends no Origin.")
    }
}

extension HTTPField.Name {
    static let host = named("Host")
    static let secFetchSite = named("Sec-Fetch-Site")
    static let secFetchMode = named("Sec-Fetch-Mode")

    private static func named(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no field name") }
        return name
    }
}
