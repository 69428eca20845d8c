import Synchronization

/// Memory for the bodies that are on their way or wait to be read, all connections together.
///
/// What a drawing takes each body has for itself; so whoever sends large ones, slowly, keeps nobody out but those who do
/// the same.
final class BodyRoom: Sendable {
    private let limits: ServerLimits
    private let taken = Mutex(0)

    init(_ limits: ServerLimits) { self.limits = limits }

    /// What one body has of the room; given back when nobody holds it any more.
    final class Share: Sendable {
        private let room: BodyRoom
        private let bytes = Mutex(0)

        fileprivate init(_ room: BodyRoom) { self.room = room }

        deinit { room.taken.withLock { $0 -= bytes.withLock(\.self) } }

        /// - Throws: ``Problem/busy`` where others have it.
        func grow(to size: Int) throws(Problem) {
            let wanted = max(0, size - room.limits.ownBody)
            try bytes.withLock { bytes throws(Problem) in
                try room.taken.withLock { [bytes] taken throws(Problem) in
                    guard taken + wanted - bytes <= room.limits.allBodies else { throw .busy }
                    taken += wanted - bytes
                }
                bytes = wanted
            }
        }
    }

    func share() -> Share { Share(self) }
}
