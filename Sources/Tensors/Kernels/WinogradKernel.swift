import CKernels

/// A kernel in Winograd's domain, packed for the matrix kernel: point, panel, row, column; or taken apart for the matrix
/// unit: point, panel, chunks.
struct WinogradKernel: @unchecked Sendable {
    var start: UnsafePointer<Float>
    var rows: Int, columns: Int, panelWidth: Int
    var inPieces = false

    var panels: Int { (columns + panelWidth - 1) / panelWidth }
    /// Floats of a panel.
    var panel: Int { inPieces ? MatrixUnit.steps(rows) * MatrixUnit.chunk : rows * panelWidth }
    /// Floats of a point.
    var plane: Int { panels * panel }

    /// At some points, tiles × rows times rows × columns.
    func multiply(_ a: Points, tiles: Int, at points: Range<Int>, into c: Points, on pool: WorkerPool) {
        guard inPieces, let multiply = pool.gemm.unit.run else {
            for point in points { multiply(a, tiles: tiles, at: point, into: c, on: pool) }
            return
        }
        var call = ck_panel()
        (call.k, call.a_row, call.a_step, call.b_step) = (rows, a.stride, 1, panel)
        (call.c_row, call.rows, call.columns) = (c.stride, tiles, columns)
        call.a = UnsafePointer(a.start + points.lowerBound * a.plane)
        call.b = start + points.lowerBound * plane
        call.c = c.start + points.lowerBound * c.plane
        multiply(&call, points.count, a.plane, plane, c.plane)
    }

    private func multiply(_ a: Points, tiles: Int, at point: Int, into c: Points, on pool: WorkerPool) {
        var call = ck_panel()
        call.k = rows
        (call.a_row, call.a_step, call.c_row, call.rows) = (a.stride, 1, c.stride, tiles)
        call.a = UnsafePointer(a.start + point * a.plane)
        call.b_step = panelWidth
        for i in 0..<panels {
            call.b = start + point * plane + i * panel
            call.c = c.start + point * c.plane + i * panelWidth
            call.columns = min(panelWidth, columns - i * panelWidth)
            pool.gemm.run(&call)
        }
    }
}

extension WorkerPool {
    /// How many floats ``winogradKernel(_:rows:columns:into:)`` takes.
    func winogradCount(rows: Int, columns: Int) -> Int {
        36 * winogradKernel(at: UnsafePointer(Scratch.floats(0, for: .columns)), rows: rows, columns: columns).plane
    }

    /// The kernel that ``winogradKernel(_:rows:columns:into:)`` wrote.
    func winogradKernel(at memory: UnsafePointer<Float>, rows: Int, columns: Int) -> WinogradKernel {
        WinogradKernel(
            start: memory, rows: rows, columns: columns, panelWidth: Int(gemm.nr),
            inPieces: multipliesInPieces(depth: rows, columns: columns))
    }

    /// Takes a kernel `[3, 3, rows, columns]` to Winograd's domain.
    ///
    /// - Parameter memory: where to; this thread's scratch memory if nil.
    func winogradKernel(
        _ kernel: UnsafePointer<Float>, rows: Int, columns: Int, into memory: UnsafeMutablePointer<Float>? = nil
    ) -> WinogradKernel {
        let memory = memory ?? Scratch.floats(winogradCount(rows: rows, columns: columns), for: .columns)
        let domain = winogradKernel(at: memory, rows: rows, columns: columns)
        guard domain.inPieces, let pack = gemm.unit.pack else {
            transform(kernel, domain, into: memory)
            return domain
        }
        var plain = domain
        plain.inPieces = false
        let transformed = Scratch.floats(36 * plain.plane, for: .pieces)
        transform(kernel, plain, into: transformed)
        nonisolated(unsafe) let (source, target) = (transformed, memory)
        run(36) { [plain] point in
            for panel in 0..<domain.panels {
                let from = source + point * plain.plane + panel * plain.panel
                let to = target + point * domain.plane + panel * domain.panel
                for step in 0..<MatrixUnit.steps(rows) {
                    let first = step * MatrixUnit.step
                    pack(
                        from + first * plain.panelWidth, plain.panelWidth, min(MatrixUnit.step, rows - first),
                        plain.panelWidth, to + step * MatrixUnit.chunk)
                }
            }
        }
        return domain
    }

    private func transform(
        _ kernel: UnsafePointer<Float>, _ domain: WinogradKernel, into memory: UnsafeMutablePointer<Float>
    ) {
        let (rows, columns, width) = (domain.rows, domain.columns, domain.panelWidth)
        nonisolated(unsafe) let (kernel, target) = (kernel, memory)
        run(rows, grain: max(1, 1024 / columns)) { range in
            for row in range {
                for panel in 0..<domain.panels {
                    let first = panel * width
                    let u = target + (panel * rows + row) * width
                    if columns - first < width {
                        for point in 0..<36 { (u + point * domain.plane).update(repeating: 0, count: width) }
                    }
                    winograd.kernel(
                        kernel + row * columns + first, rows * columns, u, domain.plane, min(width, columns - first))
                }
            }
        }
    }
}
