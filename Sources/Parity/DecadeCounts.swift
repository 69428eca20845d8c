import Foundation

/// How many errors lie in each power of ten: exact counts, for people to look at.
public struct DecadeCounts: Hashable, Sendable, Codable {
    /// Errors that are zero.
    public internal(set) var zeros = 0
    /// `counts[i]` errors in `10^(first + i) ≤ error < 10^(first + i + 1)`, smaller and larger ones in the outermost.
    public private(set) var counts = [Int](repeating: 0, count: last - first + 1)

    /// The exponents of the smallest and the largest decade.
    public static let first = -20
    public static let last = 19

    /// The decades from the first to the last that hold anything, as exponents of their lower edges.
    public var rows: [(exponent: Int, count: Int)] {
        guard let low = counts.firstIndex(where: { $0 > 0 }), let high = counts.lastIndex(where: { $0 > 0 }) else {
            return []
        }
        return (low...high).map { (DecadeCounts.first + $0, counts[$0]) }
    }

    /// Counts a positive finite error.
    @inline(__always)
    mutating func add(_ error: Double) {
        // A factor of two holds at most one power of ten, so its exponent and one comparison give the decade.
        let octave = min(max(Int(error.bitPattern >> 52) - 1023, -80), 79) + 80
        let (decade, boundary) = DecadeCounts.octaves[octave]
        counts[decade + (error >= boundary ? 1 : 0)] += 1
    }

    mutating func merge(_ other: DecadeCounts) {
        zeros += other.zeros
        for i in counts.indices { counts[i] += other.counts[i] }
    }

    /// For each factor of two the decade of its lower edge, and the power of ten inside it (or infinity).
    private static let octaves: [(decade: Int, boundary: Double)] = (-80..<80).map { exponent in
        let low = Double(sign: .plus, exponent: exponent, significand: 1)
        let edges = (first + 1...last).map { Double("1e\($0)") ?? .infinity }
        let decade = edges.count { $0 <= low }
        let next = decade < edges.count ? edges[decade] : .infinity
        return (decade, next < 2 * low ? next : .infinity)
    }
}
