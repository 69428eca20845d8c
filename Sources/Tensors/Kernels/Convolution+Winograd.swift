import CKernels

// Winograd's F(4×4, 3×3) (Lavin & Gray, 2015): the output in tiles of 4×4, each from 6×6 pixels of the input,
//
//     Y = Aᵀ [ Σ_c (G g Gᵀ) ⊙ (Bᵀ d B) ] A
//
// For each of the 36 points of the domain the sum over the channels is a matrix product, tiles × channels × units, so
// all the products run on the matrix kernel and a tile costs 36 products a channel and unit, where 16 · 9 are plain.
// A task takes a block of tiles through all three steps; the block stays in the level-2 cache.

extension ConvolutionShape {
    /// Whether the window is one that the transforms are made for.
    var allowsWinograd: Bool {
        window.kernel == (3, 3) && window.strides == (1, 1) && window.dilation == (1, 1) && groups == 1
            && channels > 0 && units > 0
    }

    /// Whether Winograd computes this convolution; depends on one image alone, so that a batch may be cut anywhere.
    func usesWinograd(_ algorithm: ConvolutionAlgorithm, on pool: WorkerPool) -> Bool {
        switch pool.choice(algorithm) {
        case .direct: false
        case .winograd: allowsWinograd
        case .automatic: allowsWinograd && channels >= 16 && units >= 16 && outputHeight * outputWidth >= 49
        }
    }

    private var tilesHigh: Int { (outputHeight + 3) / 4 }
    private var tilesWide: Int { (outputWidth + 3) / 4 }
    private var tilesPerImage: Int { tilesHigh * tilesWide }

    // MARK: Y = Aᵀ [U ⊙ V] A

    func winogradForward(
        _ x: UnsafePointer<Float>, _ domain: WinogradKernel, _ epilogue: Epilogue,
        into y: UnsafeMutablePointer<Float>, on pool: WorkerPool
    ) {
        let tiles = batch * tilesPerImage
        nonisolated(unsafe) let (x, y) = (UnsafeMutablePointer(mutating: x), y)
        if goesByPoints(tiles, on: pool) {
            let v = Points(tiles: tiles, channels: channels, for: .inputPoints)
            let m = Points(tiles: tiles, channels: units, for: .outputPoints)
            pool.run(tiles) { toDomain(x, $0, v, $0, on: pool) }
            pool.run(36) { domain.multiply(v, tiles: tiles, at: $0..<$0 + 1, into: m, on: pool) }
            pool.run(tiles) { fromDomain(m, $0, epilogue, y, $0, of: x, on: pool) }
            return
        }
        let size = blockSize(tiles, on: pool)
        pool.run((tiles + size - 1) / size) { task in
            let block = task * size..<min((task + 1) * size, tiles)
            let v = Points(tiles: size, channels: channels, for: .inputPoints)
            let m = Points(tiles: size, channels: units, for: .outputPoints)
            for (i, tile) in block.enumerated() { toDomain(x, tile, v, i, on: pool) }
            domain.multiply(v, tiles: block.count, at: 0..<36, into: m, on: pool)
            for (i, tile) in block.enumerated() { fromDomain(m, i, epilogue, y, tile, of: x, on: pool) }
        }
    }

    // MARK: dx = B [Uᵀ ⊙ (A dY Aᵀ)] Bᵀ, tiles overlapping by two pixels added up

