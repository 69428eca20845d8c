/// Counts of positive numbers in buckets that are all equally wide in relative terms: 64 for each factor of two.
///
/// Memory is fixed (64 KiB), however many numbers come. A quantile read from it is never below the true one and at most
/// 1/64 (1.6 %) above it. Numbers outside 2⁻⁶⁴ … 2⁶⁴ fall into the first and the last bucket.
struct LogHistogram: Sendable {
    static let perOctave = 64
    static let octaves = -64..<64
    static let bucketCount = octaves.count * perOctave

    private(set) var counts = [Int](repeating: 0, count: bucketCount)
    private(set) var zeros = 0

    mutating func addZeros(_ count: Int) { zeros += count }

    @inline(__always)
    mutating func add(_ value: Double) { counts[LogHistogram.bucket(of: value)] += 1 }

    mutating func merge(_ other: LogHistogram) {
        zeros += other.zeros
        for i in counts.indices { counts[i] += other.counts[i] }
    }

    var total: Int { counts.reduce(zeros, +) }

    /// The bucket of a positive finite number: its exponent, then the six highest bits of its fraction.
    @inline(__always)
    static func bucket(of value: Double) -> Int {
        let first = UInt64(1023 + octaves.lowerBound) << 6
        let index = value.bitPattern >> 46
        return index < first ? 0 : Int(min(index - first, UInt64(bucketCount - 1)))
    }

    /// The upper edge of a bucket.
    static func upperEdge(of bucket: Int) -> Double {
        Double(bitPattern: (UInt64(1023 + octaves.lowerBound) << 6 + UInt64(bucket) + 1) << 46)
    }

    /// The smallest bucket edge that at least `⌈fraction · total⌉` of the numbers do not exceed; 0 where there are none.
    func quantile(_ fraction: Double) -> Double {
        let wanted = Int((fraction * Double(total)).rounded(.up))
        var seen = zeros
        if seen >= wanted { return 0 }
        for (bucket, count) in counts.enumerated() where count > 0 {
            seen += count
            if seen >= wanted { return LogHistogram.upperEdge(of: bucket) }
        }
        return 0
    }
}
