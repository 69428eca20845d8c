import Images
import Tensors

/// PNG and JPEG images as arrays of bytes, for samples that are pictures.
public enum ImageFile {
    /// Reads a file as `[height, width, channels]` bytes.
    ///
    /// - Parameter channels: 1 for grey, 3 for colour; colours become grey by their luma, 299 : 587 : 114, rounded as
    ///   Pillow rounds; transparency is left out, as Keras' `load_img` does.
    /// - Throws: ``DataError`` where the file is missing, damaged, or no image that can be read.
    public static func read(path: String, channels: Int) throws(DataError) -> NumberArray {
        try read(try readBytes(of: path), name: path, channels: channels)
    }

    /// Reads the bytes of a file.
    ///
    /// - Parameter name: what errors call the file.
    public static func read(_ bytes: [UInt8], name: String, channels: Int) throws(DataError) -> NumberArray {
        precondition(channels == 1 || channels == 3, "an image is grey or has three colours")
        let image = try image(bytes, name: name)
        let pixels = channels == 1 ? image.grey : image.colours
        return NumberArray(.uint8, [image.height, image.width, channels], bytes: pixels.bytes)
    }

    /// Decodes a file as it is, within ``DataLimits``.
    ///
    /// - Parameter side: see ``RasterImage/init(decoding:name:limits:shrinkingTowards:)``.
    /// - Throws: ``DataError`` where the file is missing, damaged, or no image that can be read.
    public static func image(path: String, shrinkingTowards side: Int? = nil) throws(DataError) -> RasterImage {
        try image(try readBytes(of: path), name: path, shrinkingTowards: side)
    }

    private static func image(
        _ bytes: [UInt8], name: String, shrinkingTowards side: Int? = nil
    ) throws(DataError) -> RasterImage {
        do throws(ImageError) {
            return try RasterImage(decoding: bytes, name: name, shrinkingTowards: side)
        } catch {
            throw .malformed(file: error.name, problem: error.problem)
        }
    }
}