    func winogradInputGradient(
        _ dy: OutputGradient, _ kernel: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>,
        on pool: WorkerPool
    ) {
        guard tilesPerImage > 0 else { return dx.update(repeating: 0, count: batch * height * width * channels) }
        let domain = pool.winogradKernel(transposed(kernel, on: pool), rows: units, columns: channels)
        let tiles = batch * tilesPerImage
        nonisolated(unsafe) let dx = dx
        if goesByPoints(tiles, on: pool) {
            let z = Points(tiles: tiles, channels: units, for: .outputPoints)
            let w = Points(tiles: tiles, channels: channels, for: .inputPoints)
            pool.run(tiles) { toDomain(dy, $0, z, $0, on: pool) }
            pool.run(36) { domain.multiply(z, tiles: tiles, at: $0..<$0 + 1, into: w, on: pool) }
            pool.run(batch) { n in
                for tile in n * tilesPerImage..<(n + 1) * tilesPerImage { addFromDomain(w, tile, dx, tile, on: pool) }
            }
            return
        }
        // Whole images, so that no two tasks add to the same pixel; some together where they have few tiles.
        let size = blockSize(tiles, on: pool)
        pool.run(batch, grain: max(1, size / tilesPerImage)) { range in
            let z = Points(tiles: size, channels: units, for: .outputPoints)
            let w = Points(tiles: size, channels: channels, for: .inputPoints)
            let last = range.upperBound * tilesPerImage
            for start in stride(from: range.lowerBound * tilesPerImage, to: last, by: size) {
                let block = start..<min(start + size, last)
                for (i, tile) in block.enumerated() { toDomain(dy, tile, z, i, on: pool) }
                domain.multiply(z, tiles: block.count, at: 0..<36, into: w, on: pool)
                for (i, tile) in block.enumerated() { addFromDomain(w, i, dx, tile, on: pool) }
            }
        }
    }

    // MARK: dg = Gᵀ [Σ_tiles V ⊙ (A dY Aᵀ)] G

    func winogradKernelGradient(
        _ dy: OutputGradient, _ x: UnsafePointer<Float>, into dw: UnsafeMutablePointer<Float>,
        on pool: WorkerPool
    ) {
        let tiles = batch * tilesPerImage
        guard tiles > 0 else { return dw.update(repeating: 0, count: 9 * channels * units) }
        let width = (units + 15) / 16 * 16
        let size = 36 * channels * width
        nonisolated(unsafe) let x = UnsafeMutablePointer(mutating: x)
        let parts: Int
        let sums: UnsafeMutablePointer<Float>
        if channels * units > 1 << 15 {
            // A large gradient: one sum for each point, over blocks of tiles that all threads bring to the domain.
            parts = 1
            sums = Scratch.floats(size, for: .partials)
            let blockSize = min(tiles, max(48, 4_000_000 / (36 * (channels + units))))
            let v = Points(tiles: blockSize, channels: channels, for: .inputPoints)
            let z = Points(tiles: blockSize, channels: units, for: .outputPoints)
            nonisolated(unsafe) let target = sums
            for first in stride(from: 0, to: tiles, by: blockSize) {
                let count = min(blockSize, tiles - first)
                pool.run(count) { i in
                    toDomain(x, first + i, v, i, on: pool)
                    toDomain(dy, first + i, z, i, on: pool)
                }
                pool.run(36) { point in
                    accumulate(v, z, tiles: count, at: point, into: target, width, isFirst: first == 0, on: pool)
                }
            }
        } else {
            // Each part sums over its own blocks of tiles; how many parts depends on the extents alone.
            let blockSize = ConvolutionShape.largestBlock(channels, units)
            let blocks = (tiles + blockSize - 1) / blockSize
            parts = min(blocks, max(2, min(8, 2_000_000 / (36 * channels * units))))
            sums = Scratch.floats(parts * size, for: .partials)
            nonisolated(unsafe) let targets = sums
            pool.run(parts) { [parts] part in
                let v = Points(tiles: blockSize, channels: channels, for: .inputPoints)
                let z = Points(tiles: blockSize, channels: units, for: .outputPoints)
                let own = part * blocks / parts..<(part + 1) * blocks / parts
                for block in own {
                    let range = block * blockSize..<min((block + 1) * blockSize, tiles)
                    for (i, tile) in range.enumerated() {
                        toDomain(x, tile, v, i, on: pool)
                        toDomain(dy, tile, z, i, on: pool)
                    }
                    for point in 0..<36 {
                        accumulate(
                            v, z, tiles: range.count, at: point, into: targets + part * size, width,
                            isFirst: block == own.lowerBound, on: pool)
                    }
                }
            }
        }
        nonisolated(unsafe) let (source, target) = (sums, dw)
        pool.run(channels) { [parts] c in
            for point in 0..<36 {
                let sum = source + (point * channels + c) * width
                for part in 1..<max(parts, 1) {
                    let more = sum + part * size
                    for k in 0..<units { sum[k] += more[k] }
                }
            }
            pool.winograd.kernel_adjoint(
                target + c * units, channels * units, source + c * width, channels * width, units)
        }
    }

