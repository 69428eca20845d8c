import Tensors

/// What a weight is brought back to after each step of training: a value of `keras.constraints`.
///
/// Norms are taken over `axes`: 0 for each unit of a Dense kernel, 0, 1 and 2 for each filter of a Conv2D kernel.
public enum Constraint: Hashable, Sendable {
    /// `w · clip(‖w‖, 0, maximum) / (1e-7 + ‖w‖)`
    case maxNorm(_ maximum: Double, axes: [Int])
    /// `w · (rate · clip(‖w‖, minimum, maximum) + (1 − rate) · ‖w‖) / (1e-7 + ‖w‖)`
    case minMaxNorm(minimum: Double, maximum: Double, rate: Double, axes: [Int])
    /// `max(w, 0)`
    case nonNegative
    /// `w / (1e-7 + ‖w‖)`
    case unitNorm(axes: [Int])

    /// The constrained weight.
    public func callAsFunction(_ w: Tensor) -> Tensor {
        switch self {
        case .nonNegative:
            return Tensor(w.shape, w.elements.map { max($0, 0) })
        case .maxNorm(let maximum, let axes):
            return Self.scaling(w, axes) { min($0, maximum) / (Self.epsilon + $0) }
        case .minMaxNorm(let minimum, let maximum, let rate, let axes):
            return Self.scaling(w, axes) { norm in
                (rate * min(max(norm, minimum), maximum) + (1 - rate) * norm) / (Self.epsilon + norm)
            }
        case .unitNorm(let axes):
            return Self.scaling(w, axes) { 1 / (Self.epsilon + $0) }
        }
    }

    /// `keras.config.epsilon()`.
    private static let epsilon = 1e-7

    /// Multiplies by a factor of the norm over these axes; negative axes count from the end.
    private static func scaling(_ w: Tensor, _ axes: [Int], _ factor: (Double) -> Double) -> Tensor {
        let reduced = Set(axes.map { $0 < 0 ? $0 + w.shape.count : $0 })
        // The cell of the norm that each element belongs to: its index along the axes that stay.
        let owner = w.shape.cells(reducing: reduced)
        var squares = [Double](repeating: 0, count: (owner.max() ?? 0) + 1)
        let elements = w.elements
        for (position, cell) in owner.enumerated() {
            squares[cell] += Double(elements[position]) * Double(elements[position])
        }
        let factors = squares.map { factor($0.squareRoot()) }
        return Tensor(w.shape, elements.indices.map { Float(Double(elements[$0]) * factors[owner[$0]]) })
    }
}

/// How Keras writes it: `{"class_name": "MaxNorm", "config": {"max_value": 2, "axis": 0}, …}`.
extension Constraint: KerasObject {
    static let kerasModule = "keras.constraints"
    /// The class names of Keras that are read.
    public static let classNames = ["MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"]
    static let expected = "null, MaxNorm, MinMaxNorm, NonNeg or UnitNorm"

    init?(plainName: String, from config: inout OptionReader) throws(OptionError) {
        switch plainName {
        case "maxnorm": self = .maxNorm(try config.double("max_value", default: 2), axes: try config.normAxes())
        case "minmaxnorm":
            self = .minMaxNorm(
                minimum: try config.double("min_value", default: 0),
                maximum: try config.double("max_value", default: 1),
                rate: try config.double("rate", default: 1), axes: try config.normAxes())
        case "nonneg": self = .nonNegative
        case "unitnorm": self = .unitNorm(axes: try config.normAxes())
        default: return nil
        }
    }

    var className: String {
        switch self {
        case .maxNorm: "MaxNorm"
        case .minMaxNorm: "MinMaxNorm"
        case .nonNegative: "NonNeg"
        case .unitNorm: "UnitNorm"
        }
    }

    var config: Options {
        switch self {
        case .maxNorm(let maximum, let axes): ["max_value": .double(maximum), "axis": Self.axis(axes)]
        case .minMaxNorm(let minimum, let maximum, let rate, let axes):
            [
                "min_value": .double(minimum), "max_value": .double(maximum), "rate": .double(rate),
                "axis": Self.axis(axes),
            ]
        case .nonNegative: [:]
        case .unitNorm(let axes): ["axis": Self.axis(axes)]
        }
    }

    private static func axis(_ axes: [Int]) -> OptionValue {
        axes.count == 1 ? .int(axes[0]) : .array(axes.map { .int($0) })
    }
}

extension OptionReader {
    fileprivate mutating func normAxes() throws(OptionError) -> [Int] {
        try optional("axis", "a whole number or a list of them") { value in
            if let one = value.int { return [one] }
            guard let list = value.array else { return nil }
            let axes = list.compactMap(\.int)
            return axes.count == list.count ? axes : nil
        } ?? [0]
    }
}
