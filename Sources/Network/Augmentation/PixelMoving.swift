import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How pixels are found at places between them and outside of the image.
public struct PixelSampling: Hashable, Sendable {
    public enum Interpolation: String, Hashable, Sendable, CaseIterable { case nearest, bilinear }

    /// What lies outside, for the pixels `abcd`.
    public enum FillMode: String, Hashable, Sendable, CaseIterable {
        /// `dcba|abcd|dcba`
        case reflect
        /// `abcd|abcd|abcd`
        case wrap
        /// One number everywhere.
        case constant
        /// `aaaa|abcd|dddd`
        case nearest
    }

    public var interpolation: Interpolation
    public var fillMode: FillMode
    public var fillValue: Double

    public init(
        interpolation: Interpolation = .bilinear, fillMode: FillMode = .reflect, fillValue: Double = 0
    ) {
        self.interpolation = interpolation
        self.fillMode = fillMode
        self.fillValue = fillValue
    }

    init(from options: inout OptionReader) throws(OptionError) {
        interpolation = try options.choice("interpolation", default: .bilinear)
        fillMode = try options.choice("fill_mode", default: .reflect)
        fillValue = try options.double("fill_value", default: 0)
    }

    var options: Options {
        [
            "fill_mode": .string(fillMode.rawValue), "interpolation": .string(interpolation.rawValue),
            "fill_value": .double(fillValue),
        ]
    }
}

/// Where each pixel of the output lies in the input.
public protocol PixelPlaces {
    /// The place of the pixel in column `x` and row `y`.
    func place(_ x: Int, _ y: Int) -> (column: Float, row: Float)
}

/// Where each pixel of the output lies in the input: `(x, y) ↦ (a₀ x + a₁ y + a₂, b₀ x + b₁ y + b₂) / (c₀ x + c₁ y + 1)`.
public struct ProjectivePlaces: PixelPlaces, Hashable, Sendable {
    /// a₀, a₁, a₂, b₀, b₁, b₂, c₀, c₁.
    var numbers: SIMD8<Float>

    init(_ a0: Float, _ a1: Float, _ a2: Float, _ b0: Float, _ b1: Float, _ b2: Float, _ c0: Float = 0, _ c1: Float = 0)
    {
        numbers = [a0, a1, a2, b0, b1, b2, c0, c1]
    }

    /// Every pixel where it is.
    static let identity = ProjectivePlaces(1, 0, 0, 0, 1, 0)

    public func place(_ x: Int, _ y: Int) -> (column: Float, row: Float) {
        let (x, y) = (Float(x), Float(y))
        let depth = numbers[6] * x + numbers[7] * y + 1
        return (
            (numbers[0] * x + numbers[1] * y + numbers[2]) / depth,
            (numbers[3] * x + numbers[4] * y + numbers[5]) / depth
        )
    }
}

/// An augmentation that moves pixels: each image is read at places of its own.
public protocol PixelMoving: ImageAugmentation {
    associatedtype Places: PixelPlaces

    var sampling: PixelSampling { get }

    /// The places of image number `image`.
    func places(_ image: Int, height: Int, width: Int, _ random: Random) -> Places
}

extension PixelMoving {
    // MARK: y[p] = Σ w x[q] over the pixels q around the place of p

    public func augmented(_ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor { moved(x, random) }

    /// The images with their pixels moved.
    func moved(_ x: Tensor, _ random: Random) -> Tensor {
        var y = Tensor(x.shape)
        let channels = x.shape[3]
        visit(x.shape, random) { target, source, weight in
            for c in 0..<channels {
                y[target * channels + c] += weight * (source.map { x[$0 * channels + c] } ?? Float(sampling.fillValue))
            }
        }
        return y
    }

    // MARK: dx[q] = Σ w dy[p]

    public func gradient(_ dy: Tensor, _ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        movedBack(dy, random)
    }

    /// The adjoint of ``moved(_:_:)``.
    func movedBack(_ dy: Tensor, _ random: Random) -> Tensor {
        var dx = Tensor(dy.shape)
        let channels = dy.shape[3]
        visit(dy.shape, random) { target, source, weight in
            guard let source else { return }
            for c in 0..<channels { dx[source * channels + c] += weight * dy[target * channels + c] }
        }
        return dx
    }

    /// Calls `body` for every pixel and each pixel that it is made of, `nil` for one outside that has no own number.
    private func visit(_ shape: Shape, _ random: Random, _ body: (Int, Int?, Float) -> Void) {
        let (height, width) = (shape[1], shape[2])
        for image in 0..<shape[0] {
            let places = places(image, height: height, width: width, random)
            let base = image * height * width
            for y in 0..<height {
                for x in 0..<width {
                    let (column, row) = places.place(x, y)
                    let target = base + y * width + x
                    for (r, rowWeight) in taps(row) {
                        for (c, columnWeight) in taps(column) {
                            let inside = index(r, height).flatMap { r in index(c, width).map { r * width + $0 } }
                            body(target, inside.map { base + $0 }, rowWeight * columnWeight)
                        }
                    }
                }
            }
        }
    }

    /// Places beyond this one in either direction count as this one: no image reaches it.
    private static var farthest: Float { 0x1p40 }

    /// The pixels along one axis around a place, with their weights.
    private func taps(_ place: Float) -> [(pixel: Int, weight: Float)] {
        // Far outside, or nowhere, is outside.
        let place = abs(place) < Self.farthest ? place : -Self.farthest
        guard sampling.interpolation == .bilinear else { return [(pixel: Int(place.rounded()), weight: Float(1))] }
        let below: Float = place.rounded(.down)
        let share: Float = place - below
        let first = Int(below)
        if share == 0 { return [(pixel: first, weight: Float(1))] }
        return [(pixel: first, weight: 1 - share), (pixel: first + 1, weight: share)]
    }

    private func index(_ i: Int, _ count: Int) -> Int? {
        if (0..<count).contains(i) { return i }
        switch sampling.fillMode {
        case .constant: return nil
        case .nearest: return min(max(i, 0), count - 1)
        case .wrap: return (i % count + count) % count
        case .reflect:
            let period = (i % (2 * count) + 2 * count) % (2 * count)
            return period < count ? period : 2 * count - 1 - period
        }
    }
}
