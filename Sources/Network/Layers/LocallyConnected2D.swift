/// A convolution over images with another kernel at each place; Keras 2's `LocallyConnected2D`.
///
/// The input has shape `[batch, height, width, channels]`, the output `[batch, height′, width′, filters]`; equation and
/// weights are those of every ``LocallyConnected``.
public struct LocallyConnected2D: LocallyConnected {
    public static let kerasName = "LocallyConnected2D"
    public static let axes = 2

    public var local: LocalOptions

    public init(_ local: LocalOptions) { self.local = local }
}
