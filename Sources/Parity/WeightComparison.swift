import Foundation
import Tensors

/// Every weight's gradient on both sides.
public struct GradientReport: Sendable {
    public var losses: [String]
    public var samples: Int
    public var ourLoss: Double
    public var theirLoss: Double
    /// In the order of our trainable weights; names are `layer/weight`.
    public var rows: [NamedComparison]
    /// Weights that only one side has a gradient of.
    public var unmatched: [String]

    public var isEqual: Bool { unmatched.isEmpty && rows.allSatisfy(\.comparison.isEqual) }

    /// The first weight whose gradient differs, from the output backwards: where the way back goes wrong first.
    public var firstDifference: NamedComparison? { rows.last { !$0.comparison.isEqual } }

    func reasons(_ theirName: String) -> [String] {
        let names = unmatched.map { "weight \"\($0)\" has a gradient on one side only" }
        guard let first = firstDifference else { return names }
        let count = rows.count { !$0.comparison.isEqual }
        let more = count > 1 ? "; \(count) of \(rows.count) gradients differ" : ""
        return ["gradient of \"\(first.name)\"\(first.comparison.sentence(theirName))\(more)"] + names
    }

    /// Gradients held against each other.
    ///
    /// Gradients of one model differ in size by many powers of ten, so the absolute tolerance is relative to the largest
    /// element of the same gradient; but not to less than a thousandth of the model's largest, below which all is rounding.
    init(
        _ losses: [String], samples: Int, names: [(key: WeightKey, name: String)], ours: GradientSet,
        theirs: GradientSet, _ tolerance: Tolerance, pool: WorkerPool
    ) {
        self.losses = losses
        self.samples = samples
        ourLoss = ours.loss
        theirLoss = theirs.loss
        let floor = 1e-3 * (theirs.gradients.values.map(\.largestMagnitude).max() ?? 0)
        rows = []
        unmatched = []
        for (key, name) in names {
            switch (ours.gradients[key], theirs.gradients[key]) {
            case (let our?, let their?):
                let scale = max(their.largestMagnitude, floor)
                rows.append(NamedComparison(name, Comparison(our, their, tolerance, scale: scale, pool: pool)))
            case (nil, nil): continue
            default: unmatched.append(name)
            }
        }
        let known = Set(names.map(\.key))
        unmatched += theirs.gradients.keys.filter { !known.contains($0) }.map { "\($0.layer)/\($0.weight)" }.sorted()
    }
}

/// All weights on both sides after the same steps of training, and where on the way they parted.
public struct TrainingReport: Sendable {
    /// The optimizer, as Keras names it.
    public var optimizer: String
    public var steps: Int
    public var batchSize: Int
    /// What a weight may differ.
    public var tolerance: Tolerance
    public internal(set) var ourLosses: [Double] = []
    public internal(set) var theirLosses: [Double] = []
    /// Every weight as it is in the end, names are `layer/weight`.
    public internal(set) var rows: [NamedComparison] = []
    /// Weights that only one side has.
    public internal(set) var unmatched: [String] = []
    /// The first step after which some weight was apart, and those that were; `nil` where none ever was, or where the
    /// other side knows its last weights alone.
    public internal(set) var parting: Parting?
    /// How far each weight goes astray in the step that parts when our side starts it a millionth away.
    public internal(set) var drift: [String: Double] = [:]
    /// Whether weights were compared after every step.
    public internal(set) var watchesEveryStep = true

    /// Where two trainings part.
    public struct Parting: Sendable {
        /// Counted from 1.
        public var step: Int
        /// The weights that were apart after it, the one furthest beyond its tolerance first.
        public var weights: [NamedComparison]
    }

    public var isEqual: Bool { unmatched.isEmpty && rows.allSatisfy(\.comparison.isEqual) }

    /// The weight that is furthest beyond its tolerance in the end.
    public var worst: NamedComparison? { rows.filter { !$0.comparison.isEqual }.max { $0.share < $1.share } }

