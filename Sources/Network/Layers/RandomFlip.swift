import Tensors

/// Mirrors each image in training or leaves it, with even odds; Keras' `RandomFlip`.
///
/// Shapes are those of ``ImageAugmentation``.
public struct RandomFlip: ImageAugmentation {
    public static let kerasName = "RandomFlip"

    public enum Mode: String, Hashable, Sendable, CaseIterable {
        case horizontal, vertical
        case both = "horizontal_and_vertical"
    }

    public var mode: Mode
    public var seed: Int?

    public init(mode: Mode = .both, seed: Int? = nil) {
        self.mode = mode
        self.seed = seed
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        mode = try options.choice("mode", default: .both)
        seed = try options.seed()
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        [
            "seed": seed.map { .int($0) } ?? .null, "mode": .string(mode.rawValue), "data_format": "channels_last",
        ]
    }

    // MARK: y[r, c] = x[r or H − 1 − r, c or W − 1 − c]

    public func augmented(_ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
        return Tensor(unsafeUninitialized: x.shape) { target in
            for i in target.indices {
                let (c, column) = (i % channels, i / channels % width)
                let (row, image) = (i / (channels * width) % height, i / (channels * width * height))
                let isMirrored = mode != .vertical && random.uniform(at: 2 * image) < 0.5
                let isTurned = mode != .horizontal && random.uniform(at: 2 * image + 1) < 0.5
                let (r, s) = (isTurned ? height - 1 - row : row, isMirrored ? width - 1 - column : column)
                target[i] = x[((image * height + r) * width + s) * channels + c]
            }
        }
    }

    // MARK: dx = dy, mirrored likewise

    public func gradient(_ dy: Tensor, _ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        augmented(dy, random, on: pool)
    }
}
