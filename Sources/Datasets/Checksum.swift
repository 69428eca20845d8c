import Crypto

/// The SHA-256 of bytes that come in pieces, as hexadecimal digits.
package struct Checksum {
    private var hash = SHA256()

    package init() {}

    package mutating func update(_ bytes: some Sequence<UInt8>) { hash.update(data: Array(bytes)) }

    /// The checksum of all bytes so far.
    package var digits: String {
        hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// The checksum of these bytes.
    package static func digits(of bytes: [UInt8]) -> String {
        var checksum = Checksum()
        checksum.update(bytes)
        return checksum.digits
    }
}
