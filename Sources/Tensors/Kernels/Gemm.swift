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
    /// Rows that can be used as they lie, or nil.
    func inPlace(rows: Range<Int>, depth: Range<Int>) -> PanelRows?

    /// Writes row after row of a block, `stride` floats from one to the next.
    func pack(rows: Range<Int>, depth: Range<Int>, into target: UnsafeMutablePointer<Float>, stride: Int)
}

/// A block of A as the micro-kernel reads it: element (r, p) at `start[r * row + p * step]`.
struct PanelRows {
    var start: UnsafePointer<Float>
    var row: Int
    var step: Int
}

/// A matrix in memory, rows as they lie: element (r, p) at `start[r * stride + p]`.
struct MatrixRows: RowSource, @unchecked Sendable {
    var start: UnsafePointer<Float>
    var stride: Int

    /// Rows at a distance of a multiple of 2 KiB would fight for the same lines of the cache, so those are packed.
    func inPlace(rows: Range<Int>, depth: Range<Int>) -> PanelRows? {
        if stride % 512 == 0 && rows.count > 4 { return nil }
        return PanelRows(start: start + rows.lowerBound * stride + depth.lowerBound, row: stride, step: 1)
    }

    func pack(rows: Range<Int>, depth: Range<Int>, into target: UnsafeMutablePointer<Float>, stride: Int) {
        for (i, r) in rows.enumerated() {
            (target + i * stride).update(from: start + r * self.stride + depth.lowerBound, count: depth.count)
        }
    }
}

/// A matrix in memory, transposed: element (r, p) at `start[p * stride + r]`.
struct TransposedRows: RowSource, @unchecked Sendable {
    var start: UnsafePointer<Float>
    var stride: Int

    func inPlace(rows: Range<Int>, depth: Range<Int>) -> PanelRows? {
        PanelRows(start: start + depth.lowerBound * stride + rows.lowerBound, row: 1, step: stride)
    }

