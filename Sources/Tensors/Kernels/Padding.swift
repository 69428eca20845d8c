/// An image with zeros around it; Keras' `ZeroPadding2D`.
///
/// - Parameter x: `[batch, height, width, channels]`.
/// - Returns: `[batch, top + height + bottom, left + width + right, channels]`.
public func padded2D(_ x: Tensor, _ padding: Padding2D, on pool: WorkerPool) -> Tensor {
    let (batch, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let shape: Shape = [
        batch, height + padding.top + padding.bottom, width + padding.left + padding.right, channels,
    ]
    return x.withElements { source in
        Tensor(unsafeUninitialized: shape) { target in
            let (source, target) = (Elements(source), MutableElements(target))
            pool.run(batch * shape[1]) { line in
                let row = target.start + line * shape[2] * channels
                let (n, h) = (line / shape[1], line % shape[1] - padding.top)
                guard (0..<height).contains(h) else { return row.update(repeating: 0, count: shape[2] * channels) }
                row.update(repeating: 0, count: padding.left * channels)
                (row + padding.left * channels).update(
                    from: source.start + (n * height + h) * width * channels, count: width * channels)
                (row + (padding.left + width) * channels).update(repeating: 0, count: padding.right * channels)
            }
        }
    }
}

/// An image without its outer rows and columns: the adjoint of ``padded2D(_:_:on:)``, and Keras' `Cropping2D`.
///
/// - Parameter x: `[batch, height, width, channels]`.
/// - Returns: `[batch, height − top − bottom, width − left − right, channels]`.
public func cropped2D(_ x: Tensor, _ padding: Padding2D, on pool: WorkerPool) -> Tensor {
    let (batch, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let shape: Shape = [
        batch, height - padding.top - padding.bottom, width - padding.left - padding.right, channels,
    ]
    return x.withElements { source in
        Tensor(unsafeUninitialized: shape) { target in
            let (source, target) = (Elements(source), MutableElements(target))
            pool.run(batch * shape[1]) { line in
                let (n, h) = (line / shape[1], line % shape[1] + padding.top)
                (target.start + line * shape[2] * channels).update(
                    from: source.start + ((n * height + h) * width + padding.left) * channels,
                    count: shape[2] * channels)
            }
        }
    }
}
