import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A mean of each pixel's surroundings, with zeros around the image: `y[p] = Σ k[q] x[p + q]`.
///
/// The kernel is the same when it is turned by half a circle, so the change is its own adjoint.
struct Smoothing {
    let height: Int
    let width: Int
    /// The shares, row by row.
    let kernel: [Float]

    /// Eight neighbours and, five times as much, the pixel itself.
    static let neighbours = Smoothing(
        height: 3, width: 3, kernel: (0..<9).map { $0 == 4 ? 5.0 / 13.0 : 1.0 / 13.0 })

    init(height: Int, width: Int, kernel: [Float]) {
        self.height = height
        self.width = width
        self.kernel = kernel
    }

    /// Keras' `gaussian_blur`: a bell curve along each axis.
    ///
    /// It makes a kernel of `size.1` rows and reads it as one of `size.0`, which matters where they differ.
    static func bell(size: (Int, Int), sigma: (Float, Float)) -> Smoothing {
        func curve(_ count: Int, _ sigma: Float) -> [Float] {
            let values = (0..<count).map { i -> Float in
                let x = (Float(i) - Float(count - 1) / 2) / sigma
                return exp(-0.5 * x * x)
            }
            let sum = values.reduce(0, +)
            return values.map { $0 / sum }
        }
        let (first, second) = (curve(size.0, sigma.0), curve(size.1, sigma.1))
        return Smoothing(height: size.0, width: size.1, kernel: second.flatMap { a in first.map { a * $0 } })
    }

    /// The smoothed image, `[height, width, channels]`.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let (rows, columns, channels) = (x.shape[0], x.shape[1], x.shape[2])
        var y = Tensor(x.shape)
        y.withMutableElements { y in
            x.withElements { x in
                for row in 0..<rows {
                    for column in 0..<columns {
                        // What of the kernel lies over the image.
                        let across = max(0, width / 2 - column)..<min(width, columns - column + width / 2)
                        for dy in max(0, height / 2 - row)..<min(height, rows - row + height / 2) {
                            for dx in across {
                                let from = ((row + dy - height / 2) * columns + column + dx - width / 2) * channels
                                let (to, share) = ((row * columns + column) * channels, kernel[dy * width + dx])
                                for c in 0..<channels { y[to + c] += share * x[from + c] }
                            }
                        }
                    }
                }
            }
        }
        return y
    }
}
