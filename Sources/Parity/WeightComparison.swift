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

/// All weights on both sides after the same steps of training.
public struct TrainingReport: Sendable {
    /// The optimizer, as Keras names it.
    public var optimizer: String
    public var steps: Int
    public var batchSize: Int
    public var ourLosses: [Double]
    public var theirLosses: [Double]
    /// Every weight, names are `layer/weight`.
    public var rows: [NamedComparison]
    /// Weights that only one side has.
    public var unmatched: [String]

    public var isEqual: Bool { unmatched.isEmpty && rows.allSatisfy(\.comparison.isEqual) }

    func reasons(_ theirName: String) -> [String] {
        let names = unmatched.map { "weight \"\($0)\" exists on one side only" }
        guard let first = rows.first(where: { !$0.comparison.isEqual }) else { return names }
        let count = rows.count { !$0.comparison.isEqual }
        let more = count > 1 ? "; \(count) of \(rows.count) weights differ" : ""
        let sentence = first.comparison.sentence(theirName)
        return ["after \(steps) steps of \(optimizer), weight \"\(first.name)\"\(sentence)\(more)"] + names
    }

    /// Trained weights held against each other.
    ///
    /// Steps multiply rounding: where a gradient is all but zero, an optimizer that divides by its size goes a whole step
    /// this way or that. So the tolerance grows by 1/200 of the longest way that an element of the same weight went.
    ///
    /// - Parameter initial: the weights before the first step.
    init(
        optimizer: String, steps: Int, batchSize: Int, names: [(key: WeightKey, name: String)],
        initial: [WeightKey: Tensor], ours: TrainedWeights, theirs: TrainedWeights, _ tolerance: Tolerance,
        pool: WorkerPool
    ) {
        self.optimizer = optimizer
        self.steps = steps
        self.batchSize = batchSize
        ourLosses = ours.losses
        theirLosses = theirs.losses
        rows = []
        unmatched = []
        for (key, name) in names {
            guard let our = ours.weights[key], let their = theirs.weights[key] else {
                unmatched.append(name)
                continue
            }
            let way = initial[key].map { their.largestDifference(from: $0) } ?? 0
            let scale = tolerance.absolute > 0 ? 1 + way / 200 / tolerance.absolute : 1
            rows.append(NamedComparison(name, Comparison(our, their, tolerance, scale: scale, pool: pool)))
        }
        let known = Set(names.map(\.key))
        unmatched += theirs.weights.keys.filter { !known.contains($0) }.map { "\($0.layer)/\($0.weight)" }.sorted()
    }
}

extension Tensor {
    /// The largest finite difference of an element from that of another tensor; 0 where the shapes differ.
    fileprivate func largestDifference(from other: Tensor) -> Double {
        guard shape == other.shape else { return 0 }
        return withElements { a in
            other.withElements { b in
                a.indices.lazy.map { abs(Double(a[$0]) - Double(b[$0])) }.filter(\.isFinite).max() ?? 0
            }
        }
    }
}
