import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How numbers between cells are found: Keras' `interpolation`, with the arithmetic of TensorFlow's `image.resize`.
public enum Interpolation: String, Hashable, Sendable, CaseIterable {
    case nearest, bilinear, bicubic, lanczos3, lanczos5
}

/// A change of one axis' extent: each cell of the output is a sum of a few cells of the input.
struct Resampling: Sendable {
    struct Tap: Sendable {
        var index: Int
        var weight: Float
    }

    /// The extent of the axis before.
    var extent: Int
    /// For each cell after, the cells before it is made of.
    var taps: [[Tap]]

    /// An axis whose `extent` cells become `count`, with the centres of cells at halves.
    ///
    /// - Parameter antialias: whether an axis that becomes shorter takes all the cells that a new one covers.
    init(_ extent: Int, to count: Int, _ interpolation: Interpolation, antialias: Bool = false) {
        self.extent = extent
        let scale = Float(extent) / Float(count)
        let width = antialias ? max(scale, 1) : 1
        taps = (0..<count).map { cell in
            let place = (Float(cell) + 0.5) * scale - 0.5
            let lower = place.rounded(.down)
            switch interpolation {
            case .nearest: return [Tap(index: min(Int((Float(cell) + 0.5) * scale), extent - 1), weight: 1)]
            case .bilinear where !antialias:
                let (first, last) = (max(Int(lower), 0), min(Int(place.rounded(.up)), extent - 1))
                return [Tap(index: first, weight: 1 - (place - lower)), Tap(index: last, weight: place - lower)]
            case .bilinear: return Self.covered(place, 1, width, extent) { max(1 - $0, 0) }
            case .bicubic where !antialias:
                // TensorFlow looks its weights up in a table of 1024 places.
                let offset = ((place - lower) * 1024).rounded(.toNearestOrEven) / 1024
                return Self.normalized(
                    (-1...2).map { step in (Int(lower) + step, Self.cubic(abs(Float(step) - offset))) }, extent)
            case .bicubic: return Self.covered(place, 2, width, extent, Self.cubic)
            case .lanczos3: return Self.covered(place, 3, width, extent) { Self.lanczos(3, $0) }
            case .lanczos5: return Self.covered(place, 5, width, extent) { Self.lanczos(5, $0) }
            }
        }
    }

    /// An axis each of whose cells is repeated.
    init(repeating extent: Int, times: Int) {
        self.extent = extent
        taps = (0..<extent * times).map { [Tap(index: $0 / times, weight: 1)] }
    }

    init(extent: Int, taps: [[Tap]]) {
        self.extent = extent
        self.taps = taps
    }

    /// The adjoint: what a gradient goes back through.
    var adjoint: Resampling {
        var back = [[Tap]](repeating: [], count: extent)
        for (cell, taps) in taps.enumerated() {
            for tap in taps { back[tap.index].append(Tap(index: cell, weight: tap.weight)) }
        }
        return Resampling(extent: taps.count, taps: back)
    }

    /// The tensor with this axis changed.
    func callAsFunction(_ x: Tensor, axis: Int, on pool: WorkerPool) -> Tensor {
        precondition(x.shape[axis] == extent, "axis \(axis) of shape \(x.shape) does not have extent \(extent)")
        let inner = x.shape.dropFirst(axis + 1).reduce(1, *)
        var shape = x.shape
        shape[axis] = taps.count
        let rows = x.shape.prefix(axis).reduce(1, *) * taps.count
        return x.withElements { source in
            Tensor(unsafeUninitialized: shape) { target in
                // Each row is one task's alone, so the threads never meet.
                nonisolated(unsafe) let (source, target) = (source, target)
                pool.run(rows, grain: 4096 / max(inner, 1) + 1) { range in
                    for row in range {
                        let (block, cell) = (row / taps.count, row % taps.count)
                        for i in 0..<inner {
                            var sum: Float = 0
                            for tap in taps[cell] {
                                sum += tap.weight * source[(block * extent + tap.index) * inner + i]
                            }
                            target[row * inner + i] = sum
                        }
                    }
                }
            }
        }
    }

    /// Weights of the cells inside, brought to a sum of 1.
    private static func normalized(_ weights: [(index: Int, weight: Float)], _ extent: Int) -> [Tap] {
        let inside = weights.filter { (0..<extent).contains($0.index) }
        let sum = inside.reduce(0) { $0 + $1.weight }
        return inside.map { Tap(index: $0.index, weight: $0.weight / sum) }
    }

    /// Keys' cubic (1981) with a = −½.
    private static func cubic(_ distance: Float) -> Float {
        let x = distance
        return switch x {
        case ..<1: (1.5 * x - 2.5) * x * x + 1
        case ..<2: ((-0.5 * x + 2.5) * x - 4) * x + 2
        default: 0
        }
    }

    private static func lanczos(_ radius: Double, _ distance: Float) -> Float {
        let x = Double(distance)
        if x > radius { return 0 }
        if x <= 1e-3 { return 1 }
        let angle = Double.pi * x
        return Float(radius * sin(angle) * sin(angle / radius) / (angle * angle))
    }

    /// The cells that a kernel of this radius covers around a place, with its weights.
    private static func covered(
        _ place: Float, _ radius: Float, _ width: Float, _ extent: Int, _ kernel: (Float) -> Float
    ) -> [Tap] {
        let first = max(Int((place - radius * width).rounded(.up)), 0)
        let last = min(Int((place + radius * width).rounded(.down)), extent - 1)
        return normalized((first...last).map { ($0, kernel(abs(Float($0) - place) / width)) }, extent)
    }
}
