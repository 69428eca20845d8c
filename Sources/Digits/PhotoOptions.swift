/// Which is brighter, paper or ink.
public enum Polarity: String, Sendable, CaseIterable {
    /// Found out from the picture.
    case auto
    case darkOnLight
    case lightOnDark
}

/// How a photograph or scan becomes ink.
public struct PhotoOptions: Hashable, Sendable {
    public var polarity = Polarity.auto
    /// The longer side at which pictures are looked at; larger ones are shrunk first.
    public var side = 1024
    /// Whether the lines of ruled and squared paper are taken away.
    public var removesRules = true
    /// Whether specks, and shadows at the edges, are taken away.
    public var removesSpecks = true

    public init() {}
}
