import Tensors

/// Convolutions whose kernel is another one at each place: Keras 2's `LocallyConnected1D` and `LocallyConnected2D`.
///
///     y[o, f] = activation(Σ x[i, c] · kernel(o, i, c, f) + bias[o, f])   over the places i that the window at o covers
///
/// How the kernel is stored depends on ``LocalOptions/implementation``; `bias` has shape `[…places, filters]`.
public protocol LocallyConnected: UnaryLayer, LayoutBlind {
    /// How many axes the kernels slide along.
    static var axes: Int { get }

    var local: LocalOptions { get set }

    init(_ local: LocalOptions)
}

/// What locally connected layers are told.
public struct LocalOptions: Hashable, Sendable {
    /// How a kernel is stored.
    public enum Implementation: Int, Hashable, Sendable, CaseIterable {
        /// A matrix for each place: `[places, window · channels, filters]`.
        case places = 1
        /// All weights between input and output, most of them unused: `[…input, …output]`.
        case masked = 2
        /// The used ones of these in a row.
        case sparse = 3
    }

    public var filters: Int
    public var kernelSize: [Int]
    public var strides: [Int]
    public var padding: Padding
    public var isChannelsFirst: Bool
    public var activation: Activation
    public var useBias: Bool
    public var kernel: WeightOptions
    public var bias: WeightOptions
    public var activityRegularizer: Regularizer?
    public var implementation: Implementation

    public init(
        filters: Int, kernelSize: [Int], strides: [Int]? = nil, padding: Padding = .valid,
        isChannelsFirst: Bool = false, activation: Activation = .linear, useBias: Bool = true,
        kernel: WeightOptions = WeightOptions(.glorotUniform), bias: WeightOptions = WeightOptions(.zeros),
        activityRegularizer: Regularizer? = nil, implementation: Implementation = .places
    ) {
        self.filters = filters
        self.kernelSize = kernelSize
        self.strides = strides ?? kernelSize.map { _ in 1 }
        self.padding = padding
        self.isChannelsFirst = isChannelsFirst
        self.activation = activation
        self.useBias = useBias
        self.kernel = kernel
        self.bias = bias
        self.activityRegularizer = activityRegularizer
        self.implementation = implementation
    }

    init(from options: inout OptionReader, axes: Int) throws(OptionError) {
        filters = try options.ints("filters", count: 1, default: nil)[0]
        kernelSize = try options.ints("kernel_size", count: axes, default: nil)
        strides = try options.ints("strides", count: axes, default: Array(repeating: 1, count: axes))
        let implementation = try options.optional("implementation", "1, 2 or 3") {
            $0.int.flatMap(Implementation.init)
        }
        self.implementation = implementation ?? .places
        padding = try options.padding()
        if padding == .same, self.implementation == .places {
            throw .unsupported(
                layer: options.layer, option: "padding", value: "same", expected: "\"valid\" with implementation 1")
        }
        isChannelsFirst =
            try options.optional("data_format", "\"channels_last\" or \"channels_first\"") {
                ["channels_first": true, "channels_last": false][$0.string ?? ""]
            } ?? false
        activation = try options.activation()
        useBias = try options.bool("use_bias", default: true)
        kernel = try options.weight("kernel", default: .glorotUniform)
        bias = try options.weight("bias", default: .zeros)
        activityRegularizer = try options.activityRegularizer()
    }

    var options: Options {
        var options: Options = [
            "filters": .int(filters), "kernel_size": OptionValue(kernelSize), "strides": OptionValue(strides),
            "padding": .string(padding.rawValue),
            "data_format": isChannelsFirst ? "channels_first" : "channels_last", "activation": activation.optionValue,
            "use_bias": .bool(useBias),
        ]
        options.append(weights: [("kernel", kernel), ("bias", bias)], activityRegularizer: activityRegularizer)
        options["implementation"] = .int(implementation.rawValue)
        return options
    }
}

