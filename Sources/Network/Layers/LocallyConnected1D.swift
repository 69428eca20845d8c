/// A convolution over sequences with another kernel at each place; Keras 2's `LocallyConnected1D`.
///
/// The input has shape `[batch, length, channels]`, the output `[batch, length′, filters]`; equation and weights are
/// those of every ``LocallyConnected``.
public struct LocallyConnected1D: LocallyConnected {
    public static let kerasName = "LocallyConnected1D"
    public static let axes = 1

    public var local: LocalOptions

    public init(_ local: LocalOptions) { self.local = local }
}
