import Networks
import Tensors

/// Random changes of images, so that a model learns what does not matter: shift, rotation, thickness, noise, ….
///
///     let augmentation = try Augmentation("shift=2,rotate=12,elastic=0.7")
///     try trainer.fit(data, epochs: 12, augmentation: augmentation)
///
/// All that moves pixels is one map for each image, sampled once, bilinearly, black outside. What happens to an image
/// depends on the seed, the epoch and the number of the sample alone: not on threads, batches or interruptions.
public struct Augmentation: Sendable {
    /// What is done, in the order in which it is done.
    public let transforms: [any ImageTransform]
    /// The fraction of the images that stay as they are.
    public let clean: Double

    /// Transforms in any order; of two of one kind the later one counts.
    public init(_ transforms: [any ImageTransform], clean: Double = 0) {
        self.transforms = Self.kinds.compactMap { kind in transforms.last { type(of: $0) == kind } }
        self.clean = clean
    }

    /// All transforms, in the order in which they are done.
    public static let kinds: [any ImageTransform.Type] = [
        Flip.self, VerticalFlip.self, Scaling.self, Stretch.self, Shear.self, Rotation.self, Shift.self, Crop.self,
        Elastic.self, Thickness.self, Contrast.self, Brightness.self, Noise.self, Cutout.self,
    ]
}

extension Augmentation {
    /// The random numbers of an epoch; each sample has a stream of its own in it.
    static func random(seed: UInt64, epoch: Int) -> Random { Random(seed: seed).stream(3).stream(UInt64(epoch)) }

    /// Changes images in place.
    ///
    /// - Parameters:
    ///   - images: `[count, height, width]`, or with channels behind.
    ///   - samples: the number of each image, which its draw depends on.
    func apply(
        to images: inout Tensor, white: Float, samples: some RandomAccessCollection<Int>, _ random: Random,
        on pool: WorkerPool
    ) {
        guard let size = ImageSize(images.shape.sample), !transforms.isEmpty else { return }
        let numbers = Array(samples)
        let work = ImageWork(self, size)
        images.withMutableElements { elements in
            guard let first = elements.baseAddress else { return }
            nonisolated(unsafe) let start = first
            // One image is some microseconds of work.
            pool.run(numbers.count, grain: max(1, 8192 / size.count)) { range in
                work.withRoom { room in
                    for i in range {
                        let draw = random.stream(UInt64(numbers[i]))
                        if clean > 0, draw.stream(0).uniform(at: 0) < Float(clean) { continue }
                        work.change(start + i * size.count, white: white, room, draw)
                    }
                }
            }
        }
    }
}

/// An augmentation made ready for images of one size.
private struct ImageWork: Sendable {
    private let size: ImageSize
    private let places: [(label: UInt64, transform: any PlaceTransform)]
    private let pixels: [(label: UInt64, transform: any PixelTransform)]
    private let field: (label: UInt64, field: ElasticField)?

    init(_ augmentation: Augmentation, _ size: ImageSize) {
        self.size = size
        // A transform's numbers depend on its name, not on what else is done.
        let labelled = augmentation.transforms.map { (label: Self.label(type(of: $0).name), transform: $0) }
        places = labelled.compactMap { entry in
            (entry.transform as? any PlaceTransform).map { (entry.label, $0) }
        }
        pixels = labelled.compactMap { entry in
            (entry.transform as? any PixelTransform).map { (entry.label, $0) }
        }
        field =
            labelled.lazy.compactMap { entry in
                (entry.transform as? Augmentation.Elastic).map { (entry.label, ElasticField($0, size)) }
            }.first
    }

