import Tensors

/// How often each class was taken for each class: rows are what is right, columns what was predicted.
///
/// The counterpart of `sklearn.metrics.confusion_matrix` and `classification_report`.
public struct ConfusionMatrix: Sendable, Hashable {
    /// The most classes that a report is made for: the matrix grows with their square.
    public static let mostClasses = 4096

    public let classes: Int
    /// Row by row.
    public private(set) var counts: [Int]
    /// The samples whose class was not found, in their order.
    public private(set) var errors: [Misread] = []

    /// A sample that was taken for another class.
    public struct Misread: Sendable, Hashable {
        public var sample: Int
        public var label: Int
        public var predicted: Int
        /// The score of the predicted class.
        public var score: Float
    }

    /// What is known of one class; `nil` where nothing can be said: no sample, or none taken for it.
    public struct Row: Sendable, Hashable {
        public var label: Int
        /// How many samples are of this class.
        public var support: Int
        public var correct: Int
        /// Of those taken for this class, the fraction that is.
        public var precision: Double?
        /// Of those of this class, the fraction that was found.
        public var recall: Double?
        /// The harmonic mean of the two.
        public var f1: Double?
    }

    /// An empty matrix of so many classes, two at least.
    public init(classes: Int) {
        self.classes = max(2, classes)
        counts = Array(repeating: 0, count: self.classes * self.classes)
    }

    /// Counts scores of shape `[samples, classes]`, or `[samples, 1]` with the probability of class 1.
    ///
    /// - Parameter first: the number of the first of these samples among all.
    /// - Precondition: one label for each sample, each a class.
    public mutating func add(_ scores: Tensor, labels: some Collection<Int>, first: Int) {
        let columns = scores.shape[1]
        precondition(columns == classes || columns == 1, "\(scores.shape) are no scores of \(classes) classes")
        precondition(labels.count == scores.shape[0], "\(labels.count) labels for \(scores.shape[0]) samples")
        scores.withElements { elements in
            for (sample, label) in labels.enumerated() {
                let row = UnsafeBufferPointer(rebasing: elements[(sample * columns)..<((sample + 1) * columns)])
                let (predicted, score) = columns == 1 ? Self.side(of: row[0]) : Self.best(of: row)
                counts[label * classes + predicted] += 1
                if predicted != label {
                    errors.append(
                        Misread(sample: first + sample, label: label, predicted: predicted, score: score))
                }
            }
        }
    }

    /// How often class `label` was taken for class `predicted`.
    public subscript(label: Int, predicted: Int) -> Int { counts[label * classes + predicted] }

    public var samples: Int { counts.reduce(0, +) }
    public var correct: Int { (0..<classes).reduce(0) { $0 + self[$1, $1] } }
    /// The fraction of samples whose class was found.
    public var accuracy: Double { samples == 0 ? 0 : Double(correct) / Double(samples) }

    /// One row for each class.
    public var rows: [Row] {
        (0..<classes).map { label in
            let support = (0..<classes).reduce(0) { $0 + self[label, $1] }
            let taken = (0..<classes).reduce(0) { $0 + self[$1, label] }
            let correct = self[label, label]
            return Row(
                label: label, support: support, correct: correct,
                precision: taken == 0 ? nil : Double(correct) / Double(taken),
                recall: support == 0 ? nil : Double(correct) / Double(support),
                f1: support + taken == 0 ? nil : 2 * Double(correct) / Double(support + taken))
        }
    }

    /// The classes that are taken for others most often, most often first.
    public var confusions: [(label: Int, predicted: Int, count: Int)] {
        (0..<(classes * classes)).map { ($0 / classes, $0 % classes, counts[$0]) }
            .filter { $0.0 != $0.1 && $0.2 > 0 }
            .sorted { ($1.2, $0.0, $0.1) < ($0.2, $1.0, $1.1) }
    }

    /// The first of the largest scores, as NumPy's `argmax`; a NaN counts as the largest.
    private static func best(of row: UnsafeBufferPointer<Float>) -> (Int, Float) {
        var best = 0
        for i in row.indices.dropFirst() where !row[best].isNaN && (row[i] > row[best] || row[i].isNaN) { best = i }
        return (best, row[best])
    }

    private static func side(of probability: Float) -> (Int, Float) {
        probability > 0.5 ? (1, probability) : (0, 1 - probability)
    }
}
