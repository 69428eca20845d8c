import Networks
import Synchronization
import Tensors

/// The prepared steps of a plan, for each size of inputs that was seen; shared by the copies of a session until one of
/// them changes its weights.
final class PreparedPlans: Sendable {
    /// Sizes that are kept: preparing costs as much memory as the weights.
    private static let capacity = 2

    private let plans = Mutex<[(inputs: [Shape], steps: [PreparedStep?])]>([])

    /// The prepared steps for inputs of this size, if it was seen before.
    func steps(for inputs: [Shape]) -> [PreparedStep?]? {
        plans.withLock { plans in plans.first { $0.inputs == inputs }?.steps }
    }

    func keep(_ steps: [PreparedStep?], for inputs: [Shape]) {
        plans.withLock { plans in
            guard !plans.contains(where: { $0.inputs == inputs }) else { return }
            if plans.count == Self.capacity { plans.removeFirst() }
            plans.append((inputs, steps))
        }
    }
}
