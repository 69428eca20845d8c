import CKernels

// The convolution as a matrix product. The matrix of patches never exists: its rows are gathered from the image, block
// by block, as the product needs them.

extension ConvolutionShape {
    /// The patches of the input under the window: a row for each output pixel, over the cells, over a group's channels.
    func patches(_ x: UnsafePointer<Float>, group: Int) -> PixelRows {
        let columns = (0..<window.kernel.width).map { $0 * window.dilation.width - window.padding.left }
        return PixelRows(
            image: x, height: height, width: width, channels: channels,
            group: group * groupChannels..<(group + 1) * groupChannels,
            grid: (outputHeight, outputWidth), strides: window.strides,
            cells: (0..<window.kernel.height).map {
                .init(row: $0 * window.dilation.height - window.padding.top, columns: columns)
            })
    }

    /// The matrix product of the patches and a group's columns.
    func multiply(
        _ x: UnsafePointer<Float>, _ columns: Columns, group: Int, _ epilogue: Epilogue,
        into y: UnsafeMutablePointer<Float>, on pool: WorkerPool
    ) {
        let blocks = blocks(on: pool)
        if goesByLines {
            forwardByLines(x, columns, blocks, group: group, epilogue, into: y, on: pool)
        } else {
            pool.gemm(blocks, rows: patches(x, group: group), columns: columns, into: y, stride: units, epilogue)
        }
    }

    /// How the product of a group is cut.
    func blocks(on pool: WorkerPool) -> GemmBlocks {
        var blocks = GemmBlocks(
            rows: outputPixels, columns: groupUnits, depth: cells * groupChannels, panelWidth: Int(pool.gemm.nr))
        if goesByLines { blocks.depthBlock = max(blocks.depth, 1) }
        // A line is a product of its own: a short or narrow one leaves most of the matrix unit idle.
        blocks.inPieces =
            pool.multipliesInPieces(depth: blocks.depth, columns: blocks.columns)
            && (!goesByLines || outputWidth >= 16 && blocks.columns > 16)
        return blocks
    }

    /// A group's part of a kernel.
    func columns(of kernel: UnsafePointer<Float>, group: Int) -> ColumnSource {
        ColumnSource(start: kernel + group * groupUnits, run: cells * groupChannels, step: units, column: 1)
    }

    /// Whether lines of pixels are long enough for the matrix kernel, and a panel of the kernel stays in the cache.
    ///
    /// A 1×1 window without stride needs neither: the image is the matrix.
    var goesByLines: Bool {
        if window.kernel == (1, 1) && window.strides == (1, 1) && window.padding == .zero { return false }
        return outputWidth >= 8 && cells * groupChannels <= 1024
    }

    // MARK: dx[h, w, c] = Σ dy[(h + p − i·d) / s, …, u] · kernel[i, j, c, u], over the cells where the division is exact

    /// One residue of the input pixels by the strides: those that meet the same cells of the kernel.
    private struct Phase {
        /// First pixel, number of pixels, along one axis.
        var first: Int, count: Int
        /// The kernel's cells that meet them, and for each the offset of the output pixel, ascending.
        var cells: [(cell: Int, offset: Int)]

        init(_ residue: Int, extent: Int, kernel: Int, stride: Int, dilation: Int, padding: Int) {
            let start = ((residue - padding) % stride + stride) % stride
            first = start
            count = start < extent ? (extent - start + stride - 1) / stride : 0
            cells = (0..<kernel).reversed().filter { $0 * dilation % stride == residue }
                .map { ($0, (start + padding - $0 * dilation) / stride) }
        }
    }

