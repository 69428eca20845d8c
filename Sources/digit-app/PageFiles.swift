import CPages
import HTTPTypes
import Hummingbird
import NIOCore
import Saving

/// The page's own files, which are part of the program.
struct PageFiles: Sendable {
    struct File: Sendable {
        let path: String
        let mediaType: String
        let bytes: ByteBuffer
        /// Changes with the content: a browser asks again each time, and rarely gets the bytes again.
        let tag: String
    }

    static let all: [File] = UnsafeBufferPointer(start: cpages_files(), count: cpages_count()).map { file in
        let bytes = UnsafeBufferPointer(start: file.bytes, count: file.count)
        let name = String(cString: file.name)
        return File(
            path: name == "index.html" ? "/" : "/" + name, mediaType: mediaType(of: name),
            bytes: ByteBuffer(bytes: bytes), tag: "\"\(Fingerprint(bytes))\"")
    }

    /// The same for all who have the same content.
    static func handler(_ file: File) -> Routes.Handler {
        { request, _ in
            let fields: HTTPFields = [.eTag: file.tag, .cacheControl: "no-cache", .contentType: file.mediaType]
            if request.headers[.ifNoneMatch] == file.tag { return Response(status: .notModified, headers: fields) }
            var response = Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: file.bytes))
            response.headers[.contentLength] = "\(file.bytes.readableBytes)"
            return response
        }
    }

    private static func mediaType(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        case "json", "webmanifest": JSON.mediaType
        default: "application/octet-stream"
        }
    }
}
