import Networks
import Tensors

/// Squares for small differences, and straight lines for large ones: `keras.losses.Huber`.
///
///     loss = mean(½ d²)  where |d| ≤ δ,  δ |d| − ½ δ²  elsewhere;  d = y − t
///
/// The mean is over the last axis.
public struct Huber: ElementwiseLoss {
    public static let kerasName = "Huber"
    public static let functionName = "huber"

    public var settings = LossSettings()
    public var delta: Double

    public init(delta: Double = 1) { self.delta = delta }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
        delta = try options.double("delta", default: 1)
    }

    // Keras itself forgets `delta` in its configuration, but reads it.
    public var ownOptions: Options { delta == 1 ? [:] : ["delta": .double(delta)] }

    func value(_ t: Float, _ y: Float) -> Float {
        let (error, delta) = (abs(y - t), Float(delta))
        return error <= delta ? 0.5 * error * error : delta * error - 0.5 * delta * delta
    }

    func slope(_ t: Float, _ y: Float) -> Float { min(max(y - t, -Float(delta)), Float(delta)) }
}