    /// Adds, at one point, channels × tiles times tiles × units.
    private func accumulate(
        _ v: Points, _ z: Points, tiles: Int, at point: Int, into sums: UnsafeMutablePointer<Float>, _ width: Int,
        isFirst: Bool, on pool: WorkerPool
    ) {
        var call = ck_panel()
        (call.k, call.a_row, call.a_step) = (tiles, 1, v.stride)
        (call.b_step, call.c_row, call.rows, call.accumulate) = (z.stride, width, channels, isFirst ? 0 : 1)
        call.a = UnsafePointer(v.start + point * v.plane)
        for column in stride(from: 0, to: units, by: Int(pool.gemm.nr)) {
            call.b = UnsafePointer(z.start + point * z.plane + column)
            call.c = sums + point * channels * width + column
            call.columns = min(Int(pool.gemm.nr), units - column)
            pool.gemm.run(&call)
        }
    }

    // MARK: Tiles

    /// Tiles of a block: as many as keep its points in a level-2 cache, but enough that a large kernel is not read too often.
    private static func largestBlock(_ channels: Int, _ units: Int) -> Int {
        if channels * units > 1 << 17 { return 144 }
        if channels * units > 1 << 14 { return 48 }
        return 24
    }

    /// The same, or fewer where there are few tiles for many threads: no bit depends on where tiles are cut.
    private func blockSize(_ tiles: Int, on pool: WorkerPool) -> Int {
        var largest = ConvolutionShape.largestBlock(channels, units)
        // The matrix unit takes 32 rows at once.
        if pool.gemm.unit.run != nil { largest = (largest + 31) / 32 * 32 }
        return max(1, min(largest, (tiles + pool.threads - 1) / pool.threads))
    }

    /// Whether threads share the points rather than the tiles: there are few tiles, and a large kernel to read.
    private func goesByPoints(_ tiles: Int, on pool: WorkerPool) -> Bool {
        channels * units > 1 << 14 && tiles < pool.threads * ConvolutionShape.largestBlock(channels, units)
    }

    private func toDomain(
        _ x: UnsafeMutablePointer<Float>, _ tile: Int, _ points: Points, _ i: Int, on pool: WorkerPool
    ) {
        var call = inputTile(tile, x)
        points.describe(i, &call)
        pool.winograd.input(&call)
    }

    private func fromDomain(
        _ points: Points, _ i: Int, _ epilogue: Epilogue, _ y: UnsafeMutablePointer<Float>, _ tile: Int,
        of x: UnsafeMutablePointer<Float>, on pool: WorkerPool
    ) {
        var source = inputTile(tile, x)
        var call = outputTile(tile, y)
        points.describe(i, &call)
        call.silent = pool.winograd.silent(&source)
        call.bias = epilogue.bias
        call.relu = epilogue.relu ? 1 : 0
        if let pooled = epilogue.pooled {
            describePooled(tile, &call, y, pooled.winners)
            pool.winograd.output_pooled(&call)
        } else {
            pool.winograd.output(&call)
            epilogue.closing?.apply(
                to: call.image, rows: Int(call.bottom), columns: Int(call.right) * units, stride: call.row, on: pool)
        }
    }

    private func addFromDomain(
        _ points: Points, _ i: Int, _ dx: UnsafeMutablePointer<Float>, _ tile: Int, on pool: WorkerPool
    ) {
        var call = inputTile(tile, dx)
        points.describe(i, &call)
        // The first tile to reach a pixel stores, the others add.
        call.stored_rows = tile % tilesPerImage >= tilesWide ? 2 : 0
        call.stored_columns = tile % tilesWide > 0 ? 2 : 0
        pool.winograd.input_adjoint(&call)
    }

