import CKernels

// The blocked matrix product C = A · B under every convolution and every dense layer.
//
//     depth is cut into blocks: a panel of B, block × nr, stays in the level-1 cache,
//     rows are cut into blocks: a block of A, packed, stays in the level-2 cache,
//     one task computes a block of rows × some panels of columns, over the whole depth.
//
// The cuts depend on the extents alone and each sum runs through the depth in order, so neither the number of threads
// nor the number of rows in a call changes a bit of a row of the result.

/// Where the rows of A come from: a matrix, or an image that is gathered on the fly.
protocol RowSource: Sendable {
    /// A block as the micro-kernel reads it: as it lies, or packed into this thread's scratch memory.
    func block(rows: Range<Int>, depth: Range<Int>) -> PanelRows
}

/// A block of A as the micro-kernel reads it: element (r, p) at `start[r * row + p * step]`.
struct PanelRows: @unchecked Sendable {
    var start: UnsafePointer<Float>
    var row: Int
    var step: Int

    /// The floats from one packed row of `count` to the next: whole registers, and never a multiple of 2 KiB, for such
    /// rows would fight for the same lines of the cache.
    static func packedStride(_ count: Int) -> Int { (count + 15) / 16 * 16 + 16 }
}

/// A matrix in memory, rows as they lie: element (r, p) at `start[r * stride + p]`.
struct MatrixRows: RowSource, @unchecked Sendable {
    var start: UnsafePointer<Float>
    var stride: Int

    /// In place, unless the rows are a multiple of 2 KiB apart; see ``PanelRows/packedStride(_:)``.
    func block(rows: Range<Int>, depth: Range<Int>) -> PanelRows {
        let first = start + rows.lowerBound * stride + depth.lowerBound
        if stride % 512 != 0 || rows.count <= 4 { return PanelRows(start: first, row: stride, step: 1) }
        let packed = PanelRows.packedStride(depth.count)
        let memory = Scratch.floats(rows.count * packed, for: .rows)
        for i in 0..<rows.count { (memory + i * packed).update(from: first + i * stride, count: depth.count) }
        return PanelRows(start: memory, row: packed, step: 1)
    }
}

/// A matrix in memory, transposed: element (r, p) at `start[p * stride + r]`.
struct TransposedRows: RowSource, @unchecked Sendable {
    var start: UnsafePointer<Float>
    var stride: Int

    func block(rows: Range<Int>, depth: Range<Int>) -> PanelRows {
        let first = start + depth.lowerBound * stride + rows.lowerBound
        if stride % 512 != 0 || depth.count <= 4 { return PanelRows(start: first, row: 1, step: stride) }
        let packed = PanelRows.packedStride(rows.count)
        let memory = Scratch.floats(depth.count * packed, for: .rows)
        for i in 0..<depth.count { (memory + i * packed).update(from: first + i * stride, count: rows.count) }
        return PanelRows(start: memory, row: 1, step: packed)
    }
}

/// How a product is cut.
struct GemmBlocks {
    let rows: Int
    let columns: Int
    let depth: Int
    let panelWidth: Int
    /// Depth of a block; by default a panel of B of 32 columns takes 48 KiB.
    var depthBlock = 384
    /// Whether B is taken apart for the matrix unit, see ``MatrixUnit``.
    var inPieces = false
    /// All of A, where its zeros are passed over: for many rows, and only where B is finite, since 0 · ∞ is not zero.
    var sparse: PanelRows?

    /// Rows of a task: a multiple of every kernel's tile.
    static let rowBlock = 96

    var panels: Int { (columns + panelWidth - 1) / panelWidth }
    var depthBlocks: Int { max(1, (depth + depthBlock - 1) / depthBlock) }

    func depthRange(_ block: Int) -> Range<Int> {
        var size = (depth + depthBlocks - 1) / depthBlocks
        if inPieces { size = MatrixUnit.steps(size) * MatrixUnit.step }
        return min(block * size, depth)..<min((block + 1) * size, depth)
    }

    /// Parts of the depth that are summed apart and then added in order, so that some threads may share a deep sum.
    var parts: Int { min(8, max(1, depth / 1024)) }

    /// The blocks of a part.
    func blocks(of part: Int) -> Range<Int> { part * depthBlocks / parts..<(part + 1) * depthBlocks / parts }

    func columnRange(_ panel: Int) -> Range<Int> { panel * panelWidth..<min((panel + 1) * panelWidth, columns) }

