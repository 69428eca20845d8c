import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Cuts off clients that are slow on purpose or by accident: each part of a request has a time of its own.
///
/// Hummingbird's idle timeout starts anew with every piece of a body, and never ends an answer that nobody reads.
/// Requests that are no HTTP end here, too, with the same words as other problems.
final class ClientClock: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: ServerLimits
    private let crowd: Crowd
    private var alarm: Scheduled<Void>?
    /// Requests whose head was read and whose answer was not yet taken.
    private var open = 0
    private var isReadingBody = false
    /// Whether what came after the last good request was no HTTP.
    private var isLost = false

    init(_ limits: ServerLimits, _ crowd: Crowd) {
        (self.limits, self.crowd) = (limits, crowd)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end(context) }

    private func begin(_ context: ChannelHandlerContext) {
        guard alarm == nil else { return }
        setAlarm(limits.headTime, context)
        crowd.enter(context.channel)
    }

    private func end(_ context: ChannelHandlerContext) {
        alarm?.cancel()
        alarm = nil
        crowd.leave(context.channel)
    }

    private func setAlarm(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        alarm?.cancel()
        alarm = context.eventLoop.assumeIsolated().scheduleTask(in: time) { context.close(promise: nil) }
    }

    // MARK: what the client sends

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if open == 0 { crowd.isBusy(context.channel) }
            open += 1
            isReadingBody = true
            setAlarm(limits.bodyTime, context)
            if head.headerFields[.expect]?.lowercased() == "100-continue", open == 1 { allow(head, context) }
        case .body: break
        case .end:
            isReadingBody = false
            setAlarm(limits.answerTime, context)
        }
        context.fireChannelRead(data)
    }

    /// Asks for the body that a careful client (curl) holds back, unless it is too large anyway.
    private func allow(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
        guard (head.headerFields[.contentLength].flatMap { Int($0) } ?? 0) <= limits.bodyBytes else { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    /// Where a request is no HTTP, lets the ones before it end, says so, if nothing else is being said, and hangs up.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard context.channel.isActive, !isReadingBody else { return context.close(promise: nil) }
        guard open == 0 else {
            isLost = true
            return
        }
        open = .max / 2  // whatever still comes is not answered
        let body = Problem.unreadable(error).body
        var fields = SecurityHeaders.fields
        fields[.contentType] = JSON.mediaType
        fields[.contentLength] = "\(body.readableBytes)"
        fields[.connection] = "close"
        let head = HTTPResponse(status: .badRequest, headerFields: fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        setAlarm(limits.lingerTime, context)
        context.close(mode: .output, promise: nil)
    }

    // MARK: what the server answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        let taken = promise ?? context.eventLoop.makePromise()
        taken.futureResult.assumeIsolated().whenSuccess { self.answered(context) }
        context.write(data, promise: taken)
    }

    /// The client has taken an answer.
    private func answered(_ context: ChannelHandlerContext) {
        guard alarm != nil else { return }
        open -= 1
        if open > 0 {
            setAlarm(limits.answerTime, context)
        } else if isLost {
            context.close(promise: nil)
        } else if isReadingBody {
            setAlarm(limits.lingerTime, context)
        } else {
            setAlarm(limits.idleTime, context)
            crowd.isIdle(context.channel)
        }
    }
}
