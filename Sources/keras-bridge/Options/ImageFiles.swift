import Datasets
import KerasBridge

/// Images as the samples of a model's only input, one file for each.
struct ImageFiles {
    let tensor: Tensor
    let description: String

    /// Whether a file is to be read as an image, by its name.
    static func isImage(_ path: String) -> Bool {
        ["png", "jpg", "jpeg", "bmp", "gif"].contains(path.split(separator: ".").last?.lowercased() ?? "")
    }

    /// Reads PNG and JPEG images, made grey or coloured and resized as the model takes them, as `train --data FOLDER` does.
    ///
    /// - Parameter scale: `unit` divides the bytes by 255.
    init(_ paths: [String], for model: Model, scale: PixelScale) throws {
        let samples = try ImageFile.samples(paths, shape: Self.sampleShape(of: model), divisor: scale.divisor)
        self.init(samples.batch(0..<samples.count, on: .shared), paths)
    }

    /// Reads images of the very size that the model takes, as Keras' `load_img` and `img_to_array` read them.
    ///
    /// Nothing is cropped, turned or resized, and nothing but PNG is read: what two programs prepare differently is not to
    /// look like a difference of their models.
    init(exactly paths: [String], for model: Model, scale: PixelScale) throws {
        let expected = try Self.sampleShape(of: model)
        guard expected.count == 3, expected[2] == 1 || expected[2] == 3 else {
            throw CommandError(
                .usage, "images are for models that take [height, width, 1 or 3], this one takes \(expected)")
        }
        var parts: [Tensor] = []
        for path in paths {
            guard path.lowercased().hasSuffix(".png") else {
                throw CommandError(
                    .badInput,
                    "\(path) — images are read as .png alone: decoders of other formats differ by themselves")
            }
            let image = try ImageFile.read(path: path, channels: expected[2])
            guard zip(image.shape, expected).allSatisfy({ $0 == $1 || $1 == Shape.unknown }),
                parts.isEmpty || parts[0].shape.sample == image.shape
            else {
                throw CommandError(
                    .badInput,
                    "\(path) — expected an image of shape \(parts.first?.shape.sample ?? expected), found \(image.shape); "
                        + "prepare it for the model first")
            }
            var tensor = image.tensor()
            if scale == .unit { tensor = Tensor(tensor.shape, tensor.elements.map { $0 / 255 }) }
            parts.append(tensor.reshaped(to: [1] + tensor.shape))
        }
        self.init(Tensor(concatenatingSamples: parts), paths)
    }

    private init(_ tensor: Tensor, _ paths: [String]) {
        self.tensor = tensor
        description = paths.count == 1 ? paths[0] : "\(paths.count) images"
    }

    private static func sampleShape(of model: Model) throws(CommandError) -> Shape {
        guard model.inputs.count == 1, let layer = model.layers[model.inputs[0]].layer as? InputLayer else {
            throw CommandError(.usage, "images are for models with one input, this one has \(model.inputs.count)")
        }
        return layer.batchShape.sample
    }
}
