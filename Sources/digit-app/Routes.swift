import Digits
import Escaping
import HTTPTypes
import Hummingbird
import NIOHTTP1

/// Which handler answers which path and method; what else comes gets the one shape of a ``Problem``.
struct Routes: HTTPResponder {
    typealias Context = Client
    typealias Handler = @Sendable (Request, Client) async throws -> Response

    private let doorkeeper: Doorkeeper
    private var handlers: [String: [HTTPRequest.Method: Handler]] = [:]

    init(_ doorkeeper: Doorkeeper) { self.doorkeeper = doorkeeper }

    mutating func get(_ path: String, _ handler: @escaping Handler) {
        handlers[path, default: [:]][.get] = handler
        handlers[path, default: [:]][.head] = { request, client in
            var response = try await handler(request, client)
            response.body = ResponseBody()  // its length stays in the header
            return response
        }
    }

    mutating func post(_ path: String, _ handler: @escaping Handler) {
        handlers[path, default: [:]][.post] = handler
    }

    func respond(to request: Request, context: Context) async throws -> Response {
        var response: Response
        do {
            response = try await handler(for: request)(request, context)
        } catch let problem as Problem {
            response = problem.response
            if request.method == .head { response.body = ResponseBody() }
        } catch let error as ReadingError {
            response = Problem.tooMuchInk(error).response
        } catch is CancellationError {
            response = Problem.busy.response  // nobody is there to hear it
        } catch let error as HTTPParserError {
            throw error  // the connection ends
        } catch {
            context.logger.error("\("\(request.method) \(request.uri.path): \(error)".visible())")
            response = Problem.internalError.response
        }
        response.headers.append(contentsOf: SecurityHeaders.fields)
        return response
    }

    private func handler(for request: Request) throws(Problem) -> Handler {
        try doorkeeper.check(request)
        let codings = request.headers[values: .transferEncoding]
        if !codings.isEmpty, codings.map({ $0.lowercased() }) != ["chunked"] {
            throw .unknownCoding(codings.joined(separator: ", "))
        }
        guard let methods = handlers[request.uri.path] else {
            throw Problem(
                status: .notFound, code: "not_found", message: "There is nothing at \(request.uri.path.prefix(100)).",
                remedy: "/openapi.json lists all that there is.")
        }
        guard let handler = methods[request.method] else {
            let allowed = methods.keys.map(\.rawValue).sorted().joined(separator: ", ")
            throw Problem(
                status: .methodNotAllowed, code: "method_not_allowed",
                message: "\(request.method.rawValue.prefix(20)) is not possible at \(request.uri.path).",
                remedy: "Use \(allowed).", headers: [.allow: allowed])
        }
        return handler
    }
}