    func pack(rows: Range<Int>, depth: Range<Int>, into target: UnsafeMutablePointer<Float>, stride: Int) {
        preconditionFailure("transposed rows are used in place")
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

    /// Rows of a task: a multiple of every kernel's tile.
    static let rowBlock = 96

    var panels: Int { (columns + panelWidth - 1) / panelWidth }
    var depthBlocks: Int { max(1, (depth + depthBlock - 1) / depthBlock) }

    func depthRange(_ block: Int) -> Range<Int> {
        let size = (depth + depthBlocks - 1) / depthBlocks
        return min(block * size, depth)..<min((block + 1) * size, depth)
    }

    func columnRange(_ panel: Int) -> Range<Int> { panel * panelWidth..<min((panel + 1) * panelWidth, columns) }

    /// How many floats the packed B takes.
    var packedCount: Int { depth * panels * panelWidth }

    /// Where the packed panel starts: block after block of the depth, in each panel after panel, in each row after row.
    func offset(_ depth: Range<Int>, panel: Int) -> Int {
        (depth.lowerBound * panels + panel * depth.count) * panelWidth
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
    /// As they lie, `stride` from one row to the next; a last panel that is not full is packed, `tail`.
    case inPlace(UnsafePointer<Float>, stride: Int, tail: UnsafePointer<Float>)

    /// Where a panel starts, for a block of the depth, and how far it is from one of its rows to the next.
    func panel(_ panel: Int, _ depth: Range<Int>, _ blocks: GemmBlocks) -> (UnsafePointer<Float>, Int) {
        let range = blocks.columnRange(panel)
        switch self {
        case .packed(let start):
            return (start + blocks.offset(depth, panel: panel), blocks.panelWidth)
        case .inPlace(_, _, let tail) where range.count < blocks.panelWidth:
            return (tail + depth.lowerBound * blocks.panelWidth, blocks.panelWidth)
        case .inPlace(let start, let stride, _):
            return (start + depth.lowerBound * stride + range.lowerBound, stride)
        }
    }
}

/// What follows the sums: `+ bias`, `max(y, 0)`, the largest of 2×2 pixels.
struct Epilogue: @unchecked Sendable {
    var bias: UnsafePointer<Float>?
    var relu = false
    /// A 2×2 max pooling; only Winograd's last step has one built in.
    var pooled: Pooled?

    struct Pooled { var winners: UnsafeMutablePointer<Float>? }
}

extension WorkerPool {
    /// Packs B into this thread's scratch memory, all threads taking part.
    func packColumns(_ source: ColumnSource, _ blocks: GemmBlocks) -> Columns {
        let memory = Scratch.floats(blocks.packedCount, for: .columns)
        packColumns(source, blocks, into: memory)
        return .packed(memory)
    }

    /// Packs B.
    func packColumns(_ source: ColumnSource, _ blocks: GemmBlocks, into memory: UnsafeMutablePointer<Float>) {
        nonisolated(unsafe) let memory = memory
        run(blocks.panels * blocks.depthBlocks) { task in
            let (block, panel) = (task / blocks.panels, task % blocks.panels)
            let depth = blocks.depthRange(block)
            source.pack(
                depth: depth, columns: blocks.columnRange(panel), width: blocks.panelWidth,
                into: memory + blocks.offset(depth, panel: panel))
        }
    }

    /// B in place if so few rows meet it that packing would cost more than it brings, or if its rows are so short that a
    /// panel lies close together anyway; else nil.
    func columnsInPlace(_ source: ColumnSource, _ blocks: GemmBlocks) -> Columns? {
        guard source.column == 1, source.runs.count == 1,
            blocks.rows <= 2 * Int(gemm.mr) || source.step <= 256
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
    func gemm(
        _ blocks: GemmBlocks, rows source: some RowSource, columns: Columns, into c: UnsafeMutablePointer<Float>,
        stride: Int, _ epilogue: Epilogue = Epilogue()
    ) {
        let rowBlocks = (blocks.rows + GemmBlocks.rowBlock - 1) / GemmBlocks.rowBlock
        // Enough tasks for some threads even where there are few rows.
        let columnTasks = min(blocks.panels, max(1, (16 + rowBlocks - 1) / max(rowBlocks, 1)))
        nonisolated(unsafe) let c = c
        run(rowBlocks * columnTasks) { task in
            let (i, j) = (task / columnTasks, task % columnTasks)
            let rows = i * GemmBlocks.rowBlock..<min((i + 1) * GemmBlocks.rowBlock, blocks.rows)
            let panels = j * blocks.panels / columnTasks..<(j + 1) * blocks.panels / columnTasks
            gemmTask(blocks, rows, panels, source, columns, c + rows.lowerBound * stride, stride, epilogue)
        }
    }

    /// One block of rows × some panels, over the whole depth, into `c`, which is where its first row starts.
    func gemmTask(
        _ blocks: GemmBlocks, _ rows: Range<Int>, _ panels: Range<Int>, _ source: some RowSource, _ columns: Columns,
        _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ epilogue: Epilogue
    ) {
        for block in 0..<blocks.depthBlocks {
            let depth = blocks.depthRange(block)
            let a = packedRows(source, rows, depth)
            for panel in panels {
                let range = blocks.columnRange(panel)
                var call = ck_panel()
                call.k = depth.count
                (call.a, call.a_row, call.a_step) = (a.start, a.row, a.step)
                (call.b, call.b_step) = columns.panel(panel, depth, blocks)
                (call.c, call.c_row) = (c + range.lowerBound, stride)
                (call.rows, call.columns) = (rows.count, range.count)
                call.accumulate = block > 0 ? 1 : 0
                if block == blocks.depthBlocks - 1 {
                    call.bias = epilogue.bias.map { $0 + range.lowerBound }
                    call.relu = epilogue.relu ? 1 : 0
                }
                gemm.run(&call)
            }
        }
    }

    /// A block of A, in place or packed into this thread's scratch memory.
    func packedRows(_ source: some RowSource, _ rows: Range<Int>, _ depth: Range<Int>) -> PanelRows {
        if let rows = source.inPlace(rows: rows, depth: depth) { return rows }
        // Not a multiple of 2 KiB: see MatrixRows.
        let stride = (depth.count + 15) / 16 * 16 + 16
        let memory = Scratch.floats(rows.count * stride, for: .rows)
        source.pack(rows: rows, depth: depth, into: memory, stride: stride)
        return PanelRows(start: memory, row: stride, step: 1)
    }
}
