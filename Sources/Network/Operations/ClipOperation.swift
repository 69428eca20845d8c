import Tensors

/// Each element between two bounds: `y = min(max(x, xMin), xMax)`; Keras' `ops.clip`.
public struct ClipOperation: Operation, UnaryLayer {
    public static let className = "Clip"
    public static let tensorFlow = [
        TensorFlowFunction("clip_by_value", renaming: ["t": "x", "clip_value_min": "x_min", "clip_value_max": "x_max"])
    ]

    public var xMin: Double
    public var xMax: Double

    public init(xMin: Double, xMax: Double) {
        self.xMin = xMin
        self.xMax = xMax
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        xMin = try options.required("x_min", "a number", \.double)
        xMax = try options.required("x_max", "a number", \.double)
    }

    public var options: Options { ["x_min": .double(xMin), "x_max": .double(xMax)] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape { input }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let (low, high) = (Float(xMin), Float(xMax))
        return Pass(x, mapped(x, on: context.pool) { $0 < low ? low : $0 > high ? high : $0 })
    }

    // MARK: dx = dy between the bounds, 0 elsewhere

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let (low, high) = (Float(xMin), Float(xMax))
        return Gradients(input: zipped(dy, pass.x, on: context.pool) { dy, x in x >= low && x <= high ? dy : 0 })
    }
}
