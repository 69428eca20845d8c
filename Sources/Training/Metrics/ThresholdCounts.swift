import Networks
import Tensors

/// How many outputs are rightly and wrongly called positive and negative at a threshold.
struct Outcomes: Sendable, Hashable {
    var truePositives = 0.0
    var falsePositives = 0.0
    var trueNegatives = 0.0
    var falseNegatives = 0.0

    /// Of those that were called positive, the fraction that is.
    var precision: Double { ratio(truePositives, truePositives + falsePositives) }
    /// Of the positive, the fraction that was found; also called sensitivity.
    var recall: Double { ratio(truePositives, truePositives + falseNegatives) }
    /// Of the negative, the fraction that was found.
    var specificity: Double { ratio(trueNegatives, trueNegatives + falsePositives) }
    /// Of the negative, the fraction that was called positive.
    var fallOut: Double { ratio(falsePositives, falsePositives + trueNegatives) }
}

/// The quotient, or 0 where there is nothing to divide by.
func ratio(_ part: Double, _ whole: Double) -> Double { whole == 0 ? 0 : part / whole }

/// The outcomes at thresholds, gathered over batches: Keras' `update_confusion_matrix_variables`.
///
/// An output is called positive where it is greater than the threshold; a target is positive where it is not zero.
struct ThresholdCounts: Sendable {
    /// In ascending order.
    let thresholds: [Float]
    /// Whether they divide the way from 0 to 1 evenly; the bounds may lie a little outside.
    let isEven: Bool
    /// Only so many of the largest outputs of a row count; the others are never positive.
    var topK: Int?
    /// Only this column counts.
    var classID: Int?
    /// Whether each column is counted for itself.
    var isMultiLabel = false
    /// How much each column counts.
    var labelWeights: [Float]?
    /// For each of the four outcomes, each threshold and each label, the weights of the outputs.
    var sums: [Double] = []

    init(_ thresholds: [Double], isEven: Bool) {
        self.thresholds = thresholds.map { Float($0) }
        self.isEven = isEven
    }

    /// How many labels are counted for themselves.
    var labels: Int { sums.count / (4 * thresholds.count) }

    /// The outcomes of a label at each threshold.
    func outcomes(label: Int = 0) -> [Outcomes] {
        let (stride, labels) = (sums.count / 4, labels)
        guard label < labels else { return thresholds.map { _ in Outcomes() } }
        return thresholds.indices.map { threshold in
            let place = threshold * labels + label
            return Outcomes(
                truePositives: sums[place], falsePositives: sums[stride + place],
                trueNegatives: sums[2 * stride + place], falseNegatives: sums[3 * stride + place])
        }
    }

    /// The mean over the thresholds.
    func mean(_ value: (Outcomes) -> Double) -> Double {
        outcomes().reduce(0) { $0 + value($1) } / Double(thresholds.count)
    }

    /// Adds a batch whose targets have as many elements as its outputs.
    mutating func add(_ targets: Tensor, _ outputs: Tensor, weights: [Float]?) {
        let columns = outputs.shape.count > 1 ? outputs.shape[outputs.shape.count - 1] : 1
        let rows = columns == 0 ? 0 : outputs.count / columns
        let rowsOfSample = max(1, rows / max(1, outputs.shape.first ?? 1))
        let counted = classID.map { $0..<$0 + 1 } ?? 0..<columns
        let labels = isMultiLabel ? counted.count : 1
        // How many of the thresholds an output exceeds, for positive and for negative targets.
        let places = thresholds.count + 1
        var (yes, no) = ([Double](repeating: 0, count: places * labels), [Double](repeating: 0, count: places * labels))
        targets.withElements { targets in
            outputs.withElements { outputs in
                for row in 0..<rows {
                    let y = Row(rebasing: outputs[row * columns..<(row + 1) * columns])
                    let top = topK.map { largest($0, of: y) }
                    let weight = Double(weights?[row / rowsOfSample] ?? 1)
                    for column in counted {
                        let counts = top.map { $0.contains(column) } ?? true
                        let cell =
                            (counts ? place(of: y[column]) : 0) * labels
                            + (isMultiLabel ? column - counted.lowerBound : 0)
                        let weight = weight * Double(labelWeights?[column] ?? 1)
                        if targets[row * columns + column] != 0 { yes[cell] += weight } else { no[cell] += weight }
                    }
                }
            }
        }
        add(yes, no, labels: labels)
    }

    /// Adds up from the highest threshold to the lowest.
    private mutating func add(_ yes: [Double], _ no: [Double], labels: Int) {
        let stride = thresholds.count * labels
        if sums.count != 4 * stride { sums = [Double](repeating: 0, count: 4 * stride) }
        for label in 0..<labels {
            func total(_ counts: [Double]) -> Double {
                Swift.stride(from: label, to: counts.count, by: labels).reduce(0) { $0 + counts[$1] }
            }
            let (allYes, allNo) = (total(yes), total(no))
            var (foundYes, foundNo) = (0.0, 0.0)
            for threshold in thresholds.indices.reversed() {
                foundYes += yes[(threshold + 1) * labels + label]
                foundNo += no[(threshold + 1) * labels + label]
                let cell = threshold * labels + label
                sums[cell] += foundYes
                sums[stride + cell] += foundNo
                sums[2 * stride + cell] += allNo - foundNo
                sums[3 * stride + cell] += allYes - foundYes
            }
        }
    }

    /// How many thresholds are below this output.
    private func place(of y: Float) -> Int {
        guard isEven else { return thresholds.count { $0 < y } }
        guard !y.isNaN else { return 0 }
        // Keras rounds in this way too, and a product of float32 may fall on the other side than a comparison.
        let place = Int((min(max(y, 0), 1) * Float(thresholds.count - 1)).rounded(.up))
        return thresholds[0] < 0 ? max(place, 1) : place
    }

    /// The places of the k largest, the first of equal ones.
    private func largest(_ k: Int, of y: Row) -> Set<Int> {
        Set(y.indices.sorted { (y[$1], $0) < (y[$0], $1) }.prefix(k))
    }
}

/// A metric of the outcomes at thresholds.
protocol ThresholdMetric: Metric {
    var counts: ThresholdCounts { get set }
}

extension ThresholdMetric {
    public var sums: [Double] {
        get { counts.sums }
        set { counts.sums = newValue }
    }

    public mutating func update(
        _ targets: Tensor, _ prediction: Prediction, weights: [Float]?, on pool: WorkerPool
    ) {
        counts.add(targets, prediction.outputs, weights: weights)
    }

    public func problem(targets: Shape, outputs: Shape) -> String? {
        thresholdProblem(targets: targets, outputs: outputs)
    }

    /// Why the outcomes of outputs of this shape cannot be counted.
    func thresholdProblem(targets: Shape, outputs: Shape) -> String? {
        if let problem = sizeProblem(targets: targets, outputs: outputs) { return problem }
        let columns = outputs.count > 1 ? outputs[outputs.count - 1] : 1
        if let classID = counts.classID, classID >= columns || outputs.count < 2 {
            return "its class_id \(classID) is no column of outputs of shape \(outputs)"
        }
        if let k = counts.topK, k > columns {
            return "its top_k \(k) is more than the \(columns) columns of the outputs"
        }
        if let labels = counts.labelWeights?.count, labels != columns {
            return "it has label_weights for \(labels) labels, but the outputs have \(columns)"
        }
        return nil
    }
}
