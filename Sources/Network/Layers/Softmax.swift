/// Probabilities along an axis: `y = eˣ / Σ eˣ`; Keras' `Softmax`.
///
/// Input and output have the same shape.
public struct Softmax: ActivationApplying {
    public static let kerasName = "Softmax"

    public var axis: Int

    public init(axis: Int = -1) { self.axis = axis }

    public init(from options: inout OptionReader) throws(OptionError) {
        axis =
            try options.optional("axis", "one axis") { $0.int ?? ($0.array?.count == 1 ? $0.array?[0].int : nil) } ?? -1
    }

    public var options: Options { ["axis": .int(axis)] }

    public var activation: Activation { .softmax(axis: axis) }
}
