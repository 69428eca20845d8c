import Tensors

/// What a weight, or a layer's output, adds to the loss: a value of `keras.regularizers`.
public enum Regularizer: Hashable, Sendable {
    /// `l1 · Σ|w|`
    case l1(Double)
    /// `l2 · Σw²`, without the ½ of textbooks.
    case l2(Double)
    /// `l1 · Σ|w| + l2 · Σw²`
    case l1l2(l1: Double, l2: Double)
    /// `factor · mean |u · v|` over all pairs of a matrix' rows, or columns, brought to length 1; 0 without a pair.
    case orthogonal(factor: Double, mode: OrthogonalMode)

    /// What should be orthogonal to each other.
    public enum OrthogonalMode: String, Hashable, Sendable, CaseIterable { case rows, columns }

    /// The loss of this tensor.
    ///
    /// - Precondition: it is a matrix where it should be orthogonal.
    public func penalty(_ w: Tensor) -> Float {
        if case .orthogonal(let factor, let mode) = self { return Float(factor * UnitVectors(w, mode).overlap) }
        let (l1, l2) = factors
        // Summed in double: a weight may have millions of elements.
        return w.withElements { elements in
            var sum = 0.0
            for element in elements {
                let weight = Double(element)
                sum += l1 * weight.magnitude + l2 * weight * weight
            }
            return Float(sum)
        }
    }

    /// The gradient of ``penalty(_:)``: `l1 · sign(w) + 2 · l2 · w`, with `sign(0) = 0`.
    public func gradient(_ w: Tensor) -> Tensor {
        if case .orthogonal(let factor, let mode) = self { return UnitVectors(w, mode).gradient(factor: factor) }
        let (l1, l2) = (Float(factors.l1), Float(factors.l2))
        return Tensor(unsafeUninitialized: w.shape) { gradient in
            w.withElements { w in
                for i in w.indices { gradient[i] = l1 * (w[i] > 0 ? 1 : w[i] < 0 ? -1 : 0) + 2 * l2 * w[i] }
            }
        }
    }

    private var factors: (l1: Double, l2: Double) {
        switch self {
        case .l1(let l1): (l1, 0)
        case .l2(let l2): (0, l2)
        case .l1l2(let l1, let l2): (l1, l2)
        case .orthogonal: (0, 0)
        }
    }
}

/// How Keras writes it: `{"class_name": "L2", "config": {"l2": 0.01}, …}`.
extension Regularizer: KerasObject {
    static let kerasModule = "keras.regularizers"
    /// The class names of Keras that are read.
    public static let classNames = ["L1", "L1L2", "L2", "OrthogonalRegularizer"]
    static let expected = "null, L1, L2, L1L2 or OrthogonalRegularizer"

    init?(plainName: String, from config: inout OptionReader) throws(OptionError) {
        // The defaults are those of the class; the bare names "l1", "l2" and "l1_l2" stand for them too.
        switch plainName {
        case "l1": self = .l1(try config.factor("l1", default: 0.01))
        case "l2": self = .l2(try config.factor("l2", default: 0.01))
        case "l1l2":
            let fallback = config.options.isEmpty ? 0.01 : 0
            self = .l1l2(
                l1: try config.factor("l1", default: fallback), l2: try config.factor("l2", default: fallback))
        case "orthogonalregularizer", "orthogonal":
            self = .orthogonal(
                factor: try config.factor("factor", default: 0.01), mode: try config.choice("mode", default: .rows))
        default: return nil
        }
    }

    var className: String {
        switch self {
        case .orthogonal: "OrthogonalRegularizer"
        case .l1: "L1"
        case .l2: "L2"
        case .l1l2: "L1L2"
        }
    }

    var config: Options {
        switch self {
        case .orthogonal(let factor, let mode): ["factor": .double(factor), "mode": .string(mode.rawValue)]
        case .l1(let l1): ["l1": .double(l1)]
        case .l2(let l2): ["l2": .double(l2)]
        case .l1l2(let l1, let l2): ["l1": .double(l1), "l2": .double(l2)]
        }
    }
}

extension OptionReader {
    fileprivate mutating func factor(_ name: String, default fallback: Double) throws(OptionError) -> Double {
        try optional(name, "a number ≥ 0") { value in value.double.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil } }
            ?? fallback
    }
}
