import Digits
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// What went wrong, as the page and other clients hear it: one sentence, and what to do about it.
///
/// On the wire: `{"error": {"status": 415, "code": "unsupported_media_type", "message": "…", "remedy": "…"}}`.
struct Problem: Error, Equatable {
    var status: HTTPResponse.Status
    /// For programs; never changes.
    var code: String
    /// A sentence: where, what was expected, what was found.
    var message: String
    /// What to do about it.
    var remedy: String
    /// Fields that belong to the status: `Allow`, `Connection`.
    var headers: HTTPFields = [:]

    static func badRequest(_ code: String, _ message: String, remedy: String) -> Problem {
        Problem(status: .badRequest, code: code, message: message, remedy: remedy)
    }

    static func tooLarge(_ limit: Int) -> Problem {
        Problem(
            status: .contentTooLarge, code: "body_too_large",
            message: "The body has more than \(limit) bytes.",
            remedy: "Send a smaller picture, or start digit-app with a larger --max-body.",
            headers: [.connection: "close"])
    }

    /// More work waits than is taken.
    static let busy = Problem(
        status: .serviceUnavailable, code: "busy", message: "The server has more work than it takes at once.",
        remedy: "Try again in a few seconds.", headers: [.retryAfter: "3"])

    static func tooLong(_ limit: Duration) -> Problem {
        Problem(
            status: .serviceUnavailable, code: "too_long",
            message: "The answer was not ready after \(limit.components.seconds) seconds.",
            remedy: "Send a smaller picture, or try again when the server has less to do.", headers: [.retryAfter: "10"]
        )
    }

    static func unknownCoding(_ found: String) -> Problem {
        Problem(
            status: .notImplemented, code: "unknown_coding",
            message: "The body comes in the transfer coding \"\(found.prefix(60))\".",
            remedy: "Send it as it is, or with Transfer-Encoding: chunked.", headers: [.connection: "close"])
    }

    static let internalError = Problem(
        status: .internalServerError, code: "internal_error", message: "The server made a mistake.",
        remedy: "Please report it with what you sent.")

    /// Ink that is more than a picture's budget.
    static func tooMuchInk(_ error: ReadingError) -> Problem {
        let sentence = "\(error)".split(separator: "; ")[0]
        return .badRequest(
            "too_much_ink", sentence.prefix(1).uppercased() + sentence.dropFirst() + ".", remedy: "Show a part of it.")
    }

    /// A request that is no HTTP.
    static func unreadable(_ found: some Error) -> Problem {
        Problem(
            status: .badRequest, code: "not_http", message: "The request is not valid HTTP/1.1 (\(found)).",
            remedy: "Check its first line, its header fields and their lengths.", headers: [.connection: "close"])
    }

    var body: ByteBuffer {
        struct Wire: Encodable {
            struct Inner: Encodable { var status: Int, code: String, message: String, remedy: String }
            var error: Inner
        }
        let wire = Wire(error: .init(status: status.code, code: code, message: message, remedy: remedy))
        return (try? JSON.bytes(wire)) ?? ByteBuffer()  // four plain fields always encode
    }

    var response: Response {
        let body = body
        var fields = headers
        fields[.contentType] = JSON.mediaType
        fields[.contentLength] = "\(body.readableBytes)"
        return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: body))
    }
}

/// JSON as the server writes it.
enum JSON {
    static let mediaType = "application/json; charset=utf-8"

    static func bytes(_ value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return ByteBuffer(bytes: try encoder.encode(value))
    }

    static func response(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        response(bytes: try bytes(value), status: status)
    }

    static func response(bytes: ByteBuffer, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [
                .contentType: mediaType, .contentLength: "\(bytes.readableBytes)", .cacheControl: "no-store",
            ], body: ResponseBody(byteBuffer: bytes))
    }
}
