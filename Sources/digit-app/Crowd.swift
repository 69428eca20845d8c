import NIOCore
import Synchronization

/// The open connections, of which the one that has been silent longest goes when there are too many.
///
/// So a few hundred connections that do nothing never keep anybody out.
final class Crowd: Sendable {
    private let most: Int
    private let state = Mutex(State())

    fileprivate struct State {
        /// Connections with no request in work, by the turn since which that is so.
        var idle: [ObjectIdentifier: (turn: Int, channel: any Channel)] = [:]
        var busy: Set<ObjectIdentifier> = []
        /// Those who will send nothing more.
        var finished: Set<ObjectIdentifier> = []
        var turn = 0
    }

    init(most: Int) { self.most = most }

    func enter(_ channel: any Channel) {
        let leaving = state.withLock { state -> (any Channel)? in
            state.setIdle(channel)
            guard state.idle.count + state.busy.count > most else { return nil }
            // Who has just come goes only where all others are at work.
            let oldest = state.idle.min { $0.value.turn < $1.value.turn }
            if let oldest { state.idle[oldest.key] = nil }
            return oldest?.value.channel
        }
        leaving?.close(promise: nil)
    }

    func isIdle(_ channel: any Channel) {
        state.withLock { $0.busy.remove(ObjectIdentifier(channel)) == nil ? () : $0.setIdle(channel) }
    }

    func isBusy(_ channel: any Channel) {
        state.withLock { state in
            guard state.idle.removeValue(forKey: ObjectIdentifier(channel)) != nil else { return }
            state.busy.insert(ObjectIdentifier(channel))
        }
    }

    func leave(_ channel: any Channel) {
        state.withLock { state in
            state.idle[ObjectIdentifier(channel)] = nil
            state.busy.remove(ObjectIdentifier(channel))
            state.finished.remove(ObjectIdentifier(channel))
        }
    }

    /// The client has closed its side, as one does that has gone.
    func finish(_ channel: any Channel) {
        state.withLock { state in
            let name = ObjectIdentifier(channel)
            if state.idle[name] != nil || state.busy.contains(name) { state.finished.insert(name) }
        }
    }

    func hasFinished(_ channel: any Channel) -> Bool {
        state.withLock { $0.finished.contains(ObjectIdentifier(channel)) }
    }

    /// Whether the connection is open.
    func isThere(_ channel: any Channel) -> Bool {
        state.withLock { $0.idle[ObjectIdentifier(channel)] != nil || $0.busy.contains(ObjectIdentifier(channel)) }
    }
}

extension Crowd.State {
    fileprivate mutating func setIdle(_ channel: any Channel) {
        turn += 1
        idle[ObjectIdentifier(channel)] = (turn, channel)
    }
}
