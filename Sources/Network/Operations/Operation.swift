import Tensors

/// A function between tensors that stands in a graph without a layer around it: `x + 3`, `keras.ops.mean(x)`.
///
/// What the function is called with and is no tensor is an option here, by the name that Keras gives the argument: the
/// `3` above is `x2`. How files write it, Keras 3 as a class of `keras.src.ops`, tf_keras as a `TFOpLambda`, is known
/// to who reads files.
public protocol Operation: Layer {
    /// The name of Keras' class for it, which differs from a layer's by its module alone.
    static var className: String { get }

    /// The Python module of that class.
    static var module: String { get }

    /// The names of the arguments that may be tensors, in order.
    static var operands: [String] { get }

    /// Whether the only operand is a list of tensors.
    static var takesList: Bool { get }

    /// TensorFlow's functions that are the same; the first is the one that is written.
    static var tensorFlow: [TensorFlowFunction] { get }
}

extension Operation {
    public static var kerasName: String { "keras.ops." + className }
    public static var module: String { "keras.src.ops.numpy" }
    public static var operands: [String] { ["x"] }
    public static var takesList: Bool { false }
}

/// A function of TensorFlow that does what an ``Operation`` does.
public struct TensorFlowFunction: Sendable, Hashable {
    /// Its name, without `tf.` in front.
    public var name: String
    /// Its arguments that Keras calls otherwise.
    public var renamed: [String: String]
    /// Options of ours that it has where its arguments do not say otherwise.
    public var implied: Options
    /// Arguments that ours lacks, with the value that makes it the same.
    public var fixed: Options

    public init(
        _ name: String, renaming renamed: [String: String] = [:], implying implied: Options = [:],
        fixing fixed: Options = [:]
    ) {
        self.name = name
        self.renamed = renamed
        self.implied = implied
        self.fixed = fixed
    }
}
