import Networks
import Runtime
import Tensors
import Testing

private let any = Shape.unknown

/// A graph that says by itself what feeds what.
private struct Graph {
    private var layers: [ModelLayer] = []
    private var inputs: [Int] = []

    mutating func input(_ shape: Shape) -> Source {
        inputs.append(layers.count)
        layers.append(ModelLayer(name: "input_\(layers.count)", layer: InputLayer(batchShape: shape)))
        return Source(layer: layers.count - 1)
    }

    mutating func call(_ layer: any Layer, _ sources: Source...) -> Source {
        layers.append(ModelLayer(name: "layer_\(layers.count)", layer: layer, calls: [sources]))
        return Source(layer: layers.count - 1)
    }

    func model(_ outputs: Source...) throws(ShapeError) -> Model {
        var model = Model(name: "graph", form: .functional, layers: layers, inputs: inputs, outputs: outputs)
        try model.build()
        model.initialize(seed: 1)
        return model
    }
}

/// A layer between two inputs whose declared extents leave open what fits.
private struct Pair: Sendable, CustomTestStringConvertible {
    var layer: any Layer
    var declared: (Shape, Shape)
    var fitting: (Shape, Shape)
    var misfit: (Shape, Shape)

    var testDescription: String { "\(type(of: layer).kerasName) \(misfit.0) \(misfit.1)" }
}

/// A layer behind one input that is too small for it, which only the data tells.
private struct Small: Sendable, CustomTestStringConvertible {
    var layer: any Layer
    var declared: Shape
    var misfit: Shape

    var testDescription: String { "\(type(of: layer).kerasName) \(misfit)" }
}

@Suite struct RunCheckTests {
    fileprivate static let pairs: [Pair] = {
        let sequences: (Shape, Shape) = ([any, any, 3], [any, any, 3])
        let longer: (Shape, Shape) = ([2, 4, 3], [2, 7, 3])
        let same: (Shape, Shape) = ([2, 4, 3], [2, 4, 3])
        let merges: [any Layer] = [
            Add(), Subtract(), Multiply(), Average(), Maximum(), Minimum(), Concatenate(axis: 2),
            ConcatenateOperation(axis: 2), AddOperation(Constants()), MaximumOperation(Constants()),
        ]
        return merges.map { Pair(layer: $0, declared: sequences, fitting: same, misfit: longer) } + [
            Pair(
                layer: Dot(axes: [1, 1]), declared: sequences, fitting: same, misfit: longer),
            Pair(
                layer: Concatenate(axis: 1), declared: ([any, any, any], [any, any, any]),
                fitting: ([2, 4, 3], [2, 7, 3]), misfit: ([2, 4, 3], [2, 7, 5])),
        ]
    }()

    /// Merges once copied rows of one input behind the block of the other.
    @Test(arguments: pairs) fileprivate func refusesInputsThatDifferAtRunTime(_ pair: Pair) throws {
        var graph = Graph()
        let (a, b) = (graph.input(pair.declared.0), graph.input(pair.declared.1))
        let y = graph.call(pair.layer, a, b)
        let session = Session(try graph.model(y))
        func inputs(_ shapes: (Shape, Shape)) -> [Tensor] { [Tensor(shapes.0), Tensor(shapes.1)] }
        #expect(try session.predict(inputs(pair.fitting)).count == 1)
        for inputs in [inputs(pair.misfit), inputs((pair.misfit.1, pair.misfit.0))] {
            #expect(throws: InputError.self) { try session.predict(inputs) }
            #expect(throws: InputError.self) { try session.activations(inputs) }
            #expect(throws: InputError.self) { try session.forward(inputs, mode: .training) }
        }
    }

