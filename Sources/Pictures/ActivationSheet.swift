import Images
import Networks
import Runtime
import Tensors

/// What each layer makes of one sample: feature maps as pictures, other outputs as a strip.
public struct ActivationSheet: Sendable {
    public let drawing: Drawing

    /// - Parameters:
    ///   - inputs: one sample, `[1] + sample shape`, for each input of the model.
    ///   - most: how many feature maps of a layer are shown.
    /// - Throws: ``InputError`` where the inputs do not fit the model.
    public init(_ session: Session, _ inputs: [Tensor], title: String, most: Int = 32) throws(InputError) {
        let values = try session.activations(inputs)
        var sheet = TileSheet(title: title)
        let order = values.keys.sorted { ($0.layer, $0.call, $0.output) < ($1.layer, $1.call, $1.output) }
        for source in order {
            guard let value = values[source] else { continue }
            let layer = session.model.layers[source.layer]
            let extents = value.shape.dropFirst().map { "\($0)" }.joined(separator: "×")
            let (least, greatest) = value.withElements { ($0.min() ?? 0, $0.max() ?? 0) }
            let map: ColourMap = least < 0 ? .signed : .heat
            let reach = max(greatest, -least)
            var group = TileSheet.Group(
                heading: "\(layer.name) (\(type(of: layer.layer).kerasName))",
                note: "\(extents), \(least.short) … \(greatest.short)", columns: 16, tiles: [])
            if value.shape.count == 4 {
                let (height, width, channels) = (value.shape[1], value.shape[2], value.shape[3])
                for channel in 0..<min(channels, most) {
                    let numbers = (0..<(height * width)).map { value[$0 * channels + channel] }
                    group.tiles.append(
                        (map.image(numbers, width: width, height: height, reach: reach), "channel \(channel)"))
                }
                if channels > most { group.note = "first \(most) of \(channels) maps, " + group.note }
                group.columns = min(width > 14 ? 8 : 16, max(1, channels))
            } else {
                let count = min(value.count, 512)
                // A short strip has squares, a long one bars.
                let numbers = (0..<count).map { value[$0] }
                group.tiles = [
                    (
                        Self.strip(map.image(numbers, width: count, height: 1, reach: reach), squares: count <= 64),
                        extents
                    )
                ]
                if count < value.count { group.note = "first \(count), " + group.note }
                group.columns = 1
            }
            sheet.groups.append(group)
        }
        drawing = sheet.drawing
    }

    /// A row of colours made as high as it can be seen.
    private static func strip(_ row: RasterImage, squares: Bool) -> RasterImage {
        let factor = squares ? max(1, 704 / row.width) : 1
        let side = min(22, factor)
        let height = squares ? side : 16
        var line: [UInt8] = []
        for x in 0..<row.width {
            for _ in 0..<(squares ? side : 1) { line += row.bytes[(3 * x)..<(3 * x + 3)] }
        }
        return RasterImage(
            width: line.count / 3, height: height, channels: 3, bytes: (0..<height).flatMap { _ in line })
    }
}
