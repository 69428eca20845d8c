/// How much of a data file from outside is taken.
public struct DataLimits: Hashable, Sendable {
    /// The bytes of a file, and of an array in it after unpacking.
    public var bytes = 4 << 30
    /// The pixels of an image.
    public var pixels = 1 << 24

    public init() {}

    /// What readers hold to.
    @TaskLocal public static var current = DataLimits()
}
