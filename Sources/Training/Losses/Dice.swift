import Networks
import Tensors

/// What the regions of targets and outputs do not share, by Dice's measure (1945): `keras.losses.Dice`.
///
///     loss = 1 − 2 Σ t y / (Σ t + Σ y + ε),  ε = 1e-7
///
/// Targets have the shape of the outputs. The sums run over `axes`, or over the whole batch.
public struct Dice: RegionLoss {
    public static let kerasName = "Dice"
    public static let functionName = "dice"

    public var settings = LossSettings()
    public var axes: [Int]?

    public init(axes: [Int]? = nil) { self.axes = axes }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
        axes = try options.regionAxes()
    }

    public var ownOptions: Options { ["axis": axisOption] }

    func value(
        _ common: Double, _ targets: Double, _ outputs: Double
    ) -> (loss: Double, common: Double, outputs: Double) {
        let whole = targets + outputs + epsilon
        return (1 - 2 * common / whole, -2 / whole, 2 * common / (whole * whole))
    }
}