    /// How many floats the packed B takes.
    var packedCount: Int {
        inPieces
            ? (0..<depthBlocks).reduce(0) { $0 + MatrixUnit.steps(depthRange($1).count) } * panels * MatrixUnit.chunk
            : depth * panels * panelWidth
    }

    /// Where the packed panel starts: block after block of the depth, in each panel after panel, in each row after row.
    func offset(_ depth: Range<Int>, panel: Int) -> Int {
        if inPieces {
            return (depth.lowerBound / MatrixUnit.step * panels + panel * MatrixUnit.steps(depth.count))
                * MatrixUnit.chunk
        }
        return (depth.lowerBound * panels + panel * depth.count) * panelWidth
    }
}

/// Where the columns of B come from: element (p, j) at `start[runs[p / run] + p % run * step + j * column]`.
///
/// A plain matrix is one run. The kernel of a convolution has a run for each cell.
struct ColumnSource: @unchecked Sendable {
    var start: UnsafePointer<Float>
    var runs: [Int] = [0]
    var run: Int
    var step: Int
    var column: Int

    /// Packs one panel of one block, the columns beyond the last as zeros.
    func pack(depth: Range<Int>, columns: Range<Int>, width: Int, into target: UnsafeMutablePointer<Float>) {
        var target = target
        var p = depth.lowerBound
        while p < depth.upperBound {
            let (cell, first) = (p / run, p % run)
            let length = min(run - first, depth.upperBound - p)
            let source = start + runs[cell] + first * step + columns.lowerBound * column
            if column == 1 && columns.count == width {
                for i in 0..<length { (target + i * width).update(from: source + i * step, count: width) }
            } else {
                if columns.count < width { target.update(repeating: 0, count: length * width) }
                if step == 1 {
                    ck_transpose(source, column, columns.count, length, target, width)
                } else {
                    for i in 0..<length {
                        for j in 0..<columns.count { target[i * width + j] = source[i * step + j * column] }
                    }
                }
            }
            target += length * width
            p += length
        }
    }
}

/// The columns of B as the kernel reads them.
enum Columns: @unchecked Sendable {
    case packed(UnsafePointer<Float>)
    /// Taken apart for the matrix unit.
    case pieces(UnsafePointer<Float>)
    /// As they lie, `stride` from one row to the next; a last panel that is not full is packed, `tail`.
    case inPlace(UnsafePointer<Float>, stride: Int, tail: UnsafePointer<Float>)

    /// Where a panel starts, for a block of the depth, and how far it is from one of its rows to the next.
    func panel(_ panel: Int, _ depth: Range<Int>, _ blocks: GemmBlocks) -> (UnsafePointer<Float>, Int) {
        let range = blocks.columnRange(panel)
        switch self {
        case .packed(let start):
            return (start + blocks.offset(depth, panel: panel), blocks.panelWidth)
        case .pieces(let start):
            return (
                start + blocks.offset(depth, panel: panel), MatrixUnit.steps(depth.count) * MatrixUnit.chunk
            )
        case .inPlace(_, _, let tail) where range.count < blocks.panelWidth:
            return (tail + depth.lowerBound * blocks.panelWidth, blocks.panelWidth)
        case .inPlace(let start, let stride, _):
            return (start + depth.lowerBound * stride + range.lowerBound, stride)
        }
    }
}

/// What follows the sums: `+ bias`, `max(y, 0)` or another function of each, the largest of 2×2 pixels.
struct Epilogue: @unchecked Sendable {
    var bias: UnsafePointer<Float>?
    var relu = false
    var closing: PointwiseFunction?
    /// A 2×2 max pooling; only Winograd's last step and a convolution by lines have one built in.
    var pooled: Pooled?

    struct Pooled { var winners: UnsafeMutablePointer<Float>? }

    /// A kernel's `relu` and `ceiling`: the rectifier, or a closing function that it does itself.
    var clipping: (relu: Int32, ceiling: Float) {
        (relu || closing?.ceiling != nil ? 1 : 0, closing?.ceiling ?? 0)
    }

    /// Tells a kernel to add the bias and to clip, from a column on.
    func describe(_ call: inout ck_panel, from column: Int) {
        call.bias = bias.map { $0 + column }
        (call.relu, call.ceiling) = clipping
    }

    /// What is left to do where the kernel was told of ``clipping``.
    var afterKernel: PointwiseFunction? { closing?.ceiling == nil ? closing : nil }
}

extension WorkerPool {
    /// Packs B into this thread's scratch memory, all threads taking part.
    func packColumns(_ source: ColumnSource, _ blocks: GemmBlocks) -> Columns {
        let memory = Scratch.floats(blocks.packedCount, for: .columns)
        return packColumns(source, blocks, into: memory)
    }

