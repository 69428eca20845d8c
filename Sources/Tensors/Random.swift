/// A stream of random numbers that is a pure function of its key and position (Philox 4×32-10; Salmon et al., 2011).
///
/// Any element can be computed alone, so work may be cut over any number of threads and still give the same numbers.
/// Streams derived with different labels are independent.
public struct Random: Sendable, Hashable {
    /// The key; two streams with the same key are the same stream.
    public private(set) var key: UInt64

    public init(seed: UInt64) { key = Random.mix(seed &+ 0x9E37_79B9_7F4A_7C15) }

    /// An independent stream for a part of the work: an epoch, a step, a layer, a weight.
    public func stream(_ label: UInt64) -> Random {
        var derived = self
        derived.key = Random.mix(key ^ Random.mix(label &+ 0xD1B5_4A32_D192_ED03))
        return derived
    }

    /// Four 32-bit random words at a position of the stream.
    @inlinable
    public func words(at block: UInt64) -> SIMD4<UInt32> {
        var c0 = UInt32(truncatingIfNeeded: block)
        var c1 = UInt32(truncatingIfNeeded: block >> 32)
        var c2: UInt32 = 0
        var c3: UInt32 = 0
        var k0 = UInt32(truncatingIfNeeded: key)
        var k1 = UInt32(truncatingIfNeeded: key >> 32)
        for _ in 0..<10 {
            let p0 = UInt64(c0) &* 0xD251_1F53
            let p1 = UInt64(c2) &* 0xCD9E_8D57
            (c0, c1, c2, c3) = (
                UInt32(truncatingIfNeeded: p1 >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: p1),
                UInt32(truncatingIfNeeded: p0 >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: p0)
            )
            k0 = k0 &+ 0x9E37_79B9
            k1 = k1 &+ 0xBB67_AE85
        }
        return SIMD4(c0, c1, c2, c3)
    }

    /// The random word at a position: word `position % 4` of block `position / 4`.
    @inlinable
    public func word(at position: Int) -> UInt32 { words(at: UInt64(position / 4))[position % 4] }

    /// A number in [0, 1), uniform, with 24 random bits.
    @inlinable
    public func uniform(at position: Int) -> Float { Float(word(at: position) >> 8) * 0x1p-24 }

    /// A permutation of `0..<count` (Fisher and Yates), the same for the same stream.
    public func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for i in stride(from: count - 1, to: 0, by: -1) {
            let wide = UInt64(word(at: 2 * i)) << 32 | UInt64(word(at: 2 * i + 1))
            order.swapAt(i, Int(wide.multipliedFullWidth(by: UInt64(i + 1)).high))
        }
        return order
    }

    /// SplitMix64's finalizer (Steele et al., 2014): a bijection that scatters every bit.
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
