/// How much of a data file from outside is taken; images have `ImageLimits` beside it.
public struct DataLimits: Hashable, Sendable {
    /// The bytes of a file, and of an array in it after unpacking.
    public var bytes = 4 << 30

    public init() {}

    /// What readers hold to.
    @TaskLocal public static var current = DataLimits()
}
