import Images
import Networks
import Tensors

extension ImageFile {
    /// Reads many files as samples of one shape.
    ///
    /// An image of another size is resized as Keras' `image_dataset_from_directory` does: bilinearly, without filtering,
    /// whatever its proportions. Where all have the right size, bytes stay bytes.
    ///
    /// - Parameters:
    ///   - shape: what a model takes, `[height, width, channels]` with 1 or 3 channels, or `[height, width]` for grey ones;
    ///     the first image tells what is unknown.
    ///   - divisor: what bytes are divided by.
    /// - Throws: ``DataError`` for the first file that is missing, damaged, or no image, and where images fit no such shape.
    public static func samples(
        _ paths: [String], shape: Shape, divisor: Float, on pool: WorkerPool = .shared
    ) throws(DataError) -> Samples {
        if shape.count == 2 {
            let grey = try samples(paths, shape: shape + [1], divisor: divisor, on: pool)
            return grey.reshaped(to: Shape(Array(grey.sampleShape.dropLast())))
        }
        guard shape.count == 3, [1, 3, Shape.unknown].contains(shape[2]) else {
            throw .unfit("images such as \(paths.first ?? "") fit no model that takes samples of shape \(shape)")
        }
        let channels = shape[2] == 1 ? 1 : 3
        guard let path = paths.first else { throw .unfit("there are no images") }
        let first = try decoded([path], channels: channels, on: pool) { $0 }[0]
        let size: Shape = [
            shape[0] == Shape.unknown ? first.height : shape[0], shape[1] == Shape.unknown ? first.width : shape[1],
            channels,
        ]
        let all = Shape([paths.count] + size)
        var budget = DataBudget()
        let what = "\(paths.count) images like this one have"
        let count = try all.declaredCount(of: 1, file: path)
        try budget.charge(count, for: what, of: path)
        var pictures = Pictures(shape: all, divisor: divisor)
        // Files are read in turn, so that limits and errors are the reader's; what is slow, unpacking, is shared. Each is
        // resized at once: what an image has before that is never there for more images than threads.
        let resizing = Resizing(height: size[0], width: size[1])
        for start in stride(from: 0, to: paths.count, by: 256) {
            let part = Array(paths[start..<min(paths.count, start + 256)])
            let found = try decoded(part, channels: channels, on: pool) { image in
                if image.height == size[0], image.width == size[1] { return Picture.bytes(image.bytes) }
                let x = Tensor([1, image.height, image.width, channels], image.bytes.map { Float($0) / divisor })
                return .numbers(resizing.forward(x, [], Context(mode: .inference, pool: pool)).outputs[0])
            }
            for picture in found {
                if case .numbers = picture, pictures.areBytes {
                    try budget.charge(count, of: 4, for: what + ", resized,", of: path)
                }
                pictures.append(picture)
            }
        }
        return pictures.samples
    }

    /// What becomes of some files that are unpacked side by side.
    private static func decoded<Value: Sendable>(
        _ paths: [String], channels: Int, on pool: WorkerPool, _ body: @Sendable (RasterImage) -> Value
    ) throws(DataError) -> [Value] {
        var files: [[UInt8]] = []
        var budget = DataBudget()
        for path in paths {
            let file = try readBytes(of: path)
            try budget.charge(file.count, for: "\(paths.count) images of this folder have", of: path)
            files.append(file)
        }
        let limits = ImageLimits.current
        var results = [Result<Value, ImageError>?](repeating: nil, count: paths.count)
        results.withUnsafeMutableBufferPointer { results in
            nonisolated(unsafe) let results = results
            pool.run(paths.count) { [files] number in
                results[number] = Result { () throws(ImageError) in
                    let image = try RasterImage(decoding: files[number], name: paths[number], limits: limits)
                    return body(channels == 1 ? image.grey : image.colours)
                }
            }
        }
        var values: [Value] = []
        for result in results.compactMap(\.self) {
            do throws(ImageError) {
                values.append(try result.get())
            } catch {
                throw .malformed(file: error.name, problem: error.problem)
            }
        }
        return values
    }
}

/// An image of the right size.
private enum Picture: Sendable {
    case bytes([UInt8])
    /// One that was resized, and divided before that.
    case numbers(Tensor)
}

/// Images one after another: bytes until the first that was resized, numbers from there on.
private struct Pictures {
    let shape: Shape
    let divisor: Float
    private var bytes: [UInt8] = []
    private var numbers: [Float]?

    init(shape: Shape, divisor: Float) {
        self.shape = shape
        self.divisor = divisor
        bytes.reserveCapacity(shape.elementCount)
    }

    var areBytes: Bool { numbers == nil }

    mutating func append(_ picture: Picture) {
        switch picture {
        case .bytes(let image):
            if areBytes { bytes += image } else { numbers?.append(contentsOf: image.map { Float($0) / divisor }) }
        case .numbers(let image):
            if areBytes {
                var scaled: [Float] = []
                scaled.reserveCapacity(shape.elementCount)
                scaled += bytes.lazy.map { Float($0) / divisor }
                (numbers, bytes) = (scaled, [])
            }
            image.withElements { numbers?.append(contentsOf: $0) }
        }
    }

    var samples: Samples {
        guard let numbers else { return Samples(bytes: bytes, shape: shape, divisor: divisor) }
        return Samples(Tensor(shape, numbers))
    }
}
