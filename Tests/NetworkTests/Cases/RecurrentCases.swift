import Networks
import Tensors

extension LayerCase {
    static let recurrences: [LayerCase] = [
        simple, lstm, gru, composed, bidirectional, convolutional, distributed,
    ].flatMap { $0 }

    /// Every way to run over time, with the activations' and the weights' options on the way.
    private static let runs: [SequenceOptions] = [
        SequenceOptions(), SequenceOptions(returnSequences: true), SequenceOptions(returnState: true),
        SequenceOptions(returnSequences: true, returnState: true, goBackwards: true),
        SequenceOptions(goBackwards: true, unroll: true),
        SequenceOptions(returnSequences: true, zeroOutputForMask: true, activityRegularizer: .l2(0.1)),
    ]

    private static let odd = CellOptions(
        activation: .softsign, useBias: false, kernel: WeightOptions(.glorotUniform, regularizer: .l2(0.1)),
        recurrent: WeightOptions(.randomNormal(mean: 0, standardDeviation: 0.2), constraint: .nonNegative))
    private static let dropping = CellOptions(dropout: 0.3, recurrentDropout: 0.2, seed: 3)

    /// A layer as it stands, and with a mask.
    private static func both(_ layer: any Layer, _ input: Shape, states: [Shape] = []) -> [LayerCase] {
        var plain = LayerCase(layer, input)
        plain.inputs += states
        var masked = LayerCase(layer.readingMask(), input)
        masked.inputs += states + [[input[0], input[1]]]
        return [plain, masked]
    }

    private static var simple: [LayerCase] {
        var cases = runs.flatMap { both(SimpleRNN(SimpleRNNCell(units: 3), $0), [3, 5, 4]) }
        cases += both(SimpleRNN(SimpleRNNCell(units: 3, odd), runs[1]), [2, 4, 1])
        cases += both(SimpleRNN(SimpleRNNCell(units: 3), runs[3]), [2, 4, 2], states: [[2, 3]])
        cases.append(LayerCase(SimpleRNN(SimpleRNNCell(units: 1)), [1, 1, 1]))
        cases.append(
            LayerCase(SimpleRNN(SimpleRNNCell(units: 3, dropping), runs[1]), [2, 4, 3], isRandom: true))
        return cases
    }

    private static var lstm: [LayerCase] {
        var cases = runs.flatMap { both(LSTM(LSTMCell(units: 3), $0), [3, 5, 4]) }
        let cell = LSTMCell(units: 2, recurrentActivation: .hardSigmoid, unitForgetBias: false, odd)
        cases += both(LSTM(cell, runs[1]), [2, 4, 1])
        cases += both(LSTM(LSTMCell(units: 3), runs[3]), [2, 4, 2], states: [[2, 3], [2, 3]])
        cases.append(LayerCase(LSTM(LSTMCell(units: 31)), [1, 1, 1]))
        cases.append(LayerCase(LSTM(LSTMCell(units: 3, dropping), runs[1]), [2, 4, 3], isRandom: true))
        return cases
    }

    private static var gru: [LayerCase] {
        [true, false].flatMap { resetAfter -> [LayerCase] in
            let plain = GRUCell(units: 3, resetAfter: resetAfter)
            var cases = runs.flatMap { both(GRU(plain, $0), [3, 5, 4]) }
            let cell = GRUCell(units: 2, recurrentActivation: .softplus, resetAfter: resetAfter, odd)
            cases += both(GRU(cell, runs[1]), [2, 4, 1])
            cases += both(GRU(plain, runs[3]), [2, 4, 2], states: [[2, 3]])
            let dropping = GRUCell(units: 3, resetAfter: resetAfter, dropping)
            cases.append(LayerCase(GRU(dropping, runs[1]), [2, 4, 3], isRandom: true))
            return cases
        }
    }

    private static var composed: [LayerCase] {
        let stack = StackedRNNCells([
            LSTMCell(units: 2), SimpleRNNCell(units: 4), LSTMCell(units: 3), GRUCell(units: 2),
        ])
        let cells: [any RecurrentCell] = [LSTMCell(units: 3), GRUCell(units: 2), stack]
        let runs = [SequenceOptions(), SequenceOptions(returnSequences: true, goBackwards: true)]
        return cells.flatMap { cell in runs.flatMap { both(RNN(cell, $0), [2, 4, 3]) } }
    }

    private static var bidirectional: [LayerCase] {
        var cases = Bidirectional.MergeMode.allCases.flatMap { mode in
            both(Bidirectional(LSTM(LSTMCell(units: 3)), mergeMode: mode), [3, 5, 2])
                + both(Bidirectional(GRU(GRUCell(units: 2), runs[1]), mergeMode: mode), [3, 5, 2])
        }
        let other = GRU(GRUCell(units: 2), SequenceOptions(returnSequences: true, goBackwards: true))
        cases += both(Bidirectional(LSTM(LSTMCell(units: 3), runs[1]), backward: other), [2, 4, 3])
        let stateful = SequenceOptions(returnSequences: true, returnState: true)
        cases += both(
            Bidirectional(SimpleRNN(SimpleRNNCell(units: 2), stateful)), [2, 4, 3], states: [[2, 2], [2, 2]])
        return cases
    }

    private static let convolutional: [LayerCase] =
        [
            LayerCase(ConvLSTM1D(ConvLSTMCell(filters: 2, kernelSize: [3])), [2, 3, 5, 2]),
            LayerCase(
                ConvLSTM1D(ConvLSTMCell(filters: 3, kernelSize: [2], strides: [2], padding: .same), runs[3]),
                [1, 3, 5, 1]),
            LayerCase(
                ConvLSTM2D(ConvLSTMCell(filters: 2, kernelSize: [2, 3], padding: .same), runs[1]), [2, 3, 3, 4, 2]),
            LayerCase(
                ConvLSTM2D(
                    ConvLSTMCell(
                        filters: 1, kernelSize: [2, 2], dilationRate: [2, 1], recurrentActivation: .hardSigmoid,
                        unitForgetBias: false, odd), runs[2]), [1, 2, 5, 4, 3]),
            LayerCase(ConvLSTM3D(ConvLSTMCell(filters: 2, kernelSize: [2, 1, 2])), [1, 2, 3, 2, 3, 1]),
        ] + both(ConvLSTM2D(ConvLSTMCell(filters: 2, kernelSize: [2, 2]), runs[1]), [3, 4, 3, 3, 1])

    private static let distributed: [LayerCase] = [
        LayerCase(TimeDistributed(Dense(units: 3, activation: .tanh)), [2, 4, 3]),
        LayerCase(TimeDistributed(Conv2D(filters: 2, kernelSize: [2, 2])), [2, 3, 4, 3, 2]),
        LayerCase(TimeDistributed(BatchNormalization()), [5, 3, 2]),
        LayerCase(TimeDistributed(MaxPooling2D()), [2, 3, 4, 4, 1]),
        LayerCase(TimeDistributed(LSTM(LSTMCell(units: 2))), [2, 3, 4, 2]),
        LayerCase(TimeDistributed(Dropout(rate: 0.5)), [2, 4, 3], isRandom: true),
        LayerCase(Masking(), [2, 3, 4]), LayerCase(Masking(maskValue: -1), [1, 1, 1]),
    ]
}
