#if canImport(CryptoKit)
    import CryptoKit
#else
    import CCrypto
#endif

/// The SHA-256 of bytes that come in pieces, by the system's own library: OpenSSL's, CryptoKit's on Apple's systems.
package final class Checksum {
    #if canImport(CryptoKit)
        private var hash = SHA256()

        package init() {}

        package func update(_ bytes: ArraySlice<UInt8>) { hash.update(data: Array(bytes)) }

        private var digest: [UInt8] { Array(hash.finalize()) }
    #else
        private let context: OpaquePointer

        package init() {
            guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
                preconditionFailure("OpenSSL has no SHA-256")
            }
            self.context = context
        }

        deinit { EVP_MD_CTX_free(context) }

        package func update(_ bytes: ArraySlice<UInt8>) {
            let status = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
            precondition(status == 1, "OpenSSL could not take bytes into a SHA-256")
        }

        private var digest: [UInt8] {
            // Finishing ends a context, so a copy is finished.
            guard let copy = EVP_MD_CTX_new(), EVP_MD_CTX_copy_ex(copy, context) == 1 else {
                preconditionFailure("OpenSSL could not copy a SHA-256")
            }
            defer { EVP_MD_CTX_free(copy) }
            var digest = [UInt8](repeating: 0, count: 32)
            precondition(EVP_DigestFinal_ex(copy, &digest, nil) == 1, "OpenSSL could not finish a SHA-256")
            return digest
        }
    #endif

    /// The checksum of all bytes so far, as 64 hexadecimal digits.
    package var digits: String {
        digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// The checksum of these bytes.
    package static func digits(of bytes: [UInt8]) -> String {
        let checksum = Checksum()
        checksum.update(bytes[...])
        return checksum.digits
    }
}
