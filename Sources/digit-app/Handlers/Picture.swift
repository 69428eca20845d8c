import Digits
import Foundation
import Tensors

/// A picture for the page: a byte for each pixel, in base64.
struct Picture: Encodable {
    var width: Int
    var height: Int
    var data: String

    init(_ ink: Ink) {
        (width, height) = (ink.width, ink.height)
        data = Self.base64(ink.values.map(Self.byte))
    }

    /// 0…1 as 0…255; what lies beyond is cut off.
    static func byte(_ value: Float) -> UInt8 { UInt8(max(0, min(255, (value * 255).rounded()))) }

    static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}

/// What a layer gave for one digit: a picture for each channel, or one strip.
struct LayerPictures: Encodable {
    var name: String
    var className: String
    var shape: [Int]
    var maps: Maps

    struct Maps: Encodable {
        var count: Int
        var width: Int
        var height: Int
        /// All maps after each other, scaled together from `minimum`, 0, to `maximum`, 255.
        var data: String
        var minimum: Float
        var maximum: Float
    }

    /// - Returns: `nil` for what has no picture: outputs of other ranks, and empty ones.
    init?(_ activation: LayerOutput) {
        let shape = activation.output.shape.extents
        let values = activation.output.elements
        guard shape.count == 3 || shape.count == 1, let low = values.min(), let high = values.max() else { return nil }
        let (height, width, count) = shape.count == 3 ? (shape[0], shape[1], shape[2]) : (1, shape[0], 1)
        let scale = high > low ? 1 / (high - low) : 0
        var bytes = [UInt8](repeating: 0, count: values.count)
        for pixel in 0..<(height * width) {
            for channel in 0..<count {
                bytes[channel * height * width + pixel] = Picture.byte((values[pixel * count + channel] - low) * scale)
            }
        }
        name = activation.layer
        className = activation.className
        self.shape = shape
        maps = Maps(
            count: count, width: width, height: height, data: Picture.base64(bytes),
            minimum: low.isFinite ? low : 0, maximum: high.isFinite ? high : 0)
    }
}