extension LocallyConnected {
    public init(from options: inout OptionReader) throws(OptionError) {
        self.init(try LocalOptions(from: &options, axes: Self.axes))
    }

    public var options: Options { local.options }

    public var activityRegularizer: Regularizer? { local.activityRegularizer }

    private func connections(_ input: Shape) throws(ShapeError) -> LocalConnections {
        let places = local.isChannelsFirst ? Array(input.dropFirst(2)) : Array(input.dropFirst().dropLast())
        let windows = zip(local.kernelSize, local.strides).map { Window1D(kernel: $0, stride: $1) }
        guard input.count == Self.axes + 2, places.allSatisfy({ $0 > 0 }),
            zip(windows, places).allSatisfy({ $0.positions(along: $1, local.padding) > 0 })
        else {
            throw ShapeError(
                layer: "\(Self.kerasName)(\(local.filters))",
                expected: local.isChannelsFirst
                    ? "[batch, channels, …known places]" : "[batch, …known places, channels]",
                found: input)
        }
        return LocalConnections(
            local, input: places, output: zip(windows, places).map { $0.positions(along: $1, local.padding) },
            channels: local.isChannelsFirst ? input[1] : input[input.count - 1])
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        let places = try connections(input).output
        return Shape([input[0]] + (local.isChannelsFirst ? [local.filters] + places : places + [local.filters]))
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        let connections = try connections(input)
        let kernel = local.kernel.spec("kernel", connections.kernelShape)
        return local.useBias
            ? [kernel, local.bias.spec("bias", Shape(connections.output + [local.filters]))] : [kernel]
    }

    // MARK: z = Σ x · kernel + bias,  y = activation(z)

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let outputs = local.useBias ? weights[1].count : 0
        // The shapes were checked when the model was built.
        guard let connections = try? connections(x.shape), let shape = try? outputShape(for: x.shape) else {
            preconditionFailure("\(Self.kerasName) takes no input of shape \(x.shape)")
        }
        var z = Tensor(shape)
        let (own, size) = (x.shape.sample.elementCount, shape.sample.elementCount)
        z.withMutableElements { z in
            x.withElements { x in
                weights[0].withElements { kernel in
                    for sample in 0..<shape[0] {
                        connections.visit { weight, input, output in
                            z[sample * size + output] += kernel[weight] * x[sample * own + input]
                        }
                        // The bias lies as if the channels were last, whatever the layout.
                        for i in 0..<outputs { z[sample * size + i] += weights[1][i] }
                    }
                }
            }
        }
        return local.activation.closing(z, of: x, context)
    }

    // MARK: dx[i] = Σ dz[o] · kernel,  dkernel = Σ x[i] dz[o],  dbias = Σ dz

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let (x, dz) = (pass.x, local.activation.openingGradient(dy, pass, context))
        guard let connections = try? connections(x.shape) else {
            preconditionFailure("\(Self.kerasName) takes no input of shape \(x.shape)")
        }
        var (dx, dkernel) = (Tensor(x.shape), Tensor(weights[0].shape))
        let (own, size) = (x.shape.sample.elementCount, dz.shape.sample.elementCount)
        dx.withMutableElements { dx in
            dkernel.withMutableElements { dkernel in
                for sample in 0..<x.shape[0] {
                    connections.visit { weight, input, output in
                        let d = dz[sample * size + output]
                        dx[sample * own + input] += weights[0][weight] * d
                        dkernel[weight] += x[sample * own + input] * d
                    }
                }
            }
        }
        guard local.useBias else { return Gradients(input: dx, weights: [dkernel]) }
        let dbias = sumRows(dz.reshaped(to: [x.shape[0], size]), on: context.pool).reshaped(to: weights[1].shape)
        return Gradients(input: dx, weights: [dkernel, dbias])
    }
}

/// Which number of an input is joined with which of the output by which weight.
struct LocalConnections {
    private let local: LocalOptions
    private let input: [Int]
    /// The places of the output along each axis.
    let output: [Int]
    private let channels: Int

