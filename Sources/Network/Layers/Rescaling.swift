import Tensors

/// Another scale and origin: `y = x · scale + offset`; Keras' `Rescaling`.
///
/// Input and output have the same shape; `scale` and `offset` are one number, or one for each channel of the last axis.
public struct Rescaling: UnaryLayer {
    public static let kerasName = "Rescaling"

    public var scale: [Double]
    public var offset: [Double]

    public init(scale: [Double], offset: [Double] = [0]) {
        self.scale = scale
        self.offset = offset
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        let numbers: (OptionValue) -> [Double]? = { value in
            if let one = value.double { return [one] }
            let list = value.array?.compactMap(\.double) ?? []
            return !list.isEmpty && list.count == value.array?.count ? list : nil
        }
        scale = try options.required("scale", "a number or a list of numbers", numbers)
        offset = try options.optional("offset", "a number or a list of numbers", numbers) ?? [0]
    }

    public var options: Options {
        func value(_ numbers: [Double]) -> OptionValue {
            numbers.count == 1 ? .double(numbers[0]) : .array(numbers.map { .double($0) })
        }
        return ["scale": value(scale), "offset": value(offset)]
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard [scale.count, offset.count].allSatisfy({ (count: Int) in count == 1 || count == input.last }) else {
            throw ShapeError(
                layer: "Rescaling", expected: "\(max(scale.count, offset.count)) channels in the last axis",
                found: input)
        }
        return input
    }

    private func row(_ numbers: [Double], _ channels: Int) -> Tensor {
        Tensor([channels], (0..<channels).map { Float(numbers[numbers.count == 1 ? 0 : $0]) })
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let channels = x.shape.last ?? 1
        let y = scaledShifted(x, scale: row(scale, channels), shift: row(offset, channels), on: context.pool)
        return Pass(x, y)
    }

    // MARK: dx = dy · scale

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let channels = dy.shape.last ?? 1
        let none = Tensor([channels], repeating: 0)
        return Gradients(input: scaledShifted(dy, scale: row(scale, channels), shift: none, on: context.pool))
    }
}
