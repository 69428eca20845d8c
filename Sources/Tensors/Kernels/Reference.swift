/// The kernels as their definitions say them: plain loops, sums in double precision.
///
/// Nothing here is fast. The tests hold every other kernel against these.
package enum Reference {
    /// `y[i, j] = Σ_p a[i, p] · b[p, j]`.
    package static func matmul(_ a: Tensor, _ b: Tensor, transposingA: Bool = false, transposingB: Bool = false)
        -> Tensor
    {
        let (rows, depth) = transposingA ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
        let columns = transposingB ? b.shape[0] : b.shape[1]
        var y = Tensor([rows, columns])
        for i in 0..<rows {
            for j in 0..<columns {
                var sum = 0.0
                for p in 0..<depth {
                    let left = transposingA ? a[p * rows + i] : a[i * depth + p]
                    let right = transposingB ? b[j * depth + p] : b[p * columns + j]
                    sum += Double(left) * Double(right)
                }
                y[i * columns + j] = Float(sum)
            }
        }
        return y
    }

    /// Calls `body` for each pair of an output cell and an input cell that a kernel cell joins.
    ///
    /// - Parameter body: positions of the output cell, the kernel cell and the input cell, all three counted without channels.
    private static func joins(
        _ window: Window2D, batch: Int, height: Int, width: Int,
        _ body: (_ output: Int, _ cell: Int, _ input: Int) -> Void
    ) {
        let output = window.outputExtents(height: height, width: width)
        for n in 0..<batch {
            for oh in 0..<max(output.height, 0) {
                for ow in 0..<max(output.width, 0) {
                    for kh in 0..<window.kernel.height {
                        for kw in 0..<window.kernel.width {
                            let ih = oh * window.strides.height + kh * window.dilation.height - window.padding.top
                            let iw = ow * window.strides.width + kw * window.dilation.width - window.padding.left
                            guard (0..<height).contains(ih), (0..<width).contains(iw) else { continue }
                            body(
                                (n * output.height + oh) * output.width + ow, kh * window.kernel.width + kw,
                                (n * height + ih) * width + iw)
                        }
                    }
                }
            }
        }
    }

    private static func rounded(_ shape: Shape, _ sums: [Double]) -> Tensor { Tensor(shape, sums.map { Float($0) }) }

    package static func convolution2D(
        _ x: Tensor, _ kernel: Tensor, bias: Tensor? = nil, _ window: Window2D, groups: Int = 1, relu: Bool = false
    ) -> Tensor {
        let (depth, units) = (kernel.shape[2], kernel.shape[3])
        let extents = window.outputExtents(height: x.shape[1], width: x.shape[2])
        let shape: Shape = [x.shape[0], extents.height, extents.width, units]
        var sums = [Double](repeating: 0, count: shape.elementCount)
        if let bias { for i in sums.indices { sums[i] = Double(bias[i % units]) } }
        joins(window, batch: x.shape[0], height: x.shape[1], width: x.shape[2]) { output, cell, input in
            for unit in 0..<units {
                let first = unit / (units / groups) * depth
                for c in 0..<depth {
                    sums[output * units + unit] +=
                        Double(x[input * x.shape[3] + first + c]) * Double(kernel[(cell * depth + c) * units + unit])
                }
            }
        }
        return rounded(shape, relu ? sums.map { $0 < 0 ? 0 : $0 } : sums)
    }

    package static func convolution2DInputGradient(
        _ dy: Tensor, _ kernel: Tensor, inputShape: Shape, _ window: Window2D, groups: Int = 1
    ) -> Tensor {
        let (depth, units) = (kernel.shape[2], kernel.shape[3])
        var sums = [Double](repeating: 0, count: inputShape.elementCount)
        joins(window, batch: inputShape[0], height: inputShape[1], width: inputShape[2]) { output, cell, input in
            for unit in 0..<units {
                let first = unit / (units / groups) * depth
                for c in 0..<depth {
                    sums[input * inputShape[3] + first + c] +=
                        Double(dy[output * units + unit]) * Double(kernel[(cell * depth + c) * units + unit])
                }
            }
        }
        return rounded(inputShape, sums)
    }

    package static func convolution2DKernelGradient(
        _ dy: Tensor, _ x: Tensor, kernelShape: Shape, _ window: Window2D, groups: Int = 1
    ) -> Tensor {
        let (depth, units) = (kernelShape[2], kernelShape[3])
        var sums = [Double](repeating: 0, count: kernelShape.elementCount)
        joins(window, batch: x.shape[0], height: x.shape[1], width: x.shape[2]) { output, cell, input in
            for unit in 0..<units {
                let first = unit / (units / groups) * depth
                for c in 0..<depth {
                    sums[(cell * depth + c) * units + unit] +=
                        Double(dy[output * units + unit]) * Double(x[input * x.shape[3] + first + c])
                }
            }
        }
        return rounded(kernelShape, sums)
    }

    package static func maxPooling2D(_ x: Tensor, _ window: Window2D) -> (y: Tensor, winners: Tensor) {
        let channels = x.shape[3]
        let extents = window.outputExtents(height: x.shape[1], width: x.shape[2])
        let shape: Shape = [x.shape[0], extents.height, extents.width, channels]
        var y = Tensor(shape, repeating: -.infinity)
        var winners = Tensor(shape, repeating: -1)
        joins(window, batch: x.shape[0], height: x.shape[1], width: x.shape[2]) { output, cell, input in
            for c in 0..<channels {
                let (value, best) = (x[input * channels + c], y[output * channels + c])
                if winners[output * channels + c] < 0 || value > best || (best.isNaN && !value.isNaN) {
                    y[output * channels + c] = value
                    winners[output * channels + c] = Float(cell)
                }
            }
        }
        return (y, winners)
    }

    package static func maxPooling2DGradient(
        _ dy: Tensor, winners: Tensor, inputShape: Shape, _ window: Window2D
    ) -> Tensor {
        let channels = inputShape[3]
        var dx = Tensor(inputShape)
        joins(window, batch: inputShape[0], height: inputShape[1], width: inputShape[2]) { output, cell, input in
            for c in 0..<channels where winners[output * channels + c] == Float(cell) {
                dx[input * channels + c] += dy[output * channels + c]
            }
        }
        return dx
    }

    /// The number of real cells, those inside the image, under each position of the window.
    private static func cells(_ window: Window2D, height: Int, width: Int) -> [Double] {
        let extents = window.outputExtents(height: height, width: width)
        var cells = [Double](repeating: 0, count: extents.height * extents.width)
        joins(window, batch: 1, height: height, width: width) { output, _, _ in cells[output] += 1 }
        return cells
    }

    package static func averagePooling2D(_ x: Tensor, _ window: Window2D) -> Tensor {
        let channels = x.shape[3]
        let extents = window.outputExtents(height: x.shape[1], width: x.shape[2])
        let shape: Shape = [x.shape[0], extents.height, extents.width, channels]
        let cells = cells(window, height: x.shape[1], width: x.shape[2])
        var sums = [Double](repeating: 0, count: shape.elementCount)
        joins(window, batch: x.shape[0], height: x.shape[1], width: x.shape[2]) { output, _, input in
            for c in 0..<channels {
                sums[output * channels + c] += Double(x[input * channels + c]) / cells[output % cells.count]
            }
        }
        return rounded(shape, sums)
    }

    package static func averagePooling2DGradient(_ dy: Tensor, inputShape: Shape, _ window: Window2D) -> Tensor {
        let channels = inputShape[3]
        let cells = cells(window, height: inputShape[1], width: inputShape[2])
        var sums = [Double](repeating: 0, count: inputShape.elementCount)
        joins(window, batch: inputShape[0], height: inputShape[1], width: inputShape[2]) { output, _, input in
            for c in 0..<channels {
                sums[input * channels + c] += Double(dy[output * channels + c]) / cells[output % cells.count]
            }
        }
        return rounded(inputShape, sums)
    }
}
