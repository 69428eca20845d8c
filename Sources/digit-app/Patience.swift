import Hummingbird
import NIOCore

/// Whether a client still waits for an answer, and until when it is worked on.
struct Patience: Sendable {
    private let channel: any Channel
    private let crowd: Crowd
    private let limits: ServerLimits
    private let end: ContinuousClock.Instant

    init(_ client: Client, _ crowd: Crowd, _ limits: ServerLimits) {
        (channel, self.crowd, self.limits) = (client.channel, crowd, limits)
        end = .now + limits.workTime
    }

    /// Does something when the client's time is over, unless that is called off.
    func atItsEnd(_ body: @escaping @Sendable (Problem) -> Void) -> Scheduled<Void> {
        let left = end - .now
        let time = TimeAmount.milliseconds(max(0, Int64(left / .milliseconds(1))))
        return channel.eventLoop.scheduleTask(in: time) { [limits] in body(.tooLong(limits.workTime)) }
    }

    /// - Throws: `CancellationError` where the client has gone; ``Problem`` where its time is over.
    func check(isLarge: Bool) throws {
        // Who has only ended its own sending may still read, but nobody does large work on that chance.
        let isThere = crowd.isThere(channel) && !(isLarge && crowd.hasFinished(channel))
        guard isThere else { throw CancellationError() }
        guard .now < end else { throw Problem.tooLong(limits.workTime) }
    }
}

/// A request's connection, for the handlers.
struct Client: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
