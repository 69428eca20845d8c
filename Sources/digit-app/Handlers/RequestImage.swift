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
            if kind == .json {
                do throws(PixelMessageError) {
                    return try PixelMessage(reading: Data(body.readableBytesView), limit: limits.jsonPixels).ink
                } catch {
                    throw Problem(error)
                }
            }
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

extension Problem {
    /// A message of pixels that cannot be read.
    fileprivate init(_ error: PixelMessageError) {
        let (code, remedy) =
            switch error {
            case .notTheJSONExpected: ("bad_json", Self.pixelsRemedy)
            case .tooLarge: ("bad_size", "Send it as PNG.")
            case .wrongCount: ("bad_size", Self.pixelsRemedy)
            }
        let sentence = "\(error)."
        self = .badRequest(code, sentence.prefix(1).uppercased() + sentence.dropFirst(), remedy: remedy)
    }

    private static let pixelsRemedy =
        "Send {\"width\": W, \"height\": H, \"pixels\": […]}, W × H whole numbers from 0, paper, to 255, ink."
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
