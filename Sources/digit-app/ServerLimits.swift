import NIOCore

/// How much of a client the server takes, and how long it waits for one.
///
/// SECURITY.md has the same table.
struct ServerLimits: Sendable {
    /// Largest request body.
    var bodyBytes = 4 << 20
    /// How much of a body is always taken, and how much of all of them beyond that together.
    var ownBody = 256 << 10
    var allBodies = 64 << 20
    /// Largest header field, and all of them together.
    var headerBytes = 16 << 10
    /// Most header fields.
    var headerFields = 64
    /// Most connections at once; the one that has been silent longest makes room for the next.
    var connections = 512
    /// From the opening of a connection to the end of its first request's head.
    var headTime = TimeAmount.seconds(10)
    /// From the end of one answer to the end of the next request's head.
    var idleTime = TimeAmount.seconds(30)
    /// From a request's head to the end of its body.
    var bodyTime = TimeAmount.seconds(20)
    /// From a request's end until the client has taken the answer.
    var answerTime = TimeAmount.seconds(20)
    /// How long a client that was answered early (too large, say) may go on sending, so that it sees the answer.
    var lingerTime = TimeAmount.seconds(1)
    /// How long requests may take to end after SIGTERM.
    var drainTime = Duration.seconds(25)
    /// Most pixels of an image sent as JSON; those sent as files have the limit of `Images`.
    var jsonPixels = 1 << 20
    /// How long an answer is worked on, from its request's end; less than `answerTime`, so that there is an answer.
    var workTime = Duration.seconds(15)
    /// Most requests that small work is done for, or that wait for it.
    var smallWork = 128
    /// Most requests that large work is done for, one after the other, or that wait for it.
    var largeWork = 5
    /// Up to here, work is small.
    var smallEffort = Effort(microseconds: 20_000)
    /// Most digits of an answer that are explained.
    var explanations = 16
    /// The longer side to which crops are shrunk that an answer shows.
    var cropSide = 256
    /// Most corrections kept on disk.
    var corrections = 10_000
}