    init(_ local: LocalOptions, input: [Int], output: [Int], channels: Int) {
        self.local = local
        self.input = input
        self.output = output
        self.channels = channels
    }

    private var inputs: Int { input.reduce(1, *) }
    private var outputs: Int { output.reduce(1, *) }

    var kernelShape: Shape {
        let window = ShapeLimits.product(local.kernelSize)
        switch local.implementation {
        case .places: return [outputs, ShapeLimits.product(window, channels), local.filters]
        case .masked:
            return local.isChannelsFirst
                ? Shape([channels] + input + [local.filters] + output)
                : Shape(input + [channels] + output + [local.filters])
        case .sparse:
            return [ShapeLimits.product(output.indices.map(taps) + [channels, local.filters])]
        }
    }

    /// How many cells of the input all windows together cover along an axis.
    private func taps(_ axis: Int) -> Int {
        let (kernel, extent) = (local.kernelSize[axis], input[axis])
        guard local.padding == .same else { return ShapeLimits.product(kernel, output[axis]) }
        var count = 0
        for place in 0..<output[axis] {
            let start = place * local.strides[axis] - kernel / 2
            count = ShapeLimits.sum(count, max(0, min(start + kernel, extent) - max(start, 0)))
        }
        return count
    }

    /// Every place of a grid, as its indices.
    private func places(_ extents: [Int]) -> [[Int]] {
        extents.reduce([[]]) { places, extent in places.flatMap { place in (0..<extent).map { place + [$0] } } }
    }

    private func flat(_ place: [Int], _ extents: [Int]) -> Int {
        zip(place, extents).reduce(0) { $0 * $1.1 + $1.0 }
    }

    /// The places of the input that the window at a place of the output covers, each with its place in the window.
    private func covered(from place: [Int]) -> [(input: Int, tap: Int)] {
        let starts = place.indices.map { axis in
            // Keras' window around a place, where the input is padded in thought.
            place[axis] * local.strides[axis] - (local.padding == .same ? local.kernelSize[axis] / 2 : 0)
        }
        // Of the window only what lies over the input: it may be far larger.
        let taps = place.indices.map { axis -> Range<Int> in
            let first = max(0, -starts[axis])
            return first..<max(first, min(local.kernelSize[axis], input[axis] - starts[axis]))
        }
        return places(taps.map(\.count)).map { offset in
            let tap = zip(taps, offset).map { $0.lowerBound + $1 }
            return (flat(zip(starts, tap).map { $0 + $1 }, input), flat(tap, local.kernelSize))
        }
    }

    /// Calls `body` with every weight that is used and the numbers of a sample that it joins.
    func visit(_ body: (_ weight: Int, _ input: Int, _ output: Int) -> Void) {
        let window = local.kernelSize.reduce(1, *)
        let isFirst = local.isChannelsFirst
        /// Where a filter's weights begin, of those in a row.
        var begin = 0
        func join(_ place: Int, _ covered: [(input: Int, tap: Int)], _ filter: Int) {
            let output = isFirst ? filter * outputs + place : place * local.filters + filter
            for channel in 0..<channels {
                for (number, cell) in covered.enumerated() {
                    let input = isFirst ? channel * inputs + cell.input : cell.input * channels + channel
                    let weight =
                        switch local.implementation {
                        case .places:
                            (place * window * channels
                                + (isFirst ? channel * window + cell.tap : cell.tap * channels + channel))
                                * local.filters + filter
                        case .masked: input * outputs * local.filters + output
                        case .sparse:
                            begin + (isFirst ? channel * covered.count + number : number * channels + channel)
                        }
                    body(weight, input, output)
                }
            }
            begin += covered.count * channels
        }
        let grid = places(output).enumerated().map { ($0, covered(from: $1)) }
        // The weights in a row stand in the order of the outputs.
        if isFirst {
            for filter in 0..<local.filters { for (place, cells) in grid { join(place, cells, filter) } }
        } else {
            for (place, cells) in grid { for filter in 0..<local.filters { join(place, cells, filter) } }
        }
    }
}