    func inputGradient(
        _ dy: UnsafePointer<Float>, _ kernel: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>,
        on pool: WorkerPool
    ) {
        if isDepthwise { return depthwiseInputGradient(dy, kernel, into: dx, on: pool) }
        if let adjoint, adjoint.goesByLines {
            for group in 0..<groups {
                let source = ColumnSource(
                    start: kernel + group * groupUnits,
                    runs: (0..<cells).reversed().map { $0 * groupChannels * units }, run: groupUnits, step: 1,
                    column: units)
                let columns = pool.packColumns(source, adjoint.blocks(on: pool))
                adjoint.multiply(
                    dy, columns, group: group, Epilogue(), into: dx + group * groupChannels, on: pool)
            }
            return
        }
        for a in 0..<window.strides.height {
            let vertical = Phase(
                a, extent: height, kernel: window.kernel.height, stride: window.strides.height,
                dilation: window.dilation.height, padding: window.padding.top)
            for b in 0..<window.strides.width {
                let horizontal = Phase(
                    b, extent: width, kernel: window.kernel.width, stride: window.strides.width,
                    dilation: window.dilation.width, padding: window.padding.left)
                guard vertical.count > 0, horizontal.count > 0 else { continue }
                for group in 0..<groups { inputGradient(dy, kernel, vertical, horizontal, group, into: dx, on: pool) }
            }
        }
    }

    private func inputGradient(
        _ dy: UnsafePointer<Float>, _ kernel: UnsafePointer<Float>, _ vertical: Phase, _ horizontal: Phase,
        _ group: Int, into dx: UnsafeMutablePointer<Float>, on pool: WorkerPool
    ) {
        let rows = PixelRows(
            image: dy, height: outputHeight, width: outputWidth, channels: units,
            group: group * groupUnits..<(group + 1) * groupUnits,
            grid: (vertical.count, horizontal.count), strides: (1, 1),
            cells: horizontal.cells.isEmpty
                ? [] : vertical.cells.map { .init(row: $0.offset, columns: horizontal.cells.map(\.offset)) })
        let kernelRuns = vertical.cells.flatMap { line in
            horizontal.cells.map { (line.cell * window.kernel.width + $0.cell) * groupChannels * units }
        }
        var blocks = GemmBlocks(
            rows: batch * vertical.count * horizontal.count, columns: groupChannels, depth: rows.depth,
            panelWidth: Int(pool.gemm.nr))
        blocks.inPieces = pool.multipliesInPieces(depth: blocks.depth, columns: blocks.columns)
        // Transposed: along the depth lie the units, along the columns the channels.
        let columns = pool.packColumns(
            ColumnSource(
                start: kernel + group * groupUnits, runs: kernelRuns, run: groupUnits, step: 1, column: units), blocks)
        let first = group * groupChannels
        if window.strides == (1, 1) {
            pool.gemm(blocks, rows: rows, columns: columns, into: dx + first, stride: channels)
        } else {
            nonisolated(unsafe) let dx = dx
            pool.scatteredGemm(blocks, rows: rows, columns: columns) { row in
                let (n, h, w) = (
                    row / (vertical.count * horizontal.count), row / horizontal.count % vertical.count,
                    row % horizontal.count
                )
                let pixel =
                    (n * height + vertical.first + h * window.strides.height) * width
                    + horizontal.first + w * window.strides.width
                return dx + pixel * channels + first
            }
        }
    }

    // MARK: dkernel[i, j, c, u] = Σ x[n, h·s + i·d − p, w·s + j·d − p, c] · dy[n, h, w, u]

    func kernelGradient(
        _ dy: UnsafePointer<Float>, _ x: UnsafePointer<Float>, into dw: UnsafeMutablePointer<Float>,
        on pool: WorkerPool
    ) {
        if isDepthwise { return depthwiseKernelGradient(dy, x, into: dw, on: pool) }
        if gradientGoesByLines { return kernelGradientByLines(dy, x, into: dw, on: pool) }
        for group in 0..<groups {
            let rows = patches(x, group: group)
            pool.transposedGemm(
                rows, columns: dy + group * groupUnits, count: groupUnits, stride: units, over: outputPixels,
                into: dw + group * groupUnits, stride: units)
        }
    }
}