    /// Packs B.
    @discardableResult
    func packColumns(
        _ source: ColumnSource, _ blocks: GemmBlocks, into memory: UnsafeMutablePointer<Float>
    ) -> Columns {
        nonisolated(unsafe) let memory = memory
        if blocks.inPieces {
            takeApart(source, blocks, into: memory)
            return .pieces(memory)
        }
        run(blocks.panels * blocks.depthBlocks) { task in
            let (block, panel) = (task / blocks.panels, task % blocks.panels)
            let depth = blocks.depthRange(block)
            source.pack(
                depth: depth, columns: blocks.columnRange(panel), width: blocks.panelWidth,
                into: memory + blocks.offset(depth, panel: panel))
        }
        return .packed(memory)
    }

    /// B in place if so few rows meet it that packing would cost more than it brings, or if a panel lies close
    /// together anyway; else nil.
    func columnsInPlace(_ source: ColumnSource, _ blocks: GemmBlocks) -> Columns? {
        guard !blocks.inPieces, source.column == 1, source.runs.count == 1,
            blocks.rows <= 2 * Int(gemm.mr) || source.step * min(blocks.depth, blocks.depthBlock) <= 1 << 16
        else { return nil }
        let last = blocks.columnRange(blocks.panels - 1)
        let tail = Scratch.floats(blocks.depth * blocks.panelWidth, for: .columns)
        if last.count < blocks.panelWidth {
            source.pack(depth: 0..<blocks.depth, columns: last, width: blocks.panelWidth, into: tail)
        }
        return .inPlace(source.start + source.runs[0], stride: source.step, tail: tail)
    }

    /// B as the product needs it, in place or packed.
    func columns(_ source: ColumnSource, _ blocks: GemmBlocks) -> Columns {
        columnsInPlace(source, blocks) ?? packColumns(source, blocks)
    }

    /// Computes `C = A · B`, then the epilogue.
    ///
    /// - Parameter sweep: says which way to go through B this time, for who multiplies by it again and again.
    func gemm(
        _ blocks: GemmBlocks, rows source: some RowSource, columns: Columns, into c: UnsafeMutablePointer<Float>,
        stride: Int, _ epilogue: Epilogue = Epilogue(), sweep: Sweep? = nil
    ) {
        let rowBlocks = (blocks.rows + GemmBlocks.rowBlock - 1) / GemmBlocks.rowBlock
        let parts = blocks.parts
        guard rowBlocks > 0, blocks.panels > 0 else { return }
        // A deep sum for few rows is shared by parts of the depth: each number of A and B is then read once.
        if parts > 1 && rowBlocks <= 4 {
            return gemmByParts(blocks, rows: source, columns: columns, into: c, stride: stride, epilogue, sweep)
        }
        // Else enough tasks for some threads, even where there are few rows.
        let columnTasks = min(blocks.panels, max(1, (16 + rowBlocks - 1) / rowBlocks))
        nonisolated(unsafe) let c = c
        run(rowBlocks * columnTasks) { task in
            let (i, j) = (task / columnTasks, task % columnTasks)
            let rows = i * GemmBlocks.rowBlock..<min((i + 1) * GemmBlocks.rowBlock, blocks.rows)
            let panels = j * blocks.panels / columnTasks..<(j + 1) * blocks.panels / columnTasks
            let target = c + rows.lowerBound * stride
            let first = panels.lowerBound * blocks.panelWidth
            let width = min(panels.upperBound * blocks.panelWidth, blocks.columns) - first
            guard parts > 1 else {
                let all = 0..<blocks.depthBlocks
                gemmTask(blocks, rows, panels, all, source, columns, target, stride, epilogue)
                epilogue.afterKernel?.apply(
                    to: target + first, rows: rows.count, columns: width, stride: stride, on: self)
                return
            }
            let tile = Scratch.floats(rows.count * blocks.columns, for: .tiles)
            for part in 0..<parts {
                let target = part == 0 ? target : tile
                let targetStride = part == 0 ? stride : blocks.columns
                gemmTask(
                    blocks, rows, panels, blocks.blocks(of: part), source, columns, target, targetStride, Epilogue())
                guard part > 0 else { continue }
                let closing = part == parts - 1 ? epilogue : Epilogue()
                for i in 0..<rows.count {
                    closing.finish(
                        c + (rows.lowerBound + i) * stride, adding: tile + i * blocks.columns,
                        columns: first..<first + width)
                }
            }
            epilogue.closing?.apply(to: target + first, rows: rows.count, columns: width, stride: stride, on: self)
        }
    }

