/// What a file may ask for at most.
///
/// Each limit is checked before memory is taken, and named by the error.
public struct Limits: Hashable, Sendable {
    /// The size of a file.
    public var maxFileBytes = 4 << 30
    /// The size of one dataset, as stored and as read.
    public var maxDatasetBytes = 1 << 30
    /// The size of all datasets together, as declared.
    public var maxTotalBytes = 4 << 30
    /// The size of one attribute.
    public var maxAttributeBytes = 256 << 20
    /// Axes of a dataset or attribute.
    public var maxRank = 32
    /// Links in one group, and objects met by one walk.
    public var maxObjects = 100_000
    /// Attributes of one object: libhdf5 looks at all before one to find it.
    public var maxAttributes = 4096
    /// Groups inside groups.
    public var maxDepth = 64
    /// Chunks of one dataset.
    public var maxChunks = 1 << 20
    /// How many times larger than its stored bytes a dataset above ``expansionFloor`` may be.
    public var maxExpansion = 1100
    /// Datasets up to this size may be of any expansion: never written ones, well compressed zeros.
    public var expansionFloor = 64 << 20

    public init() {}
}