extension WorkerPool {
    /// ``gemm(_:rows:columns:into:stride:_:)`` with rows of the result that lie anywhere.
    func scatteredGemm(
        _ blocks: GemmBlocks, rows source: some RowSource, columns: Columns,
        _ address: @Sendable (Int) -> UnsafeMutablePointer<Float>
    ) {
        run((blocks.rows + GemmBlocks.rowBlock - 1) / GemmBlocks.rowBlock) { task in
            let rows = task * GemmBlocks.rowBlock..<min((task + 1) * GemmBlocks.rowBlock, blocks.rows)
            let tiles = Scratch.floats(rows.count * blocks.columns, for: .tiles)
            gemmTask(
                blocks, rows, 0..<blocks.panels, 0..<blocks.depthBlocks, source, columns, tiles, blocks.columns,
                Epilogue())
            for (i, row) in rows.enumerated() {
                address(row).update(from: tiles + i * blocks.columns, count: blocks.columns)
            }
        }
    }

    /// `C = Aᵀ · B` where the rows of A are gathered and the sum runs over them: the gradient of a kernel.
    ///
    /// The sum is cut into parts that are added up in order; how many depends on the extents alone.
    func transposedGemm(
        _ source: PixelRows, columns b: UnsafePointer<Float>, count: Int, stride bStride: Int, over pixels: Int,
        into c: UnsafeMutablePointer<Float>, stride: Int
    ) {
        let width = Int(gemm.nr)
        let panels = (count + width - 1) / width
        let rowBlock = 576  // the columns of a block of A in the level-2 cache
        let pixelBlock = 256
        let rowBlocks = (source.depth + rowBlock - 1) / rowBlock
        guard pixels > 0 else {
            for row in 0..<source.depth { (c + row * stride).update(repeating: 0, count: count) }
            return
        }
        let pixelBlocks = (pixels + pixelBlock - 1) / pixelBlock
        let parts = max(1, min(pixelBlocks, 16 / rowBlocks))
        let size = source.depth * count

        nonisolated(unsafe) let (b, c) = (b, c)
        nonisolated(unsafe) let partials = Scratch.floats(parts > 1 ? parts * size : 0, for: .partials)
        run(parts * rowBlocks) { task in
            let (part, rowPart) = (task / rowBlocks, task % rowBlocks)
            let rows = rowPart * source.depth / rowBlocks..<(rowPart + 1) * source.depth / rowBlocks
            let (target, targetStride) = parts > 1 ? (partials + part * size, count) : (c, stride)
            let first = part * pixelBlocks / parts
            let last = (part + 1) * pixelBlocks / parts
            for block in first..<last {
                let range = block * pixelBlock..<min((block + 1) * pixelBlock, pixels)
                // In place or not, one pixel's patch is a row: the depth of the product runs along the pixels.
                let a = source.block(rows: range, depth: rows)
                for panel in 0..<panels {
                    let columns = panel * width..<min((panel + 1) * width, count)
                    var call = ck_panel()
                    call.k = range.count
                    (call.a, call.a_row, call.a_step) = (a.start, 1, a.row)
                    (call.b, call.b_step) = (b + range.lowerBound * bStride + columns.lowerBound, bStride)
                    if columns.count < width {
                        let packed = Scratch.floats(pixelBlock * width, for: .tiles)
                        ColumnSource(start: b, run: pixels, step: bStride, column: 1)
                            .pack(depth: range, columns: columns, width: width, into: packed)
                        (call.b, call.b_step) = (UnsafePointer(packed), width)
                    }
                    (call.c, call.c_row) = (target + rows.lowerBound * targetStride + columns.lowerBound, targetStride)
                    (call.rows, call.columns) = (rows.count, columns.count)
                    call.accumulate = block > first ? 1 : 0
                    gemm.run(&call)
                }
            }
        }
        guard parts > 1 else { return }
        run(source.depth, grain: max(1, 4096 / max(count, 1))) { rows in
            for row in rows {
                let target = c + row * stride
                target.update(from: partials + row * count, count: count)
                for part in 1..<parts {
                    let partial = partials + part * size + row * count
                    for j in 0..<count { target[j] += partial[j] }
                }
            }
        }
    }
}
