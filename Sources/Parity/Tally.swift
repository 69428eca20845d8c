/// The running numbers of a comparison; parts may be counted apart and merged.
struct Tally: Sendable {
    /// An element, by its position among all elements of all batches.
    struct Element: Sendable {
        var position: Int
        var ours: Float
        var theirs: Float
        var allowed: Double
        /// The share of the allowed difference: above 1 beyond it; infinite for NaN and unequal infinities.
        var share: Double
        /// `|ours − theirs|`, which decides where nothing is allowed; infinite like the share.
        var difference: Double

        /// Whether this element is further from equal than another.
        func exceeds(_ other: Element?) -> Bool {
            guard let other else { return true }
            return (share, difference) > (other.share, other.difference)
        }
    }

    private(set) var count = 0
    private(set) var exact = 0
    private(set) var violations = 0
    private(set) var ourNaNs = 0
    private(set) var theirNaNs = 0
    private(set) var infinityMismatches = 0
    private(set) var zeroReference = 0
    private(set) var largestReference: Float = 0
    private(set) var maxAbsolute = 0.0
    private(set) var sumAbsolute = 0.0
    private(set) var maxRelative = 0.0
    private(set) var sumRelative = 0.0
    private(set) var requiredAbsolute = 0.0
    private(set) var requiredRelative = 0.0
    private(set) var absolute = LogHistogram()
    private(set) var relative = LogHistogram()
    private(set) var decades = DecadeCounts()
    private(set) var ulps = UlpHistogram()
    private(set) var first: Element?
    private(set) var worst: Element?

    /// Compares the elements of a range; `offset` is the position of element 0 among all batches.
    mutating func add(
        _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, _ range: Range<Int>, offset: Int,
        _ tolerance: Tolerance, scale: Double
    ) {
        var same = 0
        var largest: Float = 0
        for i in range {
            let magnitude = abs(b[i])
            if magnitude > largest, magnitude.isFinite { largest = magnitude }
            if a[i] == b[i] {
                same += 1
            } else {
                addDifferent(a[i], b[i], at: offset + i, tolerance, scale)
            }
        }
        count += range.count
        exact += same
        largestReference = max(largestReference, largest)
        absolute.addZeros(same)
        decades.zeros += same
        relative.addZeros(same)
        ulps.counts[0] += same
    }

    private mutating func addDifferent(
        _ ours: Float, _ theirs: Float, at position: Int, _ tolerance: Tolerance, _ scale: Double
    ) {
        let allowed = tolerance.allowed(at: theirs, scale: scale)
        var difference = Double.infinity
        if ours.isNaN || theirs.isNaN {
            if ours.isNaN { ourNaNs += 1 }
            if theirs.isNaN { theirNaNs += 1 }
        } else {
            ulps.counts[UlpHistogram.bucket(of: ulpDistance(ours, theirs))] += 1
            if ours.isInfinite || theirs.isInfinite {
                infinityMismatches += 1
            } else {
                difference = abs(Double(ours) - Double(theirs))
                addErrors(difference, Double(abs(theirs)), tolerance, scale)
            }
        }
        let isBeyond = difference > allowed || difference == .infinity
        let share = difference == .infinity ? .infinity : difference / allowed
        let element = Element(
            position: position, ours: ours, theirs: theirs, allowed: allowed, share: share, difference: difference)
        if element.exceeds(worst) { worst = element }
        if isBeyond {
            violations += 1
            if first == nil { first = element }
        }
    }

    private mutating func addErrors(_ difference: Double, _ magnitude: Double, _ tolerance: Tolerance, _ scale: Double)
    {
        // What rounding may take from these quotients is given back, so that the reported tolerance really passes.
        let roundingUp = 1 + 0x1p-50
        maxAbsolute = max(maxAbsolute, difference)
        sumAbsolute += difference
        absolute.add(difference)
        decades.add(difference)
        let beyondRelative = difference - tolerance.relative * magnitude
        requiredAbsolute = max(requiredAbsolute, beyondRelative / scale * roundingUp)
        let beyondAbsolute = difference - tolerance.absolute * scale
        if magnitude > 0 {
            let error = difference / magnitude
            maxRelative = max(maxRelative, error)
            sumRelative += error
            relative.add(error)
            requiredRelative = max(requiredRelative, beyondAbsolute / magnitude * roundingUp)
        } else {
            zeroReference += 1
            if beyondAbsolute > 0 { requiredRelative = .infinity }
        }
    }

    /// Adds the numbers of the elements that follow.
    mutating func merge(_ next: Tally) {
        count += next.count
        exact += next.exact
        violations += next.violations
        ourNaNs += next.ourNaNs
        theirNaNs += next.theirNaNs
        infinityMismatches += next.infinityMismatches
        zeroReference += next.zeroReference
        largestReference = max(largestReference, next.largestReference)
        maxAbsolute = max(maxAbsolute, next.maxAbsolute)
        sumAbsolute += next.sumAbsolute
        maxRelative = max(maxRelative, next.maxRelative)
        sumRelative += next.sumRelative
        requiredAbsolute = max(requiredAbsolute, next.requiredAbsolute)
        requiredRelative = max(requiredRelative, next.requiredRelative)
        absolute.merge(next.absolute)
        decades.merge(next.decades)
        relative.merge(next.relative)
        ulps.merge(next.ulps)
        first = first ?? next.first
        if let other = next.worst, other.exceeds(worst) { worst = other }
    }
}
