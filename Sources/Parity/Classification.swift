import Foundation
import Tensors

/// What an output says about classes, so that both sides can be scored.
public enum ClassScores: Hashable, Sendable {
    /// One probability for each class; they sum to 1.
    case probabilities
    /// One number for each class before a softmax.
    case logits
    /// One probability of class 1.
    case sigmoid
}

/// Which class both sides name for each sample, and how right they are.
///
/// Memory stays the same however many samples come: at most ``ClassificationComparison/kept`` flips and as many close
/// calls keep their pictures.
public struct ClassificationComparison: Sendable {
    /// How many flips and how many close calls are kept with their pictures.
    public static let kept = 24

    public let scores: ClassScores
    public private(set) var samples = 0
    /// For how many samples both sides name the same class.
    public private(set) var agreements = 0
    /// How often each side named the right class, and its mean cross-entropy; `nil` without labels.
    public var ours: Score? { labelled == samples && samples > 0 ? ourSums.score(samples) : nil }
    /// The other side's; see ``ours``.
    public var theirs: Score? { labelled == samples && samples > 0 ? theirSums.score(samples) : nil }
    /// Samples for which the sides name different classes, the first of them.
    public private(set) var flips: [Case] = []
    /// Flips in which the other side itself holds both classes for equal within the tolerance.
    public private(set) var ties = 0
    /// Samples whose two best classes lie closest together on the other side, closest first.
    public private(set) var closest: [Case] = []

    private var labelled = 0
    private var ourSums = Sums()
    private var theirSums = Sums()

    public init(_ scores: ClassScores) { self.scores = scores }

    /// How many samples changed their class, ties left out.
    public var flipCount: Int { samples - agreements - ties }

    /// Accuracy and loss of one side.
    public struct Score: Hashable, Sendable, Codable {
        public var correct: Int
        public var accuracy: Double
        /// Mean cross-entropy, with Keras' clipping of probabilities to 1e-7 … 1 − 1e-7.
        public var loss: Double
    }

    /// One sample on both sides.
    ///
    /// A class is `nil` where a score is NaN.
    public struct Case: Hashable, Sendable {
        public var sample: Int
        public var label: Int?
        public var ours: Choice
        public var theirs: Choice
        /// On the other side: its best score minus that of our class, or of its second best where both agree.
        public var margin: Double
        public var isTie: Bool
        public var picture: Picture?
    }

    /// A class and its score.
    public struct Choice: Hashable, Sendable, Codable {
        public var label: Int?
        public var score: Float
    }

    /// Adds a batch.
    ///
    /// - Parameters:
    ///   - ours: `[samples, classes]`; `theirs` has the same shape.
    ///   - labels: the right class of each sample of the batch.
    ///   - picture: draws a sample of the batch.
    public mutating func add(
        _ ours: Tensor, _ theirs: Tensor, labels: ArraySlice<Int>? = nil, tolerance: Tolerance = .standard,
        picture: (Int) -> Picture? = { _ in nil }
    ) {
        guard ours.shape == theirs.shape, ours.shape.count == 2, ours.shape[1] > 0 else { return }
        let classes = ours.shape[1]
        ours.withElements { a in
            theirs.withElements { b in
                for row in 0..<ours.shape[0] {
                    let range = (row * classes)..<((row + 1) * classes)
                    let label = labels.map { $0[$0.startIndex + row] }
                    add(Array(a[range]), Array(b[range]), label: label, tolerance, picture: { picture(row) })
                }
            }
        }
    }

    private mutating func add(
        _ ours: [Float], _ theirs: [Float], label: Int?, _ tolerance: Tolerance, picture: () -> Picture?
    ) {
        let (our, their) = (choice(ours), choice(theirs))
        let other = our.label.flatMap { $0 == their.label ? nil : $0 } ?? runnerUp(theirs, their.label)
        let margin = Double(their.score) - Double(score(theirs, of: other))
        var found = Case(sample: samples, label: label, ours: our, theirs: their, margin: margin, isTie: false)
        samples += 1
        if let label {
            labelled += 1
            ourSums.add(correct: our.label == label, loss: loss(ours, label))
            theirSums.add(correct: their.label == label, loss: loss(theirs, label))
        }
        if our.label != nil, our.label == their.label {
            agreements += 1
            if closest.count < ClassificationComparison.kept || margin < closest.last?.margin ?? .infinity {
                found.picture = picture()
                closest.insert(found, at: closest.firstIndex { $0.margin > margin } ?? closest.count)
                if closest.count > ClassificationComparison.kept { closest.removeLast() }
            }
            return
        }
        found.isTie =
            our.label != nil && their.label != nil
            && margin <= tolerance.allowed(at: their.score) + tolerance.allowed(at: score(theirs, of: other))
        if found.isTie { ties += 1 }
        if flips.count < ClassificationComparison.kept {
            found.picture = picture()
            flips.append(found)
        }
    }

    /// The first of the best, as `numpy.argmax`; none where a score is NaN.
    private func choice(_ row: [Float]) -> Choice {
        if let bad = row.first(where: \.isNaN) { return Choice(label: nil, score: bad) }
        if scores == .sigmoid { return Choice(label: row[0] > 0.5 ? 1 : 0, score: max(row[0], 1 - row[0])) }
        var best = 0
        for index in row.indices where row[index] > row[best] { best = index }
        return Choice(label: best, score: row[best])
    }

    private func runnerUp(_ row: [Float], _ best: Int?) -> Int? {
        if scores == .sigmoid { return best.map { 1 - $0 } }
        return row.indices.filter { $0 != best }.max { row[$0] < row[$1] }
    }

    private func score(_ row: [Float], of label: Int?) -> Float {
        guard let label else { return .nan }
        if scores == .sigmoid { return label == 1 ? row[0] : 1 - row[0] }
        return row[label]
    }

    private func loss(_ row: [Float], _ label: Int) -> Double {
        let values = row.map(Double.init)
        func logarithm(_ probability: Double) -> Double { log(min(max(probability, 1e-7), 1 - 1e-7)) }
        switch scores {
        case .probabilities:
            guard values.indices.contains(label) else { return .nan }
            return -logarithm(values[label] / values.reduce(0, +))
        case .sigmoid: return -logarithm(label == 1 ? values[0] : 1 - values[0])
        case .logits:
            guard values.indices.contains(label), let top = values.max() else { return .nan }
            return top + log(values.reduce(0) { $0 + exp($1 - top) }) - values[label]
        }
    }

    private struct Sums: Sendable {
        var correct = 0
        var loss = 0.0

        mutating func add(correct isCorrect: Bool, loss value: Double) {
            if isCorrect { correct += 1 }
            loss += value
        }

        func score(_ count: Int) -> Score {
            Score(correct: correct, accuracy: Double(correct) / Double(count), loss: loss / Double(count))
        }
    }
}
