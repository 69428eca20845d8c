import Tensors

/// The axes of each sample in another order; Keras' `Permute`.
///
/// Axis `i` of the output is axis `dims[i − 1]` of the input; both count from 1, and the batch stays first.
public struct Permute: UnaryLayer {
    public static let kerasName = "Permute"

    public var dims: [Int]

    public init(dims: [Int]) { self.dims = dims }

    public init(from options: inout OptionReader) throws(OptionError) {
        dims = try options.required("dims", "the numbers from 1 to the number of axes, in any order") { value in
            let dims = value.array?.compactMap(\.int) ?? []
            return dims.count == value.array?.count && dims.sorted() == Array(1...max(dims.count, 1)) ? dims : nil
        }
    }

    public var options: Options { ["dims": OptionValue(dims)] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard input.count == dims.count + 1 else {
            throw ShapeError(layer: "Permute(\(dims))", expected: "\(dims.count) axes after the batch", found: input)
        }
        return Shape([input[0]] + dims.map { input[$0] })
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(x, transposed(x, axes: [0] + dims, on: context.pool))
    }

    // MARK: dx = dy with its axes back in place

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let order = [0] + dims
        let back = order.indices.map { order.firstIndex(of: $0) ?? $0 }
        return Gradients(input: transposed(dy, axes: back, on: context.pool))
    }
}
