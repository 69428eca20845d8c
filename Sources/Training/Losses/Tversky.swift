import Networks
import Tensors

/// What the regions of targets and outputs do not share, by Tversky's measure (Salehi et al., 2017): `keras.losses.Tversky`.
///
///     loss = 1 − Σ t y / (Σ t y + α Σ (1 − y) t + β Σ y (1 − t) + ε),  ε = 1e-7
///
/// Targets have the shape of the outputs. The sums run over `axes`, or over the whole batch.
public struct Tversky: RegionLoss {
    public static let kerasName = "Tversky"
    public static let functionName = "tversky"

    public var settings = LossSettings()
    /// How much costs what is not found.
    public var alpha: Double
    /// How much costs what is wrongly found.
    public var beta: Double
    public var axes: [Int]?

    public init(alpha: Double = 0.5, beta: Double = 0.5, axes: [Int]? = nil) {
        self.alpha = alpha
        self.beta = beta
        self.axes = axes
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
        alpha = try options.double("alpha", default: 0.5)
        beta = try options.double("beta", default: 0.5)
        axes = try options.regionAxes()
    }

    public var ownOptions: Options { ["alpha": .double(alpha), "beta": .double(beta), "axis": axisOption] }

    func value(
        _ common: Double, _ targets: Double, _ outputs: Double
    ) -> (loss: Double, common: Double, outputs: Double) {
        let whole = common + alpha * (targets - common) + beta * (outputs - common) + epsilon
        let square = whole * whole
        return (1 - common / whole, (common * (1 - alpha - beta) - whole) / square, common * beta / square)
    }
}
