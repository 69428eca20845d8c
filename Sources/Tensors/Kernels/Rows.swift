/// How a tensor looks to the kernels that work along its last axis: `rows` rows of `columns` elements.
func rows(of x: Tensor) -> (rows: Int, columns: Int) {
    (x.shape.dropLast().reduce(1, *), x.shape.last ?? 1)
}

/// Adds a row to every row of the last axis: `y[…, c] = x[…, c] + row[c]`, a bias.
public func addingRow(_ x: Tensor, _ row: Tensor, on pool: WorkerPool) -> Tensor {
    let columns = rows(of: x).columns
    precondition(row.count == columns, "cannot add a row of \(row.count) to shape \(x.shape)")
    return row.withElements { row in
        let row = Elements(row)
        return mappedRows(x, on: pool) { _, x, y in for c in 0..<columns { y[c] = x[c] + row.start[c] } }
    }
}

/// Multiplies and adds for each channel of the last axis: `y[…, c] = scale[c] · x[…, c] + shift[c]`.
public func scaledShifted(_ x: Tensor, scale: Tensor, shift: Tensor, on pool: WorkerPool) -> Tensor {
    let columns = rows(of: x).columns
    precondition(scale.count == columns && shift.count == columns, "one scale and shift for each channel of \(x.shape)")
    return scale.withElements { scale in
        shift.withElements { shift in
            let (scale, shift) = (Elements(scale), Elements(shift))
            return mappedRows(x, on: pool) { _, x, y in
                for c in 0..<columns { y[c] = scale.start[c] * x[c] + shift.start[c] }
            }
        }
    }
}

/// A tensor of the same shape whose rows `body` writes, given the row's number and its elements.
func mappedRows(
    _ x: Tensor, on pool: WorkerPool,
    _ body: @Sendable (Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
) -> Tensor {
    let (rows, columns) = rows(of: x)
    return x.withElements { source in
        Tensor(unsafeUninitialized: x.shape) { target in
            let (source, target) = (Elements(source), MutableElements(target))
            pool.run(rows, grain: max(1, elementwiseGrain / max(columns, 1))) { range in
                for row in range { body(row, source.start + row * columns, target.start + row * columns) }
            }
        }
    }
}

/// Sums all axes but the last: `y[c] = Σ x[…, c]`, the gradient of a bias.
public func sumRows(_ x: Tensor, on pool: WorkerPool) -> Tensor {
    let sums = rowSums(x, about: nil, on: pool)
    return Tensor([sums.count], sums.map { Float($0) })
}

/// The mean and the (biased) variance of each channel of the last axis, over all other axes.
///
///     mean[c] = Σ x[…, c] / rows
///     variance[c] = Σ (x[…, c] − mean[c])² / rows
///
/// Two passes, summed in double precision: the relative error stays below 1e-6.
public func channelMoments(_ x: Tensor, on pool: WorkerPool) -> (mean: Tensor, variance: Tensor) {
    let count = Double(rows(of: x).rows)
    let mean = rowSums(x, about: nil, on: pool).map { $0 / count }
    let squares = rowSums(x, about: mean, on: pool)
    return (Tensor([mean.count], mean.map { Float($0) }), Tensor([mean.count], squares.map { Float($0 / count) }))
}

/// Sums all axes but the last, in double precision: the elements, or the squares of their distances from `mean`.
///
/// Blocks of rows are summed apart, then the blocks in order: the same sum for any number of threads.
private func rowSums(_ x: Tensor, about mean: [Double]?, on pool: WorkerPool) -> [Double] {
    let (rows, columns) = rows(of: x)
    let grain = max(1, 4 * elementwiseGrain / max(columns, 1))
    let blocks = (rows + grain - 1) / grain
    var partial = [Double](repeating: 0, count: blocks * columns)
    x.withElements { source in
        let source = Elements(source)
        partial.withUnsafeMutableBufferPointer { partial in
            guard let partial = partial.baseAddress else { return }
            nonisolated(unsafe) let partials = partial
            pool.run(rows, grain: grain) { range in
                let sums = partials + range.lowerBound / grain * columns
                if let mean {
                    mean.withUnsafeBufferPointer { addSquares(source.start, range, columns, about: $0, to: sums) }
                } else {
                    // Four rows are summed in single precision (their error is below 2e-7 of the largest), these sums in double.
                    pool.functions.add_rows(
                        source.start + range.lowerBound * columns, range.count, columns, sums)
                }
            }
        }
    }
    var sums = [Double](repeating: 0, count: columns)
    for block in 0..<blocks { for c in 0..<columns { sums[c] += partial[block * columns + c] } }
    return sums
}

private func addSquares(
    _ x: UnsafePointer<Float>, _ rows: Range<Int>, _ columns: Int, about mean: UnsafeBufferPointer<Double>,
    to sums: UnsafeMutablePointer<Double>
) {
    for row in rows {
        let x = x + row * columns
        for j in 0..<columns {
            let distance = Double(x[j]) - mean[j]
            sums[j] += distance * distance
        }
    }
}