    /// The same with the parts of the depth side by side, into partial results that are then added in order.
    private func gemmByParts(
        _ blocks: GemmBlocks, rows source: some RowSource, columns: Columns, into c: UnsafeMutablePointer<Float>,
        stride: Int, _ epilogue: Epilogue, _ sweep: Sweep?
    ) {
        let parts = blocks.parts
        let size = blocks.rows * blocks.columns
        let rowBlocks = (blocks.rows + 191) / 192
        let backwards = sweep?.turn() ?? false
        nonisolated(unsafe) let (c, partials) = (c, Scratch.floats(parts * size, for: .partials))
        run(parts * rowBlocks) { task in
            let i = task % rowBlocks
            let part = Sweep.part(task / rowBlocks, of: parts, backwards: backwards)
            let rows = i * 192..<min((i + 1) * 192, blocks.rows)
            gemmTask(
                blocks, rows, 0..<blocks.panels, blocks.blocks(of: part), source, columns,
                partials + part * size + rows.lowerBound * blocks.columns, blocks.columns, Epilogue())
        }
        addParts(partials, blocks, into: c, stride: stride, epilogue)
    }

    /// Adds the sums of all parts of the depth, in their order, then the epilogue.
    func addParts(
        _ partials: UnsafePointer<Float>, _ blocks: GemmBlocks, into c: UnsafeMutablePointer<Float>, stride: Int,
        _ epilogue: Epilogue
    ) {
        let (parts, size) = (blocks.parts, blocks.rows * blocks.columns)
        nonisolated(unsafe) let (c, partials) = (c, partials)
        run(blocks.rows, grain: max(1, elementwiseGrain / blocks.columns)) { rows in
            for row in rows {
                (c + row * stride).update(from: partials + row * blocks.columns, count: blocks.columns)
                for part in 1..<parts {
                    let closing = part == parts - 1 ? epilogue : Epilogue()
                    closing.finish(
                        c + row * stride, adding: partials + part * size + row * blocks.columns,
                        columns: 0..<blocks.columns)
                }
            }
            epilogue.closing?.apply(
                to: c + rows.lowerBound * stride, rows: rows.count, columns: blocks.columns, stride: stride, on: self)
        }
    }

    /// One block of rows × some panels, over some blocks of the depth, into `c`, which is where its first row starts.
    func gemmTask(
        _ blocks: GemmBlocks, _ rows: Range<Int>, _ panels: Range<Int>, _ depthBlocks: Range<Int>,
        _ source: some RowSource, _ columns: Columns, _ c: UnsafeMutablePointer<Float>, _ stride: Int,
        _ epilogue: Epilogue
    ) {
        for block in depthBlocks {
            let depth = blocks.depthRange(block)
            let accumulates = block > depthBlocks.lowerBound
            let closing = block == depthBlocks.upperBound - 1 ? epilogue : Epilogue()
            if let a = blocks.sparse?.part(rows: rows, depth: depth) {
                multiplyNonzeros(a, blocks, rows, depth, panels, columns, c, stride, accumulates, closing)
                continue
            }
            let a = source.block(rows: rows, depth: depth)
            // The matrix unit takes all columns at once.
            for panel in Swift.stride(
                from: panels.lowerBound, to: panels.upperBound, by: blocks.inPieces ? max(panels.count, 1) : 1
            ) {
                var range = blocks.columnRange(panel)
                if blocks.inPieces { range = range.lowerBound..<blocks.columnRange(panels.upperBound - 1).upperBound }
                var call = ck_panel()
                call.k = depth.count
                (call.a, call.a_row, call.a_step) = (a.start, a.row, a.step)
                (call.b, call.b_step) = columns.panel(panel, depth, blocks)
                (call.c, call.c_row) = (c + range.lowerBound, stride)
                (call.rows, call.columns) = (rows.count, range.count)
                call.accumulate = accumulates ? 1 : 0
                closing.describe(&call, from: range.lowerBound)
                run(&call, blocks.inPieces)
            }
        }
    }
}

extension Epilogue {
    /// Adds a partial result to a row, then what follows.
    func finish(_ row: UnsafeMutablePointer<Float>, adding part: UnsafePointer<Float>, columns: Range<Int>) {
        for j in columns { row[j] += part[j] }
        if let bias { for j in columns { row[j] += bias[j] } }
        if relu { for j in columns { row[j] = row[j] < 0 ? 0 : row[j] } }
    }
}
