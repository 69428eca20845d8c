import Digits
import Foundation
import Hummingbird
import Images
import NIOCore

/// A picture as clients send it: PNG, JPEG, or JSON `{"width", "height", "pixels"}` with 255 for ink and 0 for paper.
enum RequestImage {
    /// - Throws: a ``Problem`` of status 400, 413 or 415; what ends a connection.
    static func read(_ request: Request, _ limits: ServerLimits) async throws -> Sent {
        guard let kind = Kind(request) else {
            throw Problem(
                status: .unsupportedMediaType, code: "unsupported_media_type",
                message: request.headers[.contentType].map { "The body is \"\($0.prefix(60))\"." }
                    ?? "The body has no Content-Type.",
                remedy: "Send image/png, image/jpeg or application/json.")
        }
        if let announced = request.headers[.contentLength].flatMap({ Int($0) }), announced > limits.bodyBytes {
            throw Problem.tooLarge(limits.bodyBytes)
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: limits.bodyBytes)
        } catch is NIOTooManyBytesError {
            throw Problem.tooLarge(limits.bodyBytes)
        }
        return Sent(kind: kind, body: body, limits: limits)
    }

    enum Kind: String {
        case png = "image/png"
        case jpeg = "image/jpeg"
        case json = "application/json"

        init?(_ request: Request) {
            let type = request.headers[.contentType]?.split(separator: ";").first ?? ""
            self.init(rawValue: type.trimmingCharacters(in: .whitespaces).lowercased())
        }
    }

    /// What was sent, not yet looked into: that is work.
    struct Sent: Sendable {
        let kind: Kind
        let body: ByteBuffer
        let limits: ServerLimits

        /// - Parameters:
        ///   - isDrawing: whether a picture file is a drawing, where ink is what is not transparent.
        ///   - polarity: which of the two is ink, in a photo.
        func ink(isDrawing: Bool, polarity: Polarity) throws -> Ink {
            guard body.readableBytes > 0 else {
                throw Problem.badRequest("empty_body", "The body is empty.", remedy: "Send a picture.")
            }
            if kind == .json { return try PixelMessage.ink(body, limits) }
            var options = PhotoOptions()
            options.polarity = polarity
            do throws(ImageError) {
                let image = try RasterImage(decoding: Array(body.readableBytesView), name: "The picture")
                return isDrawing ? Ink(drawing: image) : Photo.ink(from: image, options)
            } catch {
                throw Problem.badRequest(
                    "bad_image", "\(error).", remedy: "Send a whole PNG or JPEG file of at most 20 million pixels.")
            }
        }
    }
}

/// Pixels as JSON.
private struct PixelMessage: Decodable {
    var width: Int
    var height: Int
    var pixels: [UInt8]

    private enum Key: String, CodingKey, CaseIterable { case width, height, pixels }

    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let strangers = try decoder.container(keyedBy: AnyKey.self).allKeys.filter {
            Key(rawValue: $0.stringValue) == nil
        }
        if let stranger = strangers.first {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: [stranger], debugDescription: "there is no field \"\(stranger.stringValue.prefix(40))\""
                ))
        }
        let container = try decoder.container(keyedBy: Key.self)
        width = try container.decode(Int.self, forKey: .width)
        height = try container.decode(Int.self, forKey: .height)
        pixels = try container.decode([UInt8].self, forKey: .pixels)
    }

    static func ink(_ body: ByteBuffer, _ limits: ServerLimits) throws(Problem) -> Ink {
        let remedy =
            "Send {\"width\": W, \"height\": H, \"pixels\": […]}, W × H whole numbers from 0, paper, to 255, ink."
        let message: PixelMessage
        do {
            message = try JSONDecoder().decode(PixelMessage.self, from: Data(body.readableBytesView))
        } catch let error as DecodingError {
            throw .badRequest("bad_json", "The body is not the JSON expected: \(error.reason).", remedy: remedy)
        } catch {
            throw .badRequest("bad_json", "The body is not the JSON expected.", remedy: remedy)
        }
        let (width, height, count) = (message.width, message.height, message.pixels.count)
        guard (1...4096).contains(width), (1...4096).contains(height), width * height <= limits.jsonPixels else {
            throw .badRequest(
                "bad_size",
                "The picture is \(width) × \(height), expected 1 to 4096 each and \(limits.jsonPixels) together.",
                remedy: "Send it as PNG.")
        }
        guard count == width * height else {
            throw .badRequest(
                "bad_size", "\(width) × \(height) needs \(width * height) pixels, found \(count).", remedy: remedy)
        }
        return Ink(width: width, height: height, values: message.pixels.map { Float($0) / 255 })
    }
}

extension DecodingError {
    /// Where, and what.
    fileprivate var reason: String {
        switch self {
        case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context): context.place + "has another type"
        case .dataCorrupted(let context) where context.underlyingError != nil: "it is not JSON"
        case .dataCorrupted(let context): context.place + context.debugDescription
        @unknown default: "it cannot be read"
        }
    }
}

extension DecodingError.Context {
    fileprivate var place: String {
        guard let key = codingPath.first else { return "" }
        let index = codingPath.dropFirst().first?.intValue
        return "\"\(key.stringValue.prefix(40))\"\(index.map { " at \($0)" } ?? "") "
    }
}

extension Ink {
    /// A drawing's ink: what is dark and not transparent, as it is.
    fileprivate init(drawing: RasterImage) {
        let grey = drawing.over(255).grey
        self.init(width: grey.width, height: grey.height, values: grey.bytes.map { Float(255 - $0) / 255 })
    }

    /// As a picture, white on black.
    func png() -> [UInt8] {
        RasterImage(width: width, height: height, bytes: values.map(Picture.byte)).png()
    }
}
