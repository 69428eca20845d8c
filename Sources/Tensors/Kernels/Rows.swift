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
///
/// - Parameter relu: whether `max(y, 0)` follows.
public func scaledShifted(
    _ x: Tensor, scale: Tensor, shift: Tensor, relu: Bool = false, on pool: WorkerPool
) -> Tensor {
    var (rows, columns) = rows(of: x)
    precondition(scale.count == columns && shift.count == columns, "one scale and shift for each channel of \(x.shape)")
    var (scale, shift) = (scale, shift)
    // A few channels would leave most of a register idle: several rows make one.
    let joined = columns < 16 && rows % 16 == 0 ? 16 : 1
    if joined > 1 {
        (rows, columns) = (rows / joined, columns * joined)
        let repeated = { (row: Tensor) in Tensor([columns], (0..<joined).flatMap { _ in row.elements }) }
        (scale, shift) = (repeated(scale), repeated(shift))
    }
    let y = Tensor(uninitialized: x.shape)
    let (source, target, slope, offset) = (x.address, y.address, scale.address, shift.address)
    pool.run(rows, grain: rowGrain(columns)) { [columns] range in
        let first = range.lowerBound * columns
        pool.functions.scale_rows(
            source.start + first, slope.start, offset.start, relu ? 1 : 0, target.start + first, range.count, columns)
    }
    withExtendedLifetime((x, scale, shift)) {}
    return y
}

/// How many rows make a task.
func rowGrain(_ columns: Int) -> Int { max(1, elementwiseGrain / max(columns, 1)) }

/// A tensor of the same shape whose rows `body` writes, given the row's number and its elements.
func mappedRows(
    _ x: Tensor, on pool: WorkerPool,
    _ body: @Sendable (Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
) -> Tensor {
    let (rows, columns) = rows(of: x)
    return x.withElements { source in
        Tensor(unsafeUninitialized: x.shape) { target in
            let (source, target) = (Elements(source), MutableElements(target))
            pool.run(rows, grain: rowGrain(columns)) { range in
                for row in range { body(row, source.start + row * columns, target.start + row * columns) }
            }
        }
    }
}

/// Sums all axes but the last: `y[c] = Σ x[…, c]`, the gradient of a bias.
public func sumRows(_ x: Tensor, on pool: WorkerPool) -> Tensor {
    let sums = rowSums(x, on: pool)
    return Tensor([sums.count], sums.map { Float($0) })
}

/// The mean and the (biased) variance of each channel of the last axis, over all other axes.
///
///     mean[c] = Σ x[…, c] / rows
///     variance[c] = Σ (x[…, c] − mean[c])² / rows
///
/// Two passes, summed in double precision: the relative error stays below 1e-6.
public func channelMoments(_ x: Tensor, on pool: WorkerPool) -> (mean: Tensor, variance: Tensor) {
    let (rows, columns) = rows(of: x)
    let exact = rowSums(x, on: pool).map { $0 / Double(rows) }
    let mean = Tensor([columns], exact.map { Float($0) })
    let (source, centre) = (x.address, mean.address)
    let squares = blockSums(rows, columns, on: pool) { range, sums in
        pool.functions.add_squares(
            source.start + range.lowerBound * columns, centre.start, range.count, columns, sums)
    }
    withExtendedLifetime(x) {}
    // About the rounded mean they are larger by its error's square.
    let variance = zip(squares, zip(exact, mean.elements)).map { sum, means in
        max(0, sum / Double(rows) - (means.0 - Double(means.1)) * (means.0 - Double(means.1)))
    }
    return (mean, Tensor([columns], variance.map { Float($0) }))
}

/// The mean of each channel of each sample over all places: `y[n, c] = Σ x[n, …, c] / places`, summed as ``sumRows(_:on:)``.
///
/// - Parameter x: `[batch, …, channels]`, with one place at least.
/// - Returns: `[batch, channels]`.
public func channelMeans(_ x: Tensor, on pool: WorkerPool) -> Tensor {
    let (batch, columns) = (x.shape[0], x.shape.last ?? 1)
    let places = Double(x.shape.dropFirst().dropLast().reduce(1, *))
    return Tensor([batch, columns], rowSums(x, samples: batch, on: pool).map { Float($0 / places) })
}

/// Sums all axes but the last, in double precision, of each of `samples` equal parts.
private func rowSums(_ x: Tensor, samples: Int = 1, on pool: WorkerPool) -> [Double] {
    let (rows, columns) = rows(of: x)
    let source = x.address
    defer { withExtendedLifetime(x) {} }
    return blockSums(rows, columns, samples: samples, on: pool) { range, sums in
        // Four rows are summed in single precision (their error is below 2e-7 of the largest), these sums in double.
        pool.functions.add_rows(source.start + range.lowerBound * columns, range.count, columns, sums)
    }
}

/// `count` sums over the rows of each sample in double precision: blocks of rows apart, then the blocks in order, so that
/// they are the same for any number of threads.
///
/// - Parameters:
///   - samples: how many equal parts the rows have that are summed each by itself.
///   - body: adds a block's rows to sums that start at zero.
func blockSums(
    _ rows: Int, _ columns: Int, samples: Int = 1, count: Int? = nil, on pool: WorkerPool,
    _ body: @Sendable (Range<Int>, UnsafeMutablePointer<Double>) -> Void
) -> [Double] {
    let count = count ?? columns
    let rows = rows / max(samples, 1)
    let grain = max(1, 4 * elementwiseGrain / max(columns, 1))
    let blocks = (rows + grain - 1) / grain
    var partial = [Double](repeating: 0, count: samples * blocks * count)
    partial.withUnsafeMutableBufferPointer { partial in
        guard let partial = partial.baseAddress else { return }
        nonisolated(unsafe) let partials = partial
        pool.run(samples * blocks) { task in
            let (start, first) = (task / blocks * rows, task % blocks * grain)
            body(start + first..<start + min(first + grain, rows), partials + task * count)
        }
    }
    var sums = [Double](repeating: 0, count: samples * count)
    for task in 0..<samples * blocks {
        for c in 0..<count { sums[task / blocks * count + c] += partial[task * count + c] }
    }
    return sums
}