    init(_ recipe: TrainingRecipe) {
        optimizer = if case .fresh(let name, _) = recipe.optimizer { name } else { "the stored optimizer" }
        steps = recipe.steps
        batchSize = recipe.batchSize
        tolerance = recipe.tolerance
    }

    /// Compares all weights after a step; the last call gives ``rows``.
    mutating func compare(
        after step: Int, names: [(key: WeightKey, name: String)], ours: [WeightKey: Tensor],
        theirs: [WeightKey: Tensor], pool: WorkerPool
    ) {
        rows = []
        unmatched = []
        for (key, name) in names {
            guard let our = ours[key], let their = theirs[key] else {
                unmatched.append(name)
                continue
            }
            rows.append(NamedComparison(name, Comparison(our, their, tolerance, pool: pool)))
        }
        let known = Set(names.map(\.key))
        unmatched += theirs.keys.filter { !known.contains($0) }.map { "\($0.layer)/\($0.weight)" }.sorted()
        let apart = rows.filter { !$0.comparison.isEqual }.sorted { $0.share > $1.share }
        if parting == nil, watchesEveryStep, !apart.isEmpty { parting = Parting(step: step, weights: apart) }
    }

    func reasons(_ theirName: String) -> [String] {
        let names = unmatched.map { "weight \"\($0)\" exists on one side only" }
        guard let worst else { return names }
        let count = rows.count { !$0.comparison.isEqual }
        let more = count > 1 ? "; \(count) of \(rows.count) weights differ" : ""
        let sentence = worst.comparison.sentence(theirName)
        return ["after \(steps) steps of \(optimizer), weight \"\(worst.name)\"\(sentence)\(more)"]
            + [partingSentence, driftSentence].compactMap(\.self) + names
    }

    /// Which weight parts first and what that tells.
    var partingSentence: String? {
        guard let parting, let first = parting.weights.first else { return nil }
        let others = parting.weights.count > 1 ? " and \(parting.weights.count - 1) more" : ""
        let place = "the first to part, after step \(parting.step): \"\(first.name)\"\(others)"
        if parting.step == 1 { return place + "; compare the gradients next (--gradients)" }
        return place + "; all weights were equal after step \(parting.step - 1)"
    }

    /// Whether rounding alone would do it.
    var driftSentence: String? {
        guard let first = parting?.weights.first, first.comparison.shapeMismatch == nil, let drift = drift[first.name]
        else { return nil }
        let difference = first.comparison.absoluteError.maximum
        let start = "our own step, started a millionth away, drifts by up to \(drift.short) in \"\(first.name)\": "
        guard drift >= difference / 2 else {
            return start + "less than the \(difference.short) here, so rounding alone does not explain it"
        }
        let remedy = worst?.comparison.requiredAbsolute.map { "; --train-atol \($0.roundedUp.short) would pass" } ?? ""
        return start + "as much as the \(difference.short) here, so rounding alone explains it" + remedy
    }

    /// How the tolerance reads in a verdict: a looser one than usual says so.
    var toleranceSentence: String {
        let usual = Tolerance.trainedWeights
        let isLooser = tolerance.absolute > usual.absolute || tolerance.relative > usual.relative
        return "\(tolerance)" + (isLooser ? ", looser on request than the usual \(usual)" : "")
    }
}

extension NamedComparison {
    /// How far the worst element is beyond what it is allowed; infinite for NaN and for shapes that differ.
    fileprivate var share: Double {
        guard comparison.shapeMismatch == nil, let worst = comparison.worst else { return .infinity }
        guard worst.difference.isFinite else { return .infinity }
        return worst.allowed > 0 ? worst.difference / worst.allowed : .infinity
    }
}

extension Double {
    /// The next number above that needs one digit: `1.3e-5` becomes `2e-5`.
    fileprivate var roundedUp: Double {
        guard self > 0, isFinite else { return self }
        let unit = pow(10, log10(self).rounded(.down))
        return (self / unit).rounded(.up) * unit
    }
}
