import Tensors

/// How two tensors of the same meaning differ, element by element; batches may come one after another.
///
/// Memory stays the same however many batches come. Elements are compared in float64, so nothing is rounded away.
/// The error statistics cover the elements that are finite on both sides; the others are counted for themselves.
public struct Comparison: Sendable {
    public let tolerance: Tolerance
    var tally = Tally()
    /// The shape of one sample, `nil` before the first batch.
    private(set) var sampleShape: Shape?
    private(set) var samples = 0
    /// The first pair of shapes that differ, after which nothing more is compared.
    public private(set) var shapeMismatch: ShapeMismatch?

    public init(_ tolerance: Tolerance = .standard) { self.tolerance = tolerance }

    /// Two tensors compared at once.
    public init(
        _ ours: Tensor, _ theirs: Tensor, _ tolerance: Tolerance = .standard, scale: Double = 1,
        pool: WorkerPool = .shared
    ) {
        self.init(tolerance)
        add(ours, theirs, scale: scale, pool: pool)
    }

    /// Adds one batch.
    ///
    /// - Parameters:
    ///   - theirs: what `ours` is held against: Keras'.
    ///   - scale: multiplies the absolute tolerance, for tensors whose rounding depends on their largest elements.
    public mutating func add(_ ours: Tensor, _ theirs: Tensor, scale: Double = 1, pool: WorkerPool = .shared) {
        guard shapeMismatch == nil else { return }
        let expected = sampleShape.map { samples > 0 && theirs.shape.count > 0 ? [theirs.shape[0]] + $0 : $0 }
        guard ours.shape == theirs.shape, expected == nil || expected == theirs.shape else {
            shapeMismatch = ShapeMismatch(ours: ours.shape, theirs: theirs.shape)
            return
        }
        let offset = tally.count
        sampleShape = ours.shape.isEmpty ? [] : ours.shape.sample
        samples += ours.shape.first ?? 1

        // Chunks of a fixed size, merged in order: the same sums for any number of threads.
        let chunk = 1 << 18
        let tasks = (ours.count + chunk - 1) / chunk
        var tallies = [Tally](repeating: Tally(), count: tasks)
        let tolerance = tolerance
        ours.withElements { a in
            theirs.withElements { b in
                tallies.withUnsafeMutableBufferPointer { results in
                    nonisolated(unsafe) let (a, b, results) = (a, b, results)
                    pool.run(tasks) { task in
                        let range = (task * chunk)..<min(a.count, (task + 1) * chunk)
                        results[task].add(a, b, range, offset: offset, tolerance, scale: scale)
                    }
                }
            }
        }
        for part in tallies { tally.merge(part) }
    }
}

/// Two shapes that should have been the same.
public struct ShapeMismatch: Hashable, Sendable, CustomStringConvertible {
    public var ours: Shape
    public var theirs: Shape

    public var description: String { "ours has shape \(ours), theirs \(theirs)" }
}

/// One element on both sides.
public struct ElementDifference: Hashable, Sendable {
    /// The position along every axis, the sample first.
    public var index: [Int]
    public var ours: Float
    public var theirs: Float
    /// `|ours − theirs|`; NaN or infinite where one of them is.
    public var difference: Double
    /// What the tolerance would have let pass.
    public var allowed: Double
}

extension Comparison {
    /// Whether every element was within the tolerance, and the shapes were the same.
    public var isEqual: Bool { shapeMismatch == nil && tally.violations == 0 }
    /// How many elements were compared.
    public var count: Int { tally.count }
    /// How many of them were the same number.
    public var exact: Int { tally.exact }
    /// How many of them were beyond the tolerance.
    public var violations: Int { tally.violations }
    /// How many elements are NaN on our side, on theirs.
    public var notANumber: (ours: Int, theirs: Int) { (tally.ourNaNs, tally.theirNaNs) }
    /// How many elements are infinite on one side and something else on the other.
    public var infinityMismatches: Int { tally.infinityMismatches }
    /// The largest magnitude on their side.
    public var largestReference: Float { tally.largestReference }

    /// `|ours − theirs|`.
    public var absoluteError: ErrorStatistics {
        ErrorStatistics(
            maximum: tally.maxAbsolute, sum: tally.sumAbsolute, histogram: tally.absolute, count: tally.absolute.total)
    }

    /// `|ours − theirs| / |theirs|` of the elements where it exists; see ``relativeErrorUndefined``.
    public var relativeError: ErrorStatistics {
        ErrorStatistics(
            maximum: tally.maxRelative, sum: tally.sumRelative, histogram: tally.relative, count: tally.relative.total)
    }

    /// How many elements have no relative error, because theirs is 0 and ours is not.
    public var relativeErrorUndefined: Int { tally.zeroReference }
    /// Distances in units in the last place.
    public var ulps: UlpHistogram { tally.ulps }
    /// How many absolute errors lie in each power of ten.
    public var absoluteErrorCounts: DecadeCounts { tally.decades }

    /// The first element beyond the tolerance, in C order.
    public var first: ElementDifference? { tally.first.map(element) }
    /// The element that takes the largest share of what the tolerance allows it, or more than all.
    ///
    /// NaN takes more than any number. `nil` where no element differs.
    public var worst: ElementDifference? { tally.worst.map(element) }

    /// The smallest absolute tolerance that would have passed with the relative one as it is.
    ///
    /// `nil` where none would: a NaN, an infinity against something else, or different shapes.
    public var requiredAbsolute: Double? { canPass ? tally.requiredAbsolute : nil }

    /// The smallest relative tolerance that would have passed with the absolute one as it is.
    ///
    /// `nil` where none would; see also ``requiredAbsolute``.
    public var requiredRelative: Double? {
        canPass && tally.requiredRelative.isFinite ? tally.requiredRelative : nil
    }

    private var canPass: Bool {
        shapeMismatch == nil && tally.ourNaNs + tally.theirNaNs + tally.infinityMismatches == 0
    }

    private func element(_ found: Tally.Element) -> ElementDifference {
        let sample = sampleShape ?? []
        var index: [Int] = []
        var rest = found.position
        for extent in sample.reversed() where extent > 0 {
            index.insert(rest % extent, at: 0)
            rest /= extent
        }
        index.insert(rest, at: 0)
        return ElementDifference(
            index: index, ours: found.ours, theirs: found.theirs,
            difference: abs(Double(found.ours) - Double(found.theirs)), allowed: found.allowed)
    }
}

extension Comparison: CustomStringConvertible {
    public var description: String {
        isEqual ? "equal: \(count) elements, max |Δ| \(absoluteError.maximum.short)" : "different" + sentence("theirs")
    }
}

/// Errors in a few numbers.
///
/// Maximum and mean are exact. Median and 99.9 % are read from a histogram: never below the true value, at most 1/64
/// (1.6 %) above it (errors below 5e-20 count as 5e-20).
public struct ErrorStatistics: Hashable, Sendable, Codable {
    public var maximum: Double
    public var mean: Double
    public var median: Double
    /// The error that 99.9 % of the elements do not exceed.
    public var quantile999: Double

    init(maximum: Double, sum: Double, histogram: LogHistogram, count: Int) {
        self.maximum = maximum
        mean = count == 0 ? 0 : sum / Double(count)
        median = min(maximum, histogram.quantile(0.5))
        quantile999 = min(maximum, histogram.quantile(0.999))
    }
}