    private func inputTile(_ tile: Int, _ x: UnsafeMutablePointer<Float>) -> ck_winograd_tile {
        let (n, h, w) = position(tile)
        let (row, column) = (4 * h - window.padding.top, 4 * w - window.padding.left)
        var call = ck_winograd_tile()
        call.image = x + ((n * height + row) * width + column) * channels
        (call.row, call.pixel, call.channels) = (width * channels, channels, channels)
        (call.top, call.bottom) = (Int32(max(0, -row)), Int32(min(6, height - row)))
        (call.left, call.right) = (Int32(max(0, -column)), Int32(min(6, width - column)))
        return call
    }

    private func outputTile(_ tile: Int, _ y: UnsafeMutablePointer<Float>) -> ck_winograd_tile {
        let (n, h, w) = position(tile)
        var call = ck_winograd_tile()
        call.image = y + ((n * outputHeight + 4 * h) * outputWidth + 4 * w) * units
        (call.row, call.pixel, call.channels) = (outputWidth * units, units, units)
        (call.bottom, call.right) = (Int32(min(4, outputHeight - 4 * h)), Int32(min(4, outputWidth - 4 * w)))
        return call
    }

    /// The same tile of the pooled output: 2×2 pixels.
    private func describePooled(
        _ tile: Int, _ call: inout ck_winograd_tile, _ y: UnsafeMutablePointer<Float>,
        _ winners: UnsafeMutablePointer<Float>?
    ) {
        let (n, h, w) = position(tile)
        let (height, width) = (outputHeight / 2, outputWidth / 2)
        let first = ((n * height + 2 * h) * width + 2 * w) * units
        call.image = y + first
        call.winners = winners.map { $0 + first }
        call.row = width * units
        (call.bottom, call.right) = (Int32(min(2, height - 2 * h)), Int32(min(2, width - 2 * w)))
    }

    private func toDomain(_ dy: OutputGradient, _ tile: Int, _ points: Points, _ i: Int, on pool: WorkerPool) {
        let start = UnsafeMutablePointer(mutating: dy.start)
        var call = outputTile(tile, start)
        points.describe(i, &call)
        if let winners = dy.winners {
            describePooled(tile, &call, start, UnsafeMutablePointer(mutating: winners))
            pool.winograd.output_pooled_adjoint(&call)
        } else {
            pool.winograd.output_adjoint(&call)
        }
    }

    private func position(_ tile: Int) -> (n: Int, h: Int, w: Int) {
        (tile / tilesPerImage, tile % tilesPerImage / tilesWide, tile % tilesWide)
    }

    /// The kernel with units before channels, in this thread's scratch memory.
    private func transposed(_ kernel: UnsafePointer<Float>, on pool: WorkerPool) -> UnsafePointer<Float> {
        let memory = Scratch.floats(9 * channels * units, for: .reordered)
        nonisolated(unsafe) let (kernel, target) = (kernel, memory)
        pool.run(9 * channels, grain: max(1, elementwiseGrain / units)) { rows in
            for row in rows {
                let (cell, c) = (row / channels, row % channels)
                for k in 0..<units { target[(cell * units + k) * channels + c] = kernel[row * units + k] }
            }
        }
        return UnsafePointer(memory)
    }
}

/// A block of tiles in Winograd's domain: point, then tile, then channel, in this thread's scratch memory.
struct Points: @unchecked Sendable {
    let start: UnsafeMutablePointer<Float>
    /// From a tile to the next, from a point to the next: never a multiple of 2 KiB, see ``MatrixRows``.
    let stride: Int, plane: Int

    init(tiles: Int, channels: Int, for purpose: Scratch) {
        let rounded = (channels + 15) / 16 * 16
        stride = rounded % 512 == 0 ? rounded + 16 : rounded
        plane = tiles * stride + 16
        // A panel of the last tile may be read to its full width.
        start = Scratch.floats(36 * plane + 64, for: purpose)
    }

    func describe(_ tile: Int, _ call: inout ck_winograd_tile) {
        call.points = start + tile * stride
        call.plane = plane
    }
}

/// A gradient by the output of a convolution, or by what a 2×2 max pooling left of it.
struct OutputGradient: @unchecked Sendable {
    var start: UnsafePointer<Float>
    var winners: UnsafePointer<Float>?
}
