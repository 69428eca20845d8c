import Tensors

/// Brings images to one size: what the layers Resizing and CenterCrop share.
struct ImageResize {
    /// What becomes of an image of other proportions.
    enum Proportions: Sendable { case stretched, cropped, padded }

    var height: Int
    var width: Int
    var interpolation = Interpolation.bilinear
    var antialias = false
    var proportions = Proportions.stretched
    var fill: Float = 0

    func outputShape(for input: Shape, layer: String) throws(ShapeError) -> Shape {
        guard input.count == 4, input[1] != 0, input[2] != 0 else {
            throw ShapeError(layer: layer, expected: "[batch, height, width, channels]", found: input)
        }
        return [input[0], height, width, input[3]]
    }

    /// What is made on the way: the image in its frame, and the rows before the columns.
    func temporaries(for input: Shape) -> Int {
        let frame = framed(input)
        return ShapeLimits.sum(
            ShapeLimits.product(2, ShapeLimits.product(frame)),
            ShapeLimits.sum(
                ShapeLimits.product(frame[0], height, frame[2], frame[3]),
                // A list of cells for each row and column.
                ShapeLimits.product(16, height + width + (antialias ? frame[1] + frame[2] : 0))))
    }

    /// The cells that are cut off or added before the image is resized; Keras rounds towards zero.
    private func edges(_ shape: Shape) -> Padding2D {
        let rows = Int(Float(shape[2] * height) / Float(width))
        let columns = Int(Float(shape[1] * width) / Float(height))
        func sides(_ extent: Int, _ wanted: Int) -> (before: Int, after: Int) {
            switch proportions {
            case .stretched: return (0, 0)
            case .cropped:
                let kept = max(min(extent, wanted), 1)
                return ((extent - kept) / 2, extent - kept - (extent - kept) / 2)
            case .padded:
                let half = (max(extent, wanted) - extent) / 2
                return (half, half)
            }
        }
        let (vertical, horizontal) = (sides(shape[1], rows), sides(shape[2], columns))
        return Padding2D(top: vertical.before, left: horizontal.before, bottom: vertical.after, right: horizontal.after)
    }

    private func framed(_ shape: Shape) -> Shape {
        let edges = edges(shape)
        let sign = proportions == .padded ? 1 : -1
        return [
            shape[0], shape[1] + sign * (edges.top + edges.bottom), shape[2] + sign * (edges.left + edges.right),
            shape[3],
        ]
    }

    func forward(_ x: Tensor, on pool: WorkerPool) -> Tensor {
        let (edges, fill) = (edges(x.shape), fill)
        var frame = x
        if proportions == .cropped { frame = cropped2D(x, edges, on: pool) }
        if proportions == .padded {
            let shifted = fill == 0 ? x : mapped(x, on: pool) { $0 - fill }
            frame = padded2D(shifted, edges, on: pool)
            if fill != 0 { frame = mapped(frame, on: pool) { $0 + fill } }
        }
        let rows = Resampling(frame.shape[1], to: height, interpolation, antialias: antialias)
        let columns = Resampling(frame.shape[2], to: width, interpolation, antialias: antialias)
        return columns(rows(frame, axis: 1, on: pool), axis: 2, on: pool)
    }

    func backward(_ dy: Tensor, _ input: Shape, on pool: WorkerPool) -> Tensor {
        let frame = framed(input)
        let rows = Resampling(frame[1], to: height, interpolation, antialias: antialias)
        let columns = Resampling(frame[2], to: width, interpolation, antialias: antialias)
        let dframe = rows.adjoint(columns.adjoint(dy, axis: 2, on: pool), axis: 1, on: pool)
        switch proportions {
        case .stretched: return dframe
        case .cropped: return padded2D(dframe, edges(input), on: pool)
        case .padded: return cropped2D(dframe, edges(input), on: pool)
        }
    }
}
