/// The sums that the gradient of a normalization by channels needs, over all axes but the last.
///
///     sum[c] = Σ g,  product[c] = Σ g (x − mean[c])  with  g = dy  or, behind a rectifier,  g = dy where y > 0, else 0
///
/// - Parameters:
///   - dy: of the same shape as `x`.
///   - rectified: the rectifier's output `y`, where the normalization ends in one.
public func normalizationSums(
    _ dy: Tensor, _ x: Tensor, mean: Tensor, rectified: Tensor? = nil, on pool: WorkerPool
) -> (sum: Tensor, product: Tensor) {
    let (rows, columns) = rows(of: x)
    precondition(dy.count == x.count && mean.count == columns, "a gradient of \(dy.shape) for \(x.shape)")
    let (gradient, source, centre, output) = (dy.address, x.address, mean.address, rectified?.address)
    let sums = blockSums(rows, columns, count: 2 * columns, on: pool) { range, sums in
        let first = range.lowerBound * columns
        pool.functions.add_gradients(
            gradient.start + first, output.map { $0.start + first }, source.start + first, centre.start, range.count,
            columns, sums, sums + columns)
    }
    withExtendedLifetime((dy, x, mean, rectified)) {}
    let floats = sums.map { Float($0) }
    return (Tensor([columns], Array(floats[..<columns])), Tensor([columns], Array(floats[columns...])))
}

/// The gradient of a normalization by channels: `dx[…, c] = a[c] g + b[c] (x − mean[c]) + c[c]`, with `g`
/// as in ``normalizationSums(_:_:mean:rectified:on:)``.
public func normalizationGradient(
    _ dy: Tensor, _ x: Tensor, mean: Tensor, rectified: Tensor? = nil, a: Tensor, b: Tensor, c: Tensor,
    on pool: WorkerPool
) -> Tensor {
    let (rows, columns) = rows(of: x)
    precondition(dy.count == x.count && a.count == columns && b.count == columns && c.count == columns)
    let dx = Tensor(uninitialized: x.shape)
    let (gradient, source, target, output) = (dy.address, x.address, dx.address, rectified?.address)
    let (centre, factors) = (mean.address, (a.address, b.address, c.address))
    pool.run(rows, grain: rowGrain(columns)) { range in
        let first = range.lowerBound * columns
        pool.functions.mix_gradients(
            gradient.start + first, output.map { $0.start + first }, source.start + first, centre.start,
            factors.0.start, factors.1.start, factors.2.start, target.start + first, range.count, columns)
    }
    withExtendedLifetime((dy, x, mean, rectified, a, b, c)) {}
    return dx
}
