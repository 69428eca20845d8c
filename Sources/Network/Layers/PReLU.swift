import Tensors

/// The rectifier with a trained slope below zero; Keras' `PReLU`.
///
///     y = x          where x > 0
///     y = alpha · x  elsewhere
///
/// Input and output have the same shape; `alpha` has the shape of a sample, with extent 1 along the shared axes.
public struct PReLU: UnaryLayer {
    public static let kerasName = "PReLU"

    public var alpha: WeightOptions
    /// The axes, from 1 on, along which all places share one slope: 1 and 2 for images.
    public var sharedAxes: [Int]?

    public init(alpha: WeightOptions = WeightOptions(.zeros), sharedAxes: [Int]? = nil) {
        self.alpha = alpha
        self.sharedAxes = sharedAxes
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        alpha = try options.weight("alpha", default: .zeros)
        sharedAxes = try options.optional("shared_axes", "null or axes from 1 on") { value in
            let axes = value.int.map { [$0] } ?? value.array?.compactMap(\.int) ?? []
            return !axes.isEmpty && axes.allSatisfy { $0 > 0 } ? axes : nil
        }
    }

    public var options: Options {
        var options = Options()
        options.append(weights: [("alpha", alpha)])
        options["shared_axes"] = sharedAxes.map { OptionValue($0) } ?? .null
        return options
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        _ = try weights(for: input)
        return input
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        var shape = input.sample
        for axis in sharedAxes ?? [] where shape.indices.contains(axis - 1) { shape[axis - 1] = 1 }
        guard !input.isEmpty, shape.isKnown, sharedAxes?.allSatisfy({ $0 < input.count }) ?? true else {
            throw ShapeError(layer: "PReLU", expected: "known extents along the axes that are not shared", found: input)
        }
        return [alpha.spec("alpha", shape)]
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let slopes = slopes(weights[0], x.shape, context.pool)
        return Pass(x, zipped(x, slopes, on: context.pool) { x, slope in x > 0 ? x : slope * x })
    }

    // MARK: dx = dy where x > 0, alpha dy where x < 0, 0 where x = 0;  dalpha = Σ x dy where x < 0

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let pool = context.pool
        let slope = zipped(pass.x, slopes(weights[0], dy.shape, pool), on: pool) { x, slope in
            x > 0 ? 1 : x < 0 ? slope : 0
        }
        let below = zipped(dy, pass.x, on: pool) { dy, x in x < 0 ? x * dy : 0 }
        let dalpha = summed(below, to: [1] + weights[0].shape, on: pool).reshaped(to: weights[0].shape)
        return Gradients(input: multiplying(dy, slope, on: pool), weights: [dalpha])
    }

    private func slopes(_ alpha: Tensor, _ shape: Shape, _ pool: WorkerPool) -> Tensor {
        broadcast(alpha.reshaped(to: [1] + alpha.shape), to: shape, on: pool)
    }
}
