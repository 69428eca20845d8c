import Datasets
import Testing

@Suite struct ChecksumTests {
    /// The examples of FIPS 180-4.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ])
    func isSHA256(_ text: String, _ digits: String) { #expect(Checksum.digits(of: Array(text.utf8)) == digits) }

    @Test func takesBytesInPieces() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let checksum = Checksum()
        checksum.update(bytes[..<333])
        let early = checksum.digits
        checksum.update(bytes[333...])
        #expect(early == Checksum.digits(of: Array(bytes[..<333])))
        #expect(checksum.digits == Checksum.digits(of: bytes))
    }
}
