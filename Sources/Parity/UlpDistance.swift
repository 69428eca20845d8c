/// How many float32 numbers lie between two: 0 for equal numbers (−0 and 0 among them), 1 for neighbours.
///
/// The floats are counted through zero: from the smallest negative to the smallest positive it is 2.
///
/// - Precondition: neither is NaN.
@inlinable
public func ulpDistance(_ a: Float, _ b: Float) -> Int { abs(ordinal(a) - ordinal(b)) }

/// The position of a float among all floats, 0 for both zeros.
@inlinable
func ordinal(_ value: Float) -> Int {
    let magnitude = Int(value.bitPattern & 0x7FFF_FFFF)
    return value.bitPattern >> 31 == 0 ? magnitude : -magnitude
}

/// Counts of distances in ULPs: bucket 0 holds 0, bucket `k` holds `2^(k−2) < distance ≤ 2^(k−1)`: 1, 2, 3–4, 5–8, ….
public struct UlpHistogram: Hashable, Sendable, Codable {
    public internal(set) var counts: [Int]

    static let bucketCount = 34

    init() { counts = [Int](repeating: 0, count: UlpHistogram.bucketCount) }

    @inline(__always)
    static func bucket(of distance: Int) -> Int {
        distance == 0 ? 0 : Int.bitWidth - (distance - 1).leadingZeroBitCount + 1
    }

    /// The largest distance that a bucket holds.
    public static func upperEdge(of bucket: Int) -> Int { bucket == 0 ? 0 : 1 << (bucket - 1) }

    /// The buckets up to the last that holds anything, each with its range as text.
    public var rows: [(label: String, count: Int)] {
        let last = counts.lastIndex { $0 > 0 } ?? 0
        return (0...last).map { bucket in
            let upper = UlpHistogram.upperEdge(of: bucket)
            let label =
                upper <= 2
                ? String(upper) : upper <= 1024 ? "\(upper / 2 + 1)–\(upper)" : "… 2\((bucket - 1).superscript)"
            return (label, counts[bucket])
        }
    }

    mutating func merge(_ other: UlpHistogram) {
        for i in counts.indices { counts[i] += other.counts[i] }
    }
}
