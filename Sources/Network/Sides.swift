import Tensors

/// Cells before and after the cells of one axis: what padding adds and cropping takes.
public struct Sides: Hashable, Sendable {
    public var before: Int
    public var after: Int

    public init(_ before: Int, _ after: Int) {
        self.before = before
        self.after = after
    }

    /// Keras' pair `[before, after]`.
    var optionValue: OptionValue { [.int(before), .int(after)] }
}

/// Changes the extents of the axes between batch and channels: a step for images each.
enum SideSteps {
    /// Zeros around a sequence, an image or a volume.
    static func padded(_ x: Tensor, _ sides: [Sides], on pool: WorkerPool) -> Tensor {
        apply(x, sides, +) { padded2D($0, $1, on: pool) }
    }

    /// What is left of a sequence, an image or a volume without its edges: the adjoint of ``padded(_:_:on:)``.
    static func cropped(_ x: Tensor, _ sides: [Sides], on pool: WorkerPool) -> Tensor {
        apply(x, sides, -) { cropped2D($0, $1, on: pool) }
    }

    private static func apply(
        _ x: Tensor, _ sides: [Sides], _ change: (Int, Int) -> Int, _ step: (Tensor, Padding2D) -> Tensor
    ) -> Tensor {
        var shape = x.shape
        for (axis, side) in sides.enumerated() { shape[axis + 1] = change(shape[axis + 1], side.before + side.after) }
        let (batch, channels) = (x.shape[0], x.shape[x.shape.count - 1])
        func rows(_ side: Sides) -> Padding2D { Padding2D(top: side.before, left: 0, bottom: side.after, right: 0) }
        func image(_ rows: Sides, _ columns: Sides) -> Padding2D {
            Padding2D(top: rows.before, left: columns.before, bottom: rows.after, right: columns.after)
        }
        switch sides.count {
        case 1: return step(x.reshaped(to: [batch, x.shape[1], 1, channels]), rows(sides[0])).reshaped(to: shape)
        case 2: return step(x, image(sides[0], sides[1]))
        default:
            let planes = step(
                x.reshaped(to: [batch * x.shape[1], x.shape[2], x.shape[3], channels]), image(sides[1], sides[2]))
            return step(planes.reshaped(to: [batch, x.shape[1], shape[2] * shape[3], channels]), rows(sides[0]))
                .reshaped(to: shape)
        }
    }

    /// The shape with longer or shorter axes between batch and channels; unknown extents stay unknown.
    static func shape(
        of input: Shape, _ sides: [Sides], layer: String, _ change: (Int, Int) -> Int
    ) throws(ShapeError) -> Shape {
        guard input.count == sides.count + 2 else {
            let names = [["length"], ["height", "width"], ["depth", "height", "width"]][sides.count - 1]
            throw ShapeError(
                layer: layer, expected: "[batch, \(names.joined(separator: ", ")), channels]", found: input)
        }
        var result = input
        for (axis, side) in sides.enumerated() where input[axis + 1] != Shape.unknown {
            result[axis + 1] = change(input[axis + 1], side.before + side.after)
            guard result[axis + 1] > 0 || input[axis + 1] == 0 else {
                throw ShapeError(
                    layer: layer, expected: "an extent above \(side.before + side.after) along axis \(axis + 1)",
                    found: input)
            }
        }
        return result
    }
}

extension OptionReader {
    /// ``sides(_:axes:default:)`` as values.
    mutating func sideList(_ name: String, axes: Int, default fallback: Int) throws(OptionError) -> [Sides] {
        try sides(name, axes: axes, default: fallback).map { Sides($0.before, $0.after) }
    }
}
