import Tensors

/// A layer that makes sequences, images or volumes larger: the up-sampling layers of Keras.
public protocol UpSampling: UnaryLayer {
    /// How many times larger each axis between batch and channels becomes.
    var factors: [Int] { get }
    var interpolation: Interpolation { get }
}

extension UpSampling {
    public var interpolation: Interpolation { .nearest }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard input.count == factors.count + 2 else {
            let names = [["length"], ["height", "width"], ["depth", "height", "width"]][factors.count - 1]
            throw ShapeError(
                layer: Self.kerasName, expected: "[batch, \(names.joined(separator: ", ")), channels]", found: input)
        }
        var result = input
        for (axis, factor) in factors.enumerated() where input[axis + 1] != Shape.unknown {
            result[axis + 1] *= factor
        }
        return result
    }

    /// A list of cells for each place along each axis.
    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int {
        let output = try outputShape(for: inputs[0])
        return factors.indices.reduce(ShapeLimits.product(output)) {
            ShapeLimits.sum($0, ShapeLimits.product(32, output[$1 + 1]))
        }
    }

    private func resampling(_ axis: Int, _ extent: Int) -> Resampling {
        interpolation == .nearest
            ? Resampling(repeating: extent, times: factors[axis])
            : Resampling(extent, to: extent * factors[axis], interpolation)
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let y = factors.indices.reduce(x) { y, axis in
            resampling(axis, x.shape[axis + 1])(y, axis: axis + 1, on: context.pool)
        }
        return Pass(x, y)
    }

    // MARK: dx = Σ dy · weight, over the cells that were made of x

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let dx = factors.indices.reversed().reduce(dy) { dx, axis in
            resampling(axis, pass.x.shape[axis + 1]).adjoint(dx, axis: axis + 1, on: context.pool)
        }
        return Gradients(input: dx)
    }
}
