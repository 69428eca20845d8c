import Tensors

/// An operation that does what a layer does, with arguments that count the batch's axis.
public protocol ReshapingOperation: Operation {
    associatedtype Equivalent: Layer

    /// The layer for inputs of these shapes, `nil` where the batch would not stay the first axis.
    func layer(for inputs: [Shape]) -> Equivalent?

    /// What the inputs have to be, in words.
    var expectation: String { get }
}

extension ReshapingOperation {
    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        guard let layer = layer(for: inputs) else {
            throw ShapeError(layer: Self.kerasName, expected: expectation, found: inputs)
        }
        do {
            return try layer.outputShapes(for: inputs)
        } catch {
            throw ShapeError(layer: Self.kerasName, expected: error.expected, found: inputs)
        }
    }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] { [] }

    private func checked(_ inputs: [Tensor]) -> Equivalent {
        guard let layer = layer(for: inputs.map(\.shape)) else { preconditionFailure("the shapes were checked before") }
        return layer
    }

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        checked(inputs).forward(inputs, weights, context)
    }

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        checked(pass.inputs).backward(dy, pass, weights, context)
    }
}

/// The same elements under another shape, whose first extent is the batch's; Keras' `ops.reshape`.
public struct ReshapeOperation: ReshapingOperation {
    public static let className = "Reshape"
    public static let tensorFlow = [TensorFlowFunction("reshape", renaming: ["tensor": "x", "shape": "newshape"])]

    /// The new extents, at most one of them −1: what is left over.
    public var newShape: [Int]

    public init(newShape: [Int]) { self.newShape = newShape }

    public init(from options: inout OptionReader) throws(OptionError) {
        newShape = try options.required("newshape", "whole numbers, the batch's first, at most one of them -1") {
            value in
            let extents = value.array?.compactMap { $0.int.flatMap { $0 > 0 || $0 == -1 ? $0 : nil } } ?? []
            return extents.count == value.array?.count && !extents.isEmpty && extents.count { $0 == -1 } <= 1
                && Shape(extents).excess == nil ? extents : nil
        }
    }

    public var options: Options { ["newshape": OptionValue(newShape)] }

    public var expectation: String { "samples that stay samples in the shape \(Shape(newShape))" }

    public func layer(for inputs: [Shape]) -> Reshape? {
        guard inputs.count == 1, let input = inputs.first, !input.isEmpty, input.sample.isKnown else { return nil }
        let rest = Array(newShape.dropFirst())
        // A batch of a fixed size, or what is left over when the others hold one sample.
        guard newShape[0] == -1 ? ShapeLimits.product(rest) == input.sample.elementCount : newShape[0] == input[0]
        else {
            return nil
        }
        return Reshape(targetShape: rest)
    }
}

/// The axes in another order, the batch's first; Keras' `ops.transpose`.
public struct TransposeOperation: ReshapingOperation {
    public static let className = "Transpose"
    public static let tensorFlow = ["transpose", "compat.v1.transpose"].map {
        TensorFlowFunction($0, renaming: ["a": "x", "perm": "axes"], fixing: ["conjugate": false])
    }

    /// Axis `i` of the output is axis `axes[i]` of the input.
    public var axes: [Int]

    public init(axes: [Int]) { self.axes = axes }

    public init(from options: inout OptionReader) throws(OptionError) {
        axes = try options.required("axes", "0 and then the numbers of the other axes, in any order") { value in
            let axes = value.array?.compactMap(\.int) ?? []
            return axes.count == value.array?.count && axes.first == 0 && axes.sorted() == Array(axes.indices)
                ? axes : nil
        }
    }

    public var options: Options { ["axes": OptionValue(axes)] }

    public var expectation: String { "\(axes.count) axes" }

    public func layer(for inputs: [Shape]) -> Permute? { Permute(dims: Array(axes.dropFirst())) }
}

/// The inputs one after another along an axis that is not the batch's; Keras' `ops.concatenate`.
public struct ConcatenateOperation: ReshapingOperation {
    public static let className = "Concatenate"
    public static let operands = ["xs"]
    public static let takesList = true
    public static let tensorFlow = [TensorFlowFunction("concat", renaming: ["values": "xs"])]

    public var axis: Int

    public init(axis: Int) { self.axis = axis }

    public init(from options: inout OptionReader) throws(OptionError) { axis = try options.int("axis", default: 0) }

    public var options: Options { ["axis": .int(axis)] }

    public var expectation: String { "inputs with an axis \(axis) that is not the batch's" }

    public func layer(for inputs: [Shape]) -> Concatenate? {
        guard let rank = inputs.first?.count, axis != 0, axis != -rank else { return nil }
        return Concatenate(axis: axis)
    }
}

/// One more axis of extent 1, or several; Keras' `ops.expand_dims`.
public struct ExpandDimsOperation: ReshapingOperation {
    public static let className = "ExpandDims"
    public static let tensorFlow = [TensorFlowFunction("expand_dims", renaming: ["input": "x"])]

    /// Where the output has the new axes.
    public var axes: [Int]

    public init(axes: [Int]) { self.axes = axes }

    public init(from options: inout OptionReader) throws(OptionError) { axes = try options.axes(default: []) }

    public var options: Options { ["axis": .axes(axes)] }

    public var expectation: String { "known samples, and new axes \(axes) behind the batch's" }

    public func layer(for inputs: [Shape]) -> Reshape? {
        guard inputs.count == 1, let input = inputs.first, !axes.isEmpty, input.sample.isKnown,
            let new = AxisRows(axes, rank: input.count + axes.count)?.axes, new[0] > 0
        else { return nil }
        var extents = input.extents
        for axis in new { extents.insert(1, at: axis) }
        return Reshape(targetShape: Array(extents.dropFirst()))
    }
}

/// Without some axes of extent 1; Keras' `ops.squeeze`.
public struct SqueezeOperation: ReshapingOperation {
    public static let className = "Squeeze"
    public static let tensorFlow = [TensorFlowFunction("squeeze", renaming: ["input": "x"])]

    public var axes: [Int]

    public init(axes: [Int]) { self.axes = axes }

    public init(from options: inout OptionReader) throws(OptionError) {
        guard options.options["axis"]?.isNull == false else {
            throw .missing(layer: options.layer, option: "axis", present: options.options.names)
        }
        axes = try options.axes()
    }

    public var options: Options { ["axis": .axes(axes)] }

    public var expectation: String { "known samples, with axes \(axes) of extent 1 behind the batch's" }

    public func layer(for inputs: [Shape]) -> Reshape? {
        guard inputs.count == 1, let input = inputs.first, input.sample.isKnown,
            let gone = AxisRows(axes, rank: input.count)?.axes, gone[0] > 0, gone.allSatisfy({ input[$0] == 1 })
        else { return nil }
        return Reshape(targetShape: input.indices.dropFirst().filter { !gone.contains($0) }.map { input[$0] })
    }
}