    fileprivate static let small: [Small] = [
        Small(layer: Cropping1D(cropping: Sides(2, 2)), declared: [any, any, 2], misfit: [1, 3, 2]),
        Small(
            layer: Cropping2D(cropping: [Sides(1, 1), Sides(0, 2)]), declared: [any, any, any, 1], misfit: [1, 2, 5, 1]),
        Small(layer: Reshape(targetShape: [4]), declared: [any, any, 2], misfit: [1, 3, 2]),
        Small(layer: LSTM(LSTMCell(units: 2)), declared: [any, any, 2], misfit: [1, 0, 2]),
        Small(layer: GRU(GRUCell(units: 2)), declared: [any, any, 2], misfit: [1, 0, 2]),
        Small(layer: SimpleRNN(SimpleRNNCell(units: 2)), declared: [any, any, 2], misfit: [1, 0, 2]),
        Small(layer: GlobalMaxPooling1D(), declared: [any, any, 2], misfit: [1, 0, 2]),
        Small(layer: GlobalMaxPooling2D(), declared: [any, any, any, 2], misfit: [1, 3, 0, 2]),
        Small(layer: CenterCrop(height: 2, width: 2), declared: [any, any, any, 1], misfit: [1, 0, 4, 1]),
        Small(layer: Resizing(height: 2, width: 2), declared: [any, any, any, 1], misfit: [1, 4, 0, 1]),
        Small(layer: Conv1D(filters: 1, kernelSize: [5]), declared: [any, any, 2], misfit: [1, 4, 2]),
        Small(layer: MaxPooling2D(), declared: [any, any, any, 1], misfit: [1, 1, 4, 1]),
    ]

    @Test(arguments: small) fileprivate func refusesInputsThatAreTooSmall(_ small: Small) throws {
        var graph = Graph()
        let x = graph.input(small.declared)
        let y = graph.call(small.layer, x)
        let session = Session(try graph.model(y))
        #expect(throws: InputError.self) { try session.predict([Tensor(small.misfit)]) }
        #expect(throws: InputError.self) { try session.forward([Tensor(small.misfit)], mode: .training) }
    }

