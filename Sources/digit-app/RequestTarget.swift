import NIOCore
import NIOHTTP1

/// Lets the address in a request's first line say which server is meant, where it names one: `GET http://host/path`.
///
/// By RFC 9112, 3.2.2 it counts, and what `Host` says does not. The conversion that comes next would drop it.
final class RequestTarget: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), let authority = Self.authority(of: head),
            head.headers["Host"].count <= 1  // two are a fault of their own
        else { return context.fireChannelRead(data) }
        head.headers.replaceOrAdd(name: "Host", value: authority)
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// The server that a request's target names, and all of the target where its scheme is not ours.
    ///
    /// - Returns: `nil` where the target is a path alone.
    static func authority(of head: HTTPRequestHead) -> String? {
        guard !head.uri.hasPrefix("/"), head.uri != "*" else { return nil }
        let scheme = "http://"
        guard head.uri.prefix(scheme.count).lowercased() == scheme else { return head.uri }
        return String(head.uri.dropFirst(scheme.count).prefix { !"/?#".contains($0) })
    }
}
