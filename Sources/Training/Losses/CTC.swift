import Networks
import Tensors

/// How unlikely a row of labels is, wherever in time each is said (Graves et al., 2006): `keras.losses.CTC`.
///
///     loss = −log Σ_π Π_t p(π_t),  p = softmax(y)
///
/// Over all paths π that give the labels when repetitions and blanks are dropped. Outputs are logits of shape
/// `[batch, time, classes]`, targets numbers of classes of shape `[batch, length]`; class 0 is the blank, and what fills
/// up short rows of labels at their end. The loss is infinite where the labels do not fit the time, and no number where a
/// blank stands among them.
public struct CTC: Loss {
    public static let kerasName = "CTC"
    public static let functionName = "ctc"

    public var settings = LossSettings()

    public init() {}

    public init(from options: inout OptionReader) throws(OptionError) { settings = try LossSettings(from: &options) }

    public var ownOptions: Options { [:] }

    public var takesClassNumbers: Bool { true }

    public func targetShape(for outputs: Shape) -> Shape { [outputs.first ?? Shape.unknown, Shape.unknown] }

    public func valueShape(for outputs: Shape) -> Shape { Shape(Array(outputs.prefix(1))) }

    public func problem(outputs: Shape) -> String? {
        outputs.count == 3 ? nil : "it expects outputs of shape [batch, time, classes], found \(outputs)"
    }

    public func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        let paths = paths(targets, prediction.outputs)
        return Tensor(valueShape(for: prediction.outputs.shape), paths.map { Float(-$0.logLikelihood) })
    }

    // MARK: dy = w (softmax(y) − P(class at this time | labels))

    public func gradient(
        _ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool
    ) -> LossGradient {
        let (outputs, paths) = (prediction.outputs, paths(targets, prediction.outputs))
        let size = outputs.shape.sample.elementCount
        return .outputs(
            Tensor(unsafeUninitialized: outputs.shape) { gradient in
                for (sample, path) in paths.enumerated() {
                    let weight = Double(weights[sample])
                    for (i, slope) in path.slopes.enumerated() { gradient[sample * size + i] = Float(weight * slope) }
                }
            })
    }

    private func paths(_ targets: Tensor, _ outputs: Tensor) -> [LabelPaths] {
        let (length, time, classes) = (targets.shape.sample.elementCount, outputs.shape[1], outputs.shape[2])
        return (0..<outputs.shape[0]).map { sample in
            let labels = labels(targets, sample * length..<(sample + 1) * length, classes)
            let logits = (0..<time * classes).map { Double(outputs[sample * time * classes + $0]) }
            return LabelPaths(labels: labels, logits: logits, classes: classes)
        }
    }

    /// The labels before the blanks at the end; `nil` where they are none.
    private func labels(_ targets: Tensor, _ range: Range<Int>, _ classes: Int) -> [Int]? {
        let labels = range.map { Int(exactly: targets[$0]) ?? -1 }
        let spoken = labels.prefix((labels.lastIndex { $0 != 0 } ?? -1) + 1)
        return spoken.allSatisfy { (1..<max(1, classes)) ~= $0 } ? Array(spoken) : nil
    }
}

/// All paths through time that spell a row of labels, added up forward and backward.
private struct LabelPaths {
    /// The logarithm of the sum of the paths' probabilities.
    let logLikelihood: Double
    /// The derivatives of its negative by the logits.
    let slopes: [Double]

    init(labels: [Int]?, logits: [Double], classes: Int) {
        guard let labels else {
            logLikelihood = .nan
            slopes = logits.map { _ in .nan }
            return
        }
        let time = classes == 0 ? 0 : logits.count / classes
        // Blanks stand before, between and behind the labels.
        let states = [0] + labels.flatMap { [$0, 0] }
        var logs = logits
        for t in 0..<time {
            let row = logits[t * classes..<(t + 1) * classes]
            let total = Self.logSum(Array(row))
            for k in 0..<classes { logs[t * classes + k] -= total }
        }
        func log(_ t: Int, _ s: Int) -> Double { logs[t * classes + states[s]] }
        /// Whether a path may skip the blank before this label.
        func skips(_ s: Int) -> Bool { s > 1 && states[s] != 0 && states[s] != states[s - 2] }

        let none = [Double](repeating: -.infinity, count: states.count)
        var forward = [[Double]](repeating: none, count: time)
        var backward = forward
        for t in 0..<time {
            for s in states.indices {
                let from = max(0, s - (skips(s) ? 2 : 1))
                let before = t == 0 ? [s < 2 ? 0 : -.infinity] : (from...s).map { forward[t - 1][$0] }
                forward[t][s] = Self.logSum(before) + log(t, s)
            }
        }
        for t in (0..<time).reversed() {
            for s in states.indices {
                let isEnd = s >= states.count - 2
                let next = s...min(s + 2, states.count - 1)
                let after =
                    t == time - 1
                    ? [isEnd ? 0 : -.infinity]
                    : next.filter { $0 < s + 2 || skips($0) }.map { backward[t + 1][$0] + log(t + 1, $0) }
                backward[t][s] = Self.logSum(after)
            }
        }
        let likelihood = time == 0 ? 0 : Self.logSum(states.indices.map { forward[0][$0] + backward[0][$0] })
        logLikelihood = likelihood
        var slopes = logs.map(naturalExponential)
        if likelihood > -.infinity {
            for t in 0..<time {
                for s in states.indices {
                    slopes[t * classes + states[s]] -= naturalExponential(forward[t][s] + backward[t][s] - likelihood)
                }
            }
        }
        self.slopes = slopes
    }

    private static func logSum(_ x: [Double]) -> Double {
        guard let largest = x.max(), largest > -.infinity else { return -.infinity }
        return largest + naturalLogarithm(x.reduce(0) { $0 + naturalExponential($1 - largest) })
    }
}