    @Test func refusesAMaskOfOtherExtents() throws {
        var graph = Graph()
        let (x, mask) = (graph.input([any, any, 4]), graph.input([any, any, any]))
        let attention = MultiHeadAttention(numHeads: 2, keyDim: 3, call: AttentionCall(takesMask: true))
        let y = graph.call(attention, x, x, mask)
        let session = Session(try graph.model(y))
        #expect(try session.predict([Tensor([2, 5, 4]), Tensor([2, 5, 5], repeating: 1)]).count == 1)
        for misfit: Shape in [[2, 5, 1], [2, 1, 5], [2, 5, 6]] {
            #expect(throws: InputError.self) {
                try session.predict([Tensor([2, 5, 4]), Tensor(misfit, repeating: 1)])
            }
        }
    }

    /// Fully known shapes, but the batch does not stay what it was.
    @Test func refusesALayerThatChangesTheBatch() throws {
        var graph = Graph()
        let x = graph.input([any, 3])
        let joined = graph.call(Concatenate(axis: 0), x, x)
        #expect(throws: ShapeError.self) { try graph.model(joined) }
    }

    /// A batch of one that an operation fixes.
    @Test func refusesMoreSamplesThanAnOperationFixes() throws {
        var graph = Graph()
        let x = graph.input([1, 2, 3])
        let flat = graph.call(ReshapeOperation(newShape: [1, 6]), x)
        let session = Session(try graph.model(flat))
        #expect(try session.predict([Tensor([1, 2, 3])])[0].shape == [1, 6])
        #expect(throws: InputError.self) { try session.predict([Tensor([2, 2, 3])]) }
        #expect(try session.predict([Tensor([2, 2, 3])], batchSize: 1)[0].shape == [2, 6])
    }

    @Test func refusesASharedLayerWithInputsOfTwoSizes() throws {
        var model = Model(
            name: "shared", form: .functional,
            layers: [
                ModelLayer(name: "a", layer: InputLayer(batchShape: [any, 5])),
                ModelLayer(name: "b", layer: InputLayer(batchShape: [any, 7])),
                ModelLayer(name: "dense", layer: Dense(units: 2), calls: [[Source(layer: 0)], [Source(layer: 1)]]),
            ], inputs: [0, 1], outputs: [Source(layer: 2), Source(layer: 2, call: 1)])
        #expect(throws: ShapeError.self) { try model.build() }
    }

    // MARK: What a run may take

    fileprivate static let large: [Small] = [
        Small(layer: RepeatVector(n: 1_000_000_000), declared: [any, 4], misfit: [1, 4]),
        Small(layer: UpSampling1D(size: 1 << 29), declared: [any, 2, 1], misfit: [1, 2, 1]),
        Small(layer: ZeroPadding1D(padding: Sides(1 << 30, 0)), declared: [any, 2, 1], misfit: [1, 2, 1]),
        Small(layer: Resizing(height: 1 << 20, width: 1 << 20), declared: [any, 2, 2, 1], misfit: [1, 2, 2, 1]),
        Small(layer: AdaptiveMaxPooling1D(outputSize: [1 << 30]), declared: [any, 2, 1], misfit: [1, 2, 1]),
        Small(layer: Attention(), declared: [any, any, 1], misfit: [1, 100_000, 1]),
        Small(
            layer: MultiHeadAttention(numHeads: 4, keyDim: 1), declared: [any, any, 1], misfit: [1, 50_000, 1]),
        Small(layer: LSTM(LSTMCell(units: 2)), declared: [any, any, 1], misfit: [1, 40_000_000, 1]),
    ]

    @Test(arguments: large) fileprivate func refusesWhatTakesMoreThanTheLimit(_ large: Small) throws {
        var graph = Graph()
        let x = graph.input(large.declared)
        let isAttention = large.layer is Attention || large.layer is MultiHeadAttention
        let y = isAttention ? graph.call(large.layer, x, x) : graph.call(large.layer, x)
        let session = Session(try graph.model(y), limits: RunLimits(activationBytes: 1 << 30))
        let error = #expect(throws: InputError.self) {
            // Nothing is read: the shapes alone tell.
            try session.predict(shapes: [large.misfit]) { _ in
                Issue.record("the inputs were asked for")
                return [Tensor(large.declared.withBatch(1))]
            }
        }
        guard case .activations(_, let needed, let limit)? = error else {
            Issue.record("expected the limit of activations, found \(String(describing: error))")
            return
        }
        #expect(needed > limit && limit == 1 << 30)
    }

    @Test func makesBatchesSmallerThatTakeTooMuch() throws {
        let model = try Model.sequential(inputShape: [64], [("dense", Dense(units: 64)), ("more", Dense(units: 64))])
        let x = Tensor([50, 64], (0..<3200).map { Float($0 % 17) - 8 })
        let whole = try Session(model).predict([x])
        // Inputs and outputs of about ten samples; the results of fifty are within it, too.
        let limited = Session(model, limits: RunLimits(activationBytes: 50 * 64 * 4))
        #expect(try limited.predict([x]) == whole)
        #expect(throws: InputError.self) { try limited.forward([x], mode: .training) }
        #expect(throws: InputError.self) {
            try Session(model, limits: RunLimits(activationBytes: 100)).predict([x])
        }
    }

    // MARK: Misuse

    @Test func saysWhatIsWrongWithACall() throws {
        let model = try Model.sequential(inputShape: [3], [("dense", Dense(units: 2))])
        let session = Session(model)
        #expect(throws: InputError.batchSize(0)) { try session.predict([Tensor([2, 3])], batchSize: 0) }
        #expect(throws: InputError.count(expected: ["input_layer"], found: 0)) { try session.predict([]) }
        #expect(throws: InputError.empty(input: "input_layer", found: [0, 3])) {
            try session.predict([Tensor([0, 3])])
        }
        #expect(throws: InputError.empty(input: "input_layer", found: [])) { try session.predict([Tensor([], [1])]) }
        var bare = model
        bare.layers[1].weights = []
        #expect(throws: InputError.self) { try Session(bare).predict([Tensor([2, 3])]) }
        var wrong = model
        wrong.layers[1].weights[0] = Tensor([3, 5])
        #expect(throws: InputError.self) { try Session(wrong).predict([Tensor([2, 3])]) }
        #expect(throws: InputError.self) { try Session(wrong).forward([Tensor([2, 3])], mode: .training) }
    }
}
