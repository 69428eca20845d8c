import Images
import Networks
import Tensors

/// The kernels of a model's convolutions as pictures: blue below zero, red above it.
public struct FilterSheet: Sendable {
    public let drawing: Drawing

    /// - Returns: `nil` for a model without kernels of two axes.
    public init?(_ model: Model, most: Int = 64) {
        var sheet = TileSheet(title: "Filters of \(model.name)")
        for layer in model.layers {
            guard let position = layer.specs.firstIndex(where: { $0.name.contains("kernel") && $0.shape.count == 4 })
            else { continue }
            let (kernel, shape) = (layer.weights[position], layer.specs[position].shape)
            let (height, width, inputs, outputs) = (shape[0], shape[1], shape[2], shape[3])
            guard height > 1 || width > 1 else { continue }
            let reach = kernel.withElements { $0.reduce(Float(0)) { max($0, abs($1)) } }
            // With one input each filter is one tile; else a row for an input, a column for an output.
            let rows = inputs == 1 ? 1 : min(inputs, 8)
            let columns = inputs == 1 ? min(outputs, most) : min(outputs, 16)
            var tiles: [(image: RasterImage, label: String)] = []
            for input in 0..<rows {
                for output in 0..<columns {
                    let numbers = (0..<(height * width)).map { kernel[($0 * inputs + input) * outputs + output] }
                    tiles.append(
                        (
                            ColourMap.signed.image(numbers, width: width, height: height, reach: reach),
                            "\(layer.name): input \(input), output \(output)"
                        ))
                }
            }
            let all = inputs * outputs
            let shown = tiles.count < all ? "first \(tiles.count) of \(all)" : "all \(all)"
            let axes = inputs == 1 ? "" : ", a row for each input"
            sheet.groups.append(
                TileSheet.Group(
                    heading: "\(layer.name) (\(type(of: layer.layer).kerasName))",
                    note: "\(height)×\(width), \(shown)\(axes), −\(reach.short) … \(reach.short)",
                    columns: inputs == 1 ? 16 : columns, tiles: tiles))
        }
        guard !sheet.groups.isEmpty else { return nil }
        drawing = sheet.drawing
    }
}

extension Float {
    /// The number with about three digits.
    var short: String {
        guard isFinite, self != 0 else { return "\(self)" }
        var scale: Float = 1
        while abs(self) * scale < 100, scale < 1e8 { scale *= 10 }
        return "\((self * scale).rounded() / scale)"
    }
}