    /// The name's bytes as a number (FNV-1a).
    private static func label(_ name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// Lends memory for one image at a time: a copy with a dark rim, and the moves of its pixels.
    func withRoom(_ body: (UnsafeMutablePointer<Float>) -> Void) {
        let rimmed = (size.height + 3) * (size.width + 3) * size.channels
        withUnsafeTemporaryAllocation(of: Float.self, capacity: rimmed + 2 * size.height * size.width) { memory in
            if let start = memory.baseAddress { body(start) }
        }
    }

    func change(_ image: UnsafeMutablePointer<Float>, white: Float, _ room: UnsafeMutablePointer<Float>, _ draw: Random)
    {
        var map = AffineMap()
        for (label, transform) in places { transform.compose(&map, size, draw.stream(label)) }
        if field != nil || map != AffineMap() {
            let moves = room + (size.height + 3) * (size.width + 3) * size.channels
            if let (label, field) = field { field.fill(moves, draw.stream(label)) }
            rim(image, into: room)
            if size.channels == 1 {
                sample(room, map, field == nil ? nil : moves, into: image)
            } else {
                sampleChannels(room, map, field == nil ? nil : moves, into: image)
            }
        }
        let memory = ImageMemory(size: size, pixels: image, scratch: room, white: white)
        for (label, transform) in pixels { transform.change(memory, draw.stream(label)) }
    }

    /// The image with a dark pixel before and two behind each row and column: what lies outside is found there.
    private func rim(_ image: UnsafeMutablePointer<Float>, into room: UnsafeMutablePointer<Float>) {
        let row = size.width * size.channels
        let stride = (size.width + 3) * size.channels
        room.update(repeating: 0, count: (size.height + 3) * stride)
        for y in 0..<size.height { (room + (y + 1) * stride + size.channels).update(from: image + y * row, count: row) }
    }

    // MARK: y[p] = Σ w x[q] over the four pixels q around the place of p

    private func sample(
        _ source: UnsafeMutablePointer<Float>, _ map: AffineMap, _ moves: UnsafeMutablePointer<Float>?,
        into target: UnsafeMutablePointer<Float>
    ) {
        let stride = size.width + 3
        eachPlace(map, moves) { i, x, y in
            let (column, row) = (Int(x), Int(y))
            let (across, down) = (x - Float(column), y - Float(row))
            let upper = source + row * stride + column
            let lower = upper + stride
            let above = upper[0] + across * (upper[1] - upper[0])
            let below = lower[0] + across * (lower[1] - lower[0])
            target[i] = above + down * (below - above)
        }
    }

    private func sampleChannels(
        _ source: UnsafeMutablePointer<Float>, _ map: AffineMap, _ moves: UnsafeMutablePointer<Float>?,
        into target: UnsafeMutablePointer<Float>
    ) {
        let (channels, stride) = (size.channels, (size.width + 3) * size.channels)
        eachPlace(map, moves) { i, x, y in
            let (column, row) = (Int(x), Int(y))
            let (across, down) = (x - Float(column), y - Float(row))
            let first = source + row * stride + column * channels
            for c in 0..<channels {
                let upper = first + c
                let lower = upper + stride
                let above = upper[0] + across * (upper[channels] - upper[0])
                let below = lower[0] + across * (lower[channels] - lower[0])
                target[i * channels + c] = above + down * (below - above)
            }
        }
    }

    /// Calls `body` with every pixel and its place in the image with a rim, where the first real pixel is (1, 1).
    @inline(__always)
    private func eachPlace(
        _ map: AffineMap, _ moves: UnsafeMutablePointer<Float>?, _ body: (Int, Float, Float) -> Void
    ) {
        let (height, width) = (size.height, size.width)
        let (middleX, middleY) = (Float(width - 1) / 2, Float(height - 1) / 2)
        let (right, bottom) = (Float(width + 1), Float(height + 1))
        var i = 0
        for row in 0..<height {
            let down = Float(row) - middleY
            let firstX = map.b * down + map.c + middleX + 1
            let firstY = map.e * down + map.f + middleY + 1
            for column in 0..<width {
                let across = Float(column) - middleX
                var x = map.a * across + firstX
                var y = map.d * across + firstY
                if let moves {
                    x += moves[i]
                    y += moves[height * width + i]
                }
                body(i, min(max(x, 0), right), min(max(y, 0), bottom))
                i += 1
            }
        }
    }
}
