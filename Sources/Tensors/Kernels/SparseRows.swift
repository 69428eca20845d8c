import CKernels
import Synchronization

// Products C = A · B of many rows that pass over the zeros of A: what a rectifier, a pooling and a dropout leave of an
// image is mostly zeros, and so is the gradient that comes back through them.
//
// The sums run through the depth in the same order and in the same blocks, only the terms that are zero are missing: the
// bits are those of the product that reads all.

extension GemmBlocks {
    /// Whether so much of A is zero, and the product so large, that it pays to list what is not.
    ///
    /// The listing costs a tenth of a product of 128 columns; half of A zero is where it begins to gain.
    func paysToPassOverZeros(of a: PanelRows) -> Bool {
        guard !inPieces, rows >= 16, columns >= 4 * panelWidth, depth >= Int(CK_CHUNK) else { return false }
        return a.isMostly(rows: rows, depth: depth) { $0 == 0 }
    }
}

extension PanelRows {
    /// Some rows of some of the depth.
    func part(rows: Range<Int>, depth: Range<Int>) -> PanelRows {
        PanelRows(start: start + rows.lowerBound * row + depth.lowerBound * step, row: row, step: step)
    }

    /// Whether half of the numbers are such, as a sample says: of 16 lines or some more, 64 numbers of each 2048.
    func isMostly(rows: Int, depth: Int, _ isSuch: (Float) -> Bool) -> Bool {
        let (lines, length, distance) = step == 1 ? (rows, depth, row) : (depth, rows, step)
        var (found, seen) = (0, 0)
        for (i, line) in stride(from: 0, to: lines, by: max(1, lines / 16)).enumerated() {
            for first in stride(from: i * 64 % min(2048, max(length, 1)), to: length, by: 2048) {
                let end = min(first + 64, length)
                for p in first..<end where isSuch(start[line * distance + p]) { found += 1 }
                seen += end - first
            }
        }
        return 2 * found >= seen
    }
}

extension WorkerPool {
    /// As ``gemmTask(_:_:_:_:_:_:_:_:_:)`` with a block of the depth, without reading the rows of B that meet a zero of A.
    func multiplyNonzeros(
        _ a: PanelRows, _ blocks: GemmBlocks, _ rows: Range<Int>, _ depth: Range<Int>, _ panels: Range<Int>,
        _ columns: Columns, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ accumulates: Bool, _ closing: Epilogue
    ) {
        let listed = list(a, rows: rows.count, depth: depth.count)
        var panel = panels.lowerBound
        while panel < panels.upperBound {
            var call = ck_panel()
            (call.b, call.b_step) = columns.panel(panel, depth, blocks)
            // As many panels as lie at even distances, up to four.
            var (last, next) = (panel, 0)
            while last + 1 < panels.upperBound && last < panel + 3 {
                let (start, step) = columns.panel(last + 1, depth, blocks)
                if last == panel { next = start - call.b }
                guard next > 0, step == call.b_step, start == call.b + (last + 1 - panel) * next else { break }
                last += 1
            }
            let range = blocks.columnRange(panel).lowerBound..<blocks.columnRange(last).upperBound
            call.k = depth.count
            (call.c, call.c_row) = (c + range.lowerBound, stride)
            (call.rows, call.columns) = (rows.count, range.count)
            call.accumulate = accumulates ? 1 : 0
            closing.describe(&call, from: range.lowerBound)
            withUnsafePointer(to: listed) { gemm.run_listed(&call, max(next, 0), $0) }
            panel = last + 1
        }
    }

    /// What is not zero in a block of A, in this thread's scratch memory.
    private func list(_ a: PanelRows, rows: Int, depth: Int) -> ck_nonzeros {
        let chunk = Int(CK_CHUNK)
        let (room, sums) = (rows * depth + chunk, rows * 4 * Int(gemm.nr))
        let turned = a.step == 1 ? 0 : rows * PanelRows.packedStride(depth)
        let ends = rows * max(1, (depth + chunk - 1) / chunk)
        let memory = Scratch.floats(sums + turned + 2 * room + ends, for: .nonzeros)

        var a = a
        if a.step != 1 {
            let columns = TransposedRows(start: a.start, stride: a.step).block(rows: 0..<rows, depth: 0..<depth)
            a = PanelRows(start: memory + sums, row: PanelRows.packedStride(depth), step: 1)
            ck_transpose(columns.start, columns.step, depth, rows, memory + sums, a.row)
        }
        let words = UnsafeMutableRawPointer(memory + sums + turned + room).bindMemory(
            to: UInt32.self, capacity: room + ends)
        var found = ck_nonzeros()
        (found.sums, found.values) = (memory, memory + sums + turned)
        (found.places, found.ends) = (words, words + room)
        gemm.list(a.start, a.row, rows, depth, &found)
        return found
    }

    /// Whether no number is infinite or none.
    func isFinite(_ x: Tensor) -> Bool {
        x.withElements { isFinite(Elements($0).start, $0.count) }
    }

    /// The same of `count` numbers.
    func isFinite(_ x: UnsafePointer<Float>, _ count: Int) -> Bool {
        let unsound = Atomic<Bool>(false)
        nonisolated(unsafe) let x = x
        run(count, grain: elementwiseGrain) { range in
            var largest: UInt32 = 0
            for i in range { largest = max(largest, x[i].bitPattern & 0x7fff_ffff) }
            if largest >= Float.infinity.bitPattern { unsound.store(true, ordering: .relaxed) }
        }
        return !unsound.load(ordering: .relaxed)
    }
}
