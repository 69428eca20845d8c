/// A function as a layer of its own: `y = activation(x)`; Keras' `Activation`.
///
/// Input and output have the same shape; `glu` gives half of the last axis.
public struct ActivationLayer: ActivationApplying {
    public static let kerasName = "Activation"

    public var activation: Activation

    public init(_ activation: Activation) { self.activation = activation }

    public init(from options: inout OptionReader) throws(OptionError) {
        guard options.options["activation"] != nil else {
            throw .missing(layer: options.layer, option: "activation", present: options.options.names)
        }
        // Keras knows the name everywhere, but only here a half as long output has its shape.
        activation = options.value("activation")?.string == "glu" ? .glu(axis: -1) : try options.activation()
    }

    public var options: Options { ["activation": activation.optionValue] }
}
