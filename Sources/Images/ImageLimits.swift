/// How much of an image from outside is taken.
public struct ImageLimits: Hashable, Sendable {
    /// The pixels of an image, as its header declares them; photographs of telephones have up to 50 million.
    public var pixels = 1 << 26
    /// The bytes of its file.
    public var bytes = 4 << 30

    public init() {}

    /// What decoders hold to that are given no limits of their own.
    @TaskLocal public static var current = ImageLimits()
}
