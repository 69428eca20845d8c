/// A short name for bytes: the same for the same content, and hardly ever for another.
///
/// FNV-1a with 64 bits: h ← (h ⊕ byte) · 0x100000001b3, from 0xcbf29ce484222325. Not for what somebody may forge.
public struct Fingerprint: Hashable, Sendable, CustomStringConvertible {
    public let value: UInt64

    public init(_ bytes: UnsafeBufferPointer<UInt8>) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        value = hash
    }

    public init(_ bytes: [UInt8]) { self = bytes.withUnsafeBufferPointer(Fingerprint.init) }

    /// In hexadecimal digits.
    public var description: String { String(value, radix: 16) }
}
