import Digits
import Foundation
import Hummingbird
import Images
import NIOCore

/// A picture as clients send it: PNG, JPEG, or JSON `{"width", "height", "pixels"}` with 255 for ink and 0 for paper.
enum RequestImage {
    /// - Throws: a ``Problem`` of status 400, 413, 415 or 503; what ends a connection.
    static func read(_ request: Request, _ limits: ServerLimits, _ room: BodyRoom) async throws -> Sent {
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
        let share = room.share()
        var body = ByteBuffer()
        for try await var part in request.body {
            let size = body.readableBytes + part.readableBytes
            guard size <= limits.bodyBytes else { throw Problem.tooLarge(limits.bodyBytes) }
            try share.grow(to: size)
            body.writeBuffer(&part)
        }
        return Sent(kind: kind, body: body, share: share, limits: limits)
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
        /// Held as long as the body is.
        let share: BodyRoom.Share
        let limits: ServerLimits

        /// How much work the picture is until it is known what there is to read.
        func effort(isDrawing: Bool) -> Effort { Effort(kind, Array(body.readableBytesView), isDrawing: isDrawing) }

        /// - Parameters:
        ///   - isDrawing: whether a picture file is a drawing, where ink is what is not transparent.
        ///   - polarity: which of the two is ink, in a photo.
        func ink(isDrawing: Bool, polarity: Polarity, _ budget: ReadingBudget) throws -> Ink {
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
            let image: RasterImage
            do throws(ImageError) {
                image = try RasterImage(
                    decoding: Array(body.readableBytesView), name: "The picture", shrinkingTowards: options.side)
            } catch {
                throw Problem.badRequest(
                    "bad_image", "\(error).",
                    remedy: "Send a whole PNG or JPEG file of at most \(ImageLimits.current.pixels) pixels.")
            }
            try budget.goOn()
            return isDrawing
                ? Ink(drawing: image, side: options.side) : try Photo.ink(from: image, options, budget: budget)
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
    /// As a picture, white on black.
    func png() -> [UInt8] {
        RasterImage(width: width, height: height, bytes: values.map(Picture.byte)).png()
    }
}
