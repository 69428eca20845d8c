/// The rows of A that a convolution multiplies, gathered from an image where and when they are needed.
///
/// Row `(n, h, w)` of a grid holds, for each cell of the kernel, the channels of one pixel:
/// `image[n, h · stride + cell.row, w · stride + cell.column, channels]`, zeros beyond the edge.
struct PixelRows: RowSource, @unchecked Sendable {
    var image: UnsafePointer<Float>
    var height: Int
    var width: Int
    /// All channels of the image, the distance from one pixel to the next.
    var channels: Int
    /// The channels that are taken: one group's.
    var group: Range<Int>
    var grid: (height: Int, width: Int)
    var strides: (height: Int, width: Int)
    /// Cells by kernel row; in a row, the columns from `first` on, `distance` apart.
    let cells: [CellRow]

    /// Cells of one row of a kernel.
    struct CellRow: Sendable {
        var row: Int
        var columns: [Int]
    }

    /// Whether the cells of a kernel row that lie inside the image are one piece of memory.
    private let joined: Bool
    /// Where each kernel row begins in a row, for kernels of many: no block looks at those before its own.
    private let starts: [Int]

    init(
        image: UnsafePointer<Float>, height: Int, width: Int, channels: Int, group: Range<Int>,
        grid: (height: Int, width: Int), strides: (height: Int, width: Int), cells: [CellRow]
    ) {
        self.image = image
        self.height = height
        self.width = width
        self.channels = channels
        self.group = group
        self.grid = grid
        self.strides = strides
        self.cells = cells
        joined =
            group.count == channels
            && cells.allSatisfy { row in
                row.columns.indices.dropFirst().allSatisfy { row.columns[$0] == row.columns[$0 - 1] + 1 }
            }
        var starts: [Int] = []
        if cells.count > 64 {
            var start = 0
            for row in cells {
                starts.append(start)
                start += row.columns.count * group.count
            }
        }
        self.starts = starts
    }

    /// The number of floats in a row.
    var depth: Int { group.count * cells.reduce(0) { $0 + $1.columns.count } }

    /// In place for a 1×1 window without stride or padding, which reads the image as a matrix; else gathered.
    func block(rows: Range<Int>, depth: Range<Int>) -> PanelRows {
        if cells.count == 1, cells[0].columns == [0], cells[0].row == 0, strides == (1, 1), grid == (height, width) {
            return MatrixRows(start: image + group.lowerBound, stride: channels).block(rows: rows, depth: depth)
        }
        let stride = PanelRows.packedStride(depth.count)
        let memory = Scratch.floats(rows.count * stride, for: .rows)
        let area = grid.height * grid.width
        for (i, r) in rows.enumerated() {
            let (n, h, w) = (r / area, r % area / grid.width, r % grid.width)
            packRow(n, h * strides.height, w * strides.width, depth, memory + i * stride)
        }
        return PanelRows(start: memory, row: stride, step: 1)
    }

    /// The last kernel row that begins at this place of a row or before it; the first where there are few.
    private func firstLine(at place: Int) -> Int {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= place { low = middle } else { high = middle }
        }
        return low
    }

    private func packRow(_ n: Int, _ h: Int, _ w: Int, _ depth: Range<Int>, _ target: UnsafeMutablePointer<Float>) {
        let run = group.count
        let first = firstLine(at: depth.lowerBound)
        var p = starts.isEmpty ? 0 : starts[first]  // where the next cell starts in the row
        for line in cells[first...] {
            let length = line.columns.count * run
            defer { p += length }
            if p >= depth.upperBound { break }
            guard p + length > depth.lowerBound else { continue }
            let y = h + line.row
            guard (0..<height).contains(y) else {
                let part = max(p, depth.lowerBound)..<min(p + length, depth.upperBound)
                (target + part.lowerBound - depth.lowerBound).update(repeating: 0, count: part.count)
                continue
            }
            let pixels = image + (n * height + y) * width * channels + group.lowerBound
            if joined {
                // The part of the kernel row that the image has, and zeros on both sides.
                let x = w + line.columns[0]
                let inside = max(0, -x) * run..<max(max(0, -x), min(line.columns.count, width - x)) * run
                let wanted = max(0, depth.lowerBound - p)..<min(length, depth.upperBound - p)
                let part = inside.clamped(to: wanted)
                let start = target + p - depth.lowerBound
                if wanted.lowerBound < part.lowerBound {
                    (start + wanted.lowerBound).update(repeating: 0, count: part.lowerBound - wanted.lowerBound)
                }
                if !part.isEmpty {
                    (start + part.lowerBound).update(from: pixels + x * channels + part.lowerBound, count: part.count)
                }
                if part.upperBound < wanted.upperBound {
                    (start + part.upperBound).update(repeating: 0, count: wanted.upperBound - part.upperBound)
                }
            } else {
                for (k, column) in line.columns.enumerated() {
                    let part = (p + k * run..<p + (k + 1) * run).clamped(to: depth)
                    guard !part.isEmpty else { continue }
                    let start = target + part.lowerBound - depth.lowerBound
                    let x = w + column
                    if (0..<width).contains(x) {
                        start.update(from: pixels + x * channels + part.lowerBound - p - k * run, count: part.count)
                    } else {
                        start.update(repeating: 0, count: part.count)
                    }
                }
            }
        }
    }
}
