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
        var size = shape
        var images: [RasterImage] = []
        // Files are read in turn, so that limits and errors are the reader's; what is slow, unpacking, is shared.
        for start in stride(from: 0, to: paths.count, by: 256) {
            let part = Array(paths[start..<min(paths.count, start + 256)])
            for image in try decoded(part, channels: channels, on: pool) {
                if images.isEmpty {
                    size = [
                        shape[0] == Shape.unknown ? image.height : shape[0],
                        shape[1] == Shape.unknown ? image.width : shape[1], channels,
                    ]
                    let total = paths.count * size.elementCount
                    guard total <= DataLimits.current.bytes else {
                        throw .malformed(
                            file: paths[0],
                            problem: "\(paths.count) images like this one have \(total) bytes, more than the limit of "
                                + "\(DataLimits.current.bytes) for data")
                    }
                }
                images.append(image)
            }
        }
        guard let first = images.first else { throw .unfit("there are no images") }
        guard images.contains(where: { $0.height != size[0] || $0.width != size[1] }) else {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(images.count * first.bytes.count)
            for image in images { bytes += image.bytes }
            return Samples(bytes: bytes, shape: [images.count] + size, divisor: divisor)
        }
        let resizing = Resizing(height: size[0], width: size[1])
        let tensor = Tensor(unsafeUninitialized: [images.count] + size) { all in
            nonisolated(unsafe) let all = all
            pool.run(images.count) { [images, size] number in
                let image = images[number]
                let x = Tensor([1, image.height, image.width, channels], image.bytes.map { Float($0) / divisor })
                let fits = image.height == size[0] && image.width == size[1]
                let y = fits ? x : resizing.forward(x, [], Context(mode: .inference, pool: pool)).outputs[0]
                y.withElements { _ = all[(number * size.elementCount)...].update(fromContentsOf: $0) }
            }
        }
        return Samples(tensor)
    }

    /// Some files, unpacked side by side.
    private static func decoded(
        _ paths: [String], channels: Int, on pool: WorkerPool
    ) throws(DataError) -> [RasterImage] {
        var files: [[UInt8]] = []
        for path in paths { files.append(try readBytes(of: path)) }
        let limits = ImageLimits.current
        var results = [Result<RasterImage, ImageError>?](repeating: nil, count: paths.count)
        results.withUnsafeMutableBufferPointer { results in
            nonisolated(unsafe) let results = results
            pool.run(paths.count) { [files] number in
                results[number] = Result { () throws(ImageError) in
                    let image = try RasterImage(decoding: files[number], name: paths[number], limits: limits)
                    return channels == 1 ? image.grey : image.colours
                }
            }
        }
        var images: [RasterImage] = []
        for result in results.compactMap(\.self) {
            do throws(ImageError) {
                images.append(try result.get())
            } catch {
                throw .malformed(file: error.name, problem: error.problem)
            }
        }
        return images
    }
}
