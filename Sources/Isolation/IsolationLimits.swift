/// What an isolated process may use.
public struct IsolationLimits: Hashable, Sendable {
    /// All of its memory: code, data, stacks and mapped files.
    public var memoryBytes: Int
    /// How long it may run; of a processor's time, too.
    public var seconds: Int
    /// What it may write to stdout and stderr, each.
    public var outputBytes: Int

    public init(memoryBytes: Int = 4 << 30, seconds: Int = 60, outputBytes: Int = 256 << 20) {
        self.memoryBytes = memoryBytes
        self.seconds = seconds
        self.outputBytes = outputBytes
    }
}
