/// Each cell of a sequence several times: `y[t] = x[⌊t / size⌋]`; Keras' `UpSampling1D`.
///
/// The input has shape `[batch, length, channels]`, the output `[batch, length · size, channels]`.
public struct UpSampling1D: UpSampling {
    public static let kerasName = "UpSampling1D"

    public var size: Int

    public init(size: Int = 2) { self.size = size }

    public init(from options: inout OptionReader) throws(OptionError) {
        size = try options.ints("size", count: 1, default: [2])[0]
    }

    public var options: Options { ["size": .int(size)] }

    public var factors: [Int] { [size] }
}
