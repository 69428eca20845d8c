import Tensors

/// The inputs one after another along an axis: `y = [x₁, x₂, …]`; Keras' `Concatenate`.
///
/// All inputs have one rank, and one extent along every axis but `axis`. Where masks reach the layer they stand behind
/// the inputs, and a further output is theirs: one after another along the steps, or joined as ``joinedMask`` says.
public struct Concatenate: MaskReading, MaskRuled {
    public static let kerasName = "Concatenate"

    public var axis: Int
    public var maskedInputs: [Int] = []
    public var maskRules = MaskRules.keras3

    public init(axis: Int = -1) { self.axis = axis }

    public init(from options: inout OptionReader) throws(OptionError) {
        axis = try options.int("axis", default: -1)
    }

    public var options: Options { ["axis": .int(axis)] }

    public var maskUse: MaskUse { .joins }

    public func readsMask(of input: Int, among count: Int) -> Bool { true }

    public func carriesMask(to output: Int) -> Bool { output == 0 && readsMask }

    public func outputShapes(for all: [Shape]) throws(ShapeError) -> [Shape] {
        let (inputs, masks) = unmasked(all)
        let joined = try joinedShape(inputs)
        guard readsMask else { return [joined] }
        guard joined.count == 3, axis != 0, axis != -3, masks.allSatisfy({ $0.map { $0.count == 2 } ?? true }) else {
            throw ShapeError(layer: "Concatenate with masks", expected: "[batch, steps, features]", found: inputs)
        }
        return [joined, Shape(Array(joined.prefix(2)))]
    }

    private func joinedShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
        guard var result = inputs.first, (-result.count..<result.count).contains(axis) else {
            throw ShapeError(layer: "Concatenate", expected: "inputs with an axis \(axis)", found: inputs)
        }
        let axis = position(in: result)
        guard axis > 0 else {
            throw ShapeError(
                layer: "Concatenate", expected: "an axis behind the batch's, not axis \(self.axis)", found: inputs)
        }
        for input in inputs.dropFirst() {
            guard input.count == result.count else { throw misfit(inputs) }
            for other in result.indices {
                switch (result[other], input[other]) {
                case (let a, let b) where other == axis:
                    result[other] = a == Shape.unknown || b == Shape.unknown ? Shape.unknown : a + b
                case (let a, let b) where a == b || b == Shape.unknown: continue
                case (Shape.unknown, let b): result[other] = b
                default: throw misfit(inputs)
                }
            }
        }
        return result
    }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] { [] }

    private func misfit(_ inputs: [Shape]) -> ShapeError {
        ShapeError(layer: "Concatenate", expected: "inputs that differ along axis \(axis) alone", found: inputs)
    }

    private func position(in shape: Shape) -> Int { axis < 0 ? axis + shape.count : axis }

    public func forward(_ all: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let (inputs, masks) = unmasked(all)
        let y = joined(inputs, axis: position(in: inputs[0].shape), context)
        guard readsMask else { return Pass(all, [y]) }
        let steps = Shape(Array(y.shape.prefix(2)))
        guard position(in: y.shape) == 1 else { return Pass(all, [y, joinedMask(masks, steps: steps, maskRules)]) }
        let parts = zip(masks, inputs).map { mask, x in mask ?? Tensor(Shape(Array(x.shape.prefix(2))), repeating: 1) }
        return Pass(all, [y, joined(parts, axis: 1, context)])
    }

    private func joined(_ inputs: [Tensor], axis: Int, _ context: Context) -> Tensor {
        var shape = inputs[0].shape
        shape[axis] = inputs.reduce(0) { $0 + $1.shape[axis] }
        let widths = inputs.map { $0.shape.dropFirst(axis).reduce(1, *) }
        let total = widths.reduce(0, +)
        let rows = shape.prefix(axis).reduce(1, *)
        precondition(
            zip(inputs, widths).allSatisfy { $0.count == rows * $1 && $0.shape.count == shape.count },
            "shapes \(inputs.map(\.shape)) cannot be joined along axis \(axis)")
        return Tensor(unsafeUninitialized: shape) { target in
            // Each input writes its own columns of every row, so the threads never meet.
            nonisolated(unsafe) let target = target
            var start = 0
            for (input, width) in zip(inputs, widths) {
                let first = start
                input.withElements { source in
                    nonisolated(unsafe) let source = source
                    context.pool.run(width == 0 ? 0 : rows, grain: 4096 / max(width, 1) + 1) { rows in
                        for row in rows {
                            for i in 0..<width { target[row * total + first + i] = source[row * width + i] }
                        }
                    }
                }
                start += width
            }
        }
    }

    // MARK: dxᵢ = its part of dy

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let axis = position(in: pass.inputs[0].shape)
        let total = dy[0].shape.dropFirst(axis).reduce(1, *)
        var start = 0
        precondition(
            unmasked(pass.inputs).inputs.reduce(0) { $0 + $1.count } == dy[0].count,
            "the gradient's shape is \(dy[0].shape)")
        return Gradients(
            inputs: withMasks(
                unmasked(pass.inputs).inputs.map { input in
                    let (first, width) = (start, input.shape.dropFirst(axis).reduce(1, *))
                    start += width
                    return dy[0].withElements { source in
                        Tensor(unsafeUninitialized: input.shape) { target in
                            nonisolated(unsafe) let (source, target) = (source, target)
                            let rows = width == 0 ? 0 : input.count / width
                            context.pool.run(rows, grain: 4096 / max(width, 1) + 1) { rows in
                                for row in rows {
                                    for i in 0..<width { target[row * width + i] = source[row * total + first + i] }
                                }
                            }
                        }
                    }
                }))
    }
}
