import Networks
import Tensors

/// What is asked of a comparison layer by layer.
public struct LayerInspection: Hashable, Sendable {
    /// Whether every layer also runs alone on the other side's activations.
    public var bisects: Bool
    /// How many samples are compared; all layers' activations of all samples are much data.
    public var samples: Int
    /// What a layer's activation may differ, with the absolute term relative to its largest element where that is above 1.
    public var tolerance: Tolerance

    public init(bisects: Bool = false, samples: Int = 256, tolerance: Tolerance = .standard) {
        self.bisects = bisects
        self.samples = samples
        self.tolerance = tolerance
    }
}

/// Every layer's activations on both sides, in the order in which they are computed.
public struct LayerReport: Sendable {
    public var rows: [Row]
    public var samples: Int
    public var check: LayerInspection

    /// One output of one call of one layer.
    public struct Row: Sendable {
        public var key: TensorKey
        /// The layer's number in `model.layers`.
        public var position: Int
        public var className: String
        /// The shape of the activation of one sample.
        public var shape: Shape
        /// The whole model up to this layer on both sides; `nil` where the other side has no such activation.
        public var comparison: Comparison?
        /// This layer alone, fed with the other side's activations.
        public var alone: Comparison?

        /// What differs in one sentence: `layer 3 "pool", element [0, 4]: Keras 0.5731, ours 0.5728, |Δ| …`.
        public func sentence(_ theirName: String) -> String {
            let call = key.call > 0 ? " (call \(key.call + 1))" : ""
            return
                "layer \(position) \"\(key.layer)\" (\(className))\(call)\((comparison ?? Comparison()).sentence(theirName))"
        }
    }

    /// The first layer whose activation differs.
    public var firstDifference: Row? { rows.first { !($0.comparison?.isEqual ?? true) } }

    /// The first layer that differs when it stands alone: the faulty one.
    public var firstFaulty: Row? { rows.first { !($0.alone?.isEqual ?? true) } }

    /// How many activations have no counterpart on the other side.
    public var uncompared: Int { rows.count { $0.comparison == nil } }

    /// How many activations were compared, and how many of them are equal.
    public var counts: (compared: Int, equal: Int) {
        let compared = rows.compactMap(\.comparison)
        return (compared.count, compared.count(where: \.isEqual))
    }
}

/// Compares activations batch by batch.
struct LayerComparer {
    private(set) var report: LayerReport
    private let model: Model
    private let pool: WorkerPool
    private let schedule: [(layer: Int, call: Int)]

    init(_ model: Model, _ check: LayerInspection, pool: WorkerPool) {
        self.model = model
        self.pool = pool
        schedule = model.schedule
        report = LayerReport(rows: [], samples: 0, check: check)
    }

    mutating func add(_ batch: Batch, ours: [TensorKey: Tensor], theirs: [TensorKey: Tensor]) {
        if report.rows.isEmpty { report.rows = rows(for: ours) }
        report.samples += batch.range.count
        for index in report.rows.indices {
            let row = report.rows[index]
            guard let our = ours[row.key], let their = theirs[row.key] else { continue }
            let scale = max(1, their.largestMagnitude)
            var comparison = row.comparison ?? Comparison(report.check.tolerance)
            comparison.add(our, their, scale: scale, pool: pool)
            report.rows[index].comparison = comparison
            guard report.check.bisects, let alone = outputAlone(row, batch, theirs) else { continue }
            var comparisonAlone = row.alone ?? Comparison(report.check.tolerance)
            comparisonAlone.add(alone, their, scale: scale, pool: pool)
            report.rows[index].alone = comparisonAlone
        }
    }

    private func rows(for ours: [TensorKey: Tensor]) -> [LayerReport.Row] {
        schedule.flatMap { index, call -> [LayerReport.Row] in
            let entry = model.layers[index]
            guard !model.inputs.contains(index) else { return [] }
            let keys = sequence(first: TensorKey(entry.name, call: call)) {
                TensorKey($0.layer, call: $0.call, output: $0.output + 1)
            }
            return keys.prefix { ours[$0] != nil }.map { key in
                LayerReport.Row(
                    key: key, position: index, className: type(of: entry.layer).kerasName,
                    shape: ours[key]?.shape.sample ?? [])
            }
        }
    }

    /// The layer's own arithmetic on the other side's activations of the layers before it.
    private func outputAlone(_ row: LayerReport.Row, _ batch: Batch, _ theirs: [TensorKey: Tensor]) -> Tensor? {
        let entry = model.layers[row.position]
        guard row.key.call < entry.calls.count else { return nil }
        var inputs: [Tensor] = []
        for source in entry.calls[row.key.call] {
            if let position = model.inputs.firstIndex(of: source.layer) {
                inputs.append(batch.inputs[position])
            } else {
                let key = TensorKey(model.layers[source.layer].name, call: source.call, output: source.output)
                guard let tensor = theirs[key] else { return nil }
                inputs.append(tensor)
            }
        }
        // What came from outside may not fit: such a layer is left for the comparison of whole activations to name.
        guard let shapes = try? entry.layer.outputShapes(for: inputs.map(\.shape)), row.key.output < shapes.count,
            let specs = try? entry.layer.weights(for: inputs.map(\.shape)),
            specs.map(\.shape) == entry.weights.map(\.shape)
        else { return nil }
        let pass = entry.layer.forward(inputs, entry.weights, Context(mode: .inference, pool: pool))
        return pass.outputs[row.key.output]
    }
}

extension Tensor {
    /// The largest finite magnitude.
    var largestMagnitude: Double {
        withElements { elements in
            var largest: Float = 0
            for element in elements where abs(element) > largest && element.isFinite { largest = abs(element) }
            return Double(largest)
        }
    }
}
