import HTTPTypes
import NIOCore
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

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
    /// Whether the head of an answer was written whose end was not.
    private var isAnswering = false
    /// What was no HTTP; nothing is read any more.
    private var fault: (any Error)?
    /// Whether that was said; nothing else is.
    private var isRefused = false

    init(_ limits: ServerLimits, _ crowd: Crowd) {
        (self.limits, self.crowd) = (limits, crowd)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        if let codec = try? pipeline.handler(type: HTTP1ToHTTPServerCodec.self) {
            try? pipeline.addHandler(RequestTarget(), position: .before(codec))
        }
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

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { crowd.finish(context.channel) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard fault == nil else { return }
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

    /// Where a request is no HTTP, lets the ones before it end, says so, and hangs up.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard context.channel.isActive, fault == nil else { return context.close(promise: nil) }
        fault = error
        if open < faulty { return context.close(promise: nil) }  // it has its answer already
        if open == faulty { refuse(context) }
    }

    /// How many requests are open that will not be answered: the one that turned out to be no HTTP in its body.
    private var faulty: Int { isReadingBody && fault != nil ? 1 : 0 }

    private func refuse(_ context: ChannelHandlerContext) {
        guard let fault, !isAnswering else { return context.close(promise: nil) }
        let body = Problem.unreadable(fault).body
        var fields = SecurityHeaders.fields
        fields[.contentType] = JSON.mediaType
        fields[.contentLength] = "\(body.readableBytes)"
        fields[.connection] = "close"
        let head = HTTPResponse(status: .badRequest, headerFields: fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        isRefused = true
        setAlarm(limits.lingerTime, context)
        context.close(mode: .output, promise: nil)
    }

    // MARK: what the server answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isRefused else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        let part = unwrapOutboundIn(data)
        if case .head(let head) = part { isAnswering = head.status.kind != .informational }
        guard case .end = part else { return context.write(data, promise: promise) }
        isAnswering = false
        let taken = promise ?? context.eventLoop.makePromise()
        taken.futureResult.assumeIsolated().whenSuccess { self.answered(context) }
        context.write(data, promise: taken)
    }

    /// The client has taken an answer.
    private func answered(_ context: ChannelHandlerContext) {
        guard alarm != nil, !isRefused else { return }
        open -= 1
        if fault != nil, open <= faulty {
            refuse(context)
        } else if open > 0 {
            setAlarm(limits.answerTime, context)
        } else if isReadingBody {
            setAlarm(limits.lingerTime, context)
        } else {
            setAlarm(limits.idleTime, context)
            crowd.isIdle(context.channel)
        }
    }
}
