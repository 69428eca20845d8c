import Networks

extension LayerCase {
    /// Layers that only Keras 1 or Keras 2 has.
    static let legacies: [LayerCase] =
        LocalOptions.Implementation.allCases.flatMap { implementation in
            [false, true].flatMap { isFirst in local(implementation, isFirst) }
        } + [
            LayerCase(Highway(activation: .tanh), [3, 4], isInKeras: false),
            LayerCase(Highway(useBias: false), [1, 1], isInKeras: false),
            LayerCase(MaxoutDense(units: 3), [4, 5], isInKeras: false),
            LayerCase(MaxoutDense(units: 2, pieces: 3, useBias: false), [1, 3], isInKeras: false),
        ]

    /// All forms of the kernel, both layouts, strides and paddings.
    private static func local(_ implementation: LocalOptions.Implementation, _ isFirst: Bool) -> [LayerCase] {
        func local(_ filters: Int, _ kernel: [Int], _ strides: [Int], _ padding: Padding = .valid) -> LocalOptions {
            LocalOptions(
                filters: filters, kernelSize: kernel, strides: strides, padding: padding, isChannelsFirst: isFirst,
                activation: .tanh, implementation: implementation)
        }
        var cases = [
            LayerCase(LocallyConnected1D(local(2, [3], [2])), isFirst ? [2, 3, 7] : [2, 7, 3]),
            LayerCase(LocallyConnected1D(local(1, [1], [3])), isFirst ? [1, 1, 4] : [1, 4, 1]),
            LayerCase(LocallyConnected2D(local(3, [2, 3], [1, 2])), isFirst ? [2, 2, 4, 6] : [2, 4, 6, 2]),
        ]
        if implementation != .places {
            cases += [
                LayerCase(LocallyConnected1D(local(2, [2], [1], .same)), isFirst ? [2, 3, 5] : [2, 5, 3]),
                LayerCase(
                    LocallyConnected2D(local(2, [3, 2], [2, 1], .same)), isFirst ? [2, 1, 5, 4] : [2, 5, 4, 1]),
            ]
        }
        for index in cases.indices { cases[index].engine = .tfKeras }
        return cases
    }
}
