import Networks
import Runtime
import Tensors
import TestSupport
import Testing

/// A net with every kind of step: a convolution, pooling, normalization, dropout, and a softmax at the end.
private func smallNet(seed: UInt64 = 1) throws -> Model {
    try Model.sequential(
        inputShape: [6, 7, 2],
        [
            ("conv", Conv2D(filters: 3, kernelSize: [3, 3], activation: .tanh)),
            ("norm", BatchNormalization()),
            ("pool", AveragePooling2D()),
            ("flatten", Flatten()),
            ("dense", Dense(units: 5, activation: .sigmoid)),
            ("probabilities", Dense(units: 4, activation: .softmax)),
        ], seed: seed)
}

private func samples(_ count: Int) -> Tensor {
    LayerCheck.uniform([count, 6, 7, 2], Random(seed: 9), from: -1, to: 1)
}

/// Fused steps round in their own way.
private func expectNear(_ a: Tensor, _ b: Tensor) {
    #expect(zip(a.elements, b.elements).allSatisfy { abs($0 - $1) <= 1e-6 })
}

@Suite struct SessionTests {
    @Test func predictsTheSameInBatchesOfAnySize() throws {
        let session = Session(try smallNet())
        let whole = try session.predict([samples(7)], batchSize: 100)
        for batchSize in [1, 2, 3, 7] { #expect(try session.predict([samples(7)], batchSize: batchSize) == whole) }
        #expect(whole[0].shape == [7, 4])
    }

    @Test func readsInputsBatchAfterBatch() throws {
        let session = Session(try smallNet())
        let whole = samples(7)
        var asked: [Range<Int>] = []
        let outputs = try session.predict(shapes: [whole.shape], batchSize: 3) { range in
            asked.append(range)
            return [whole.samples(range)]
        }
        #expect(asked == [0..<3, 3..<6, 6..<7])
        #expect(try outputs == session.predict([whole], batchSize: 3))
        #expect(throws: InputError.shape(input: "input_layer", expected: [Shape.unknown, 6, 7, 2], found: [7, 6])) {
            try session.predict(shapes: [[7, 6]]) { _ in [] }
        }
    }

    /// A batch that leaves more than a cache holds goes through the plan in portions.
    @Test func predictsALargeBatchInPortions() throws {
        let model = try Model.sequential(
            inputShape: [40, 40, 1],
            [
                ("conv", Conv2D(filters: 32, kernelSize: [3, 3], activation: .silu)),
                ("pool", GlobalAveragePooling2D()), ("dense", Dense(units: 20, activation: .relu)),
            ], seed: 1)
        let x = LayerCheck.uniform([200, 40, 40, 1], Random(seed: 9), from: -1, to: 1)
        let session = Session(model)
        let whole = try session.predict([x], batchSize: 200)
        #expect(whole[0].shape == [200, 20])
        #expect(try session.predict([x], batchSize: 20) == whole)
    }

    @Test(arguments: [1, 2, 3])
    func givesTheSameBitsForAnyNumberOfThreads(_ threads: Int) throws {
        let model = try smallNet()
        let alone = Session(model, pool: WorkerPool(threads: 1))
        let shared = Session(model, pool: WorkerPool(threads: threads))
        #expect(try shared.predict([samples(5)]) == alone.predict([samples(5)]))
        let targets = Tensor([5, 4], repeating: 0.25)
        func gradients(_ session: Session) throws -> [Tensor] {
            let run = try session.forward([samples(5)], mode: .training, random: Random(seed: 3))
            return session.backward(run, .logits(subtracting(run.outputs[0], targets, on: session.pool)))
        }
        #expect(try gradients(shared) == gradients(alone))
    }

    @Test func activationsEndInThePrediction() throws {
        let model = try smallNet()
        let session = Session(model)
        let activations = try session.activations([samples(2)])
        #expect(activations.count == model.layers.count)
        let end = try #require(activations[model.outputs[0]])
        #expect(end == (try Session(model, plans: .layers).predict([samples(2)])[0]))
        expectNear(end, try session.predict([samples(2)])[0])
        let shapes = try model.shapes()
        for (source, tensor) in activations { #expect(tensor.shape.sample == shapes[source]?.sample) }
    }

    @Test func leavesTheFinalSoftmaxOffForTheLoss() throws {
        let session = Session(try smallNet())
        #expect(session.finalActivation == .softmax)
        let run = try session.forward([samples(3)], mode: .inference)
        let logits = try #require(run.logits)
        #expect(softmax(logits, on: session.pool) == run.outputs[0])
        expectNear(run.outputs[0], try session.predict([samples(3)])[0])
    }

    @Test func takesMovingStatisticsOverOnlyWhenTold() throws {
        var session = Session(try smallNet())
        let norm = try #require(session.model.index(of: "norm"))
        let before = session.model.layers[norm].weights
        let run = try session.forward([samples(4)], mode: .training)
        #expect(session.model.layers[norm].weights == before)
        session.applyUpdates(of: run)
        #expect(session.model.layers[norm].weights[0] == before[0])
        #expect(session.model.layers[norm].weights[2] != before[2])
    }

    @Test func saysWhatIsWrongWithAnInput() throws {
        let session = Session(try smallNet())
        let shape = #expect(throws: InputError.self) { try session.predict([Tensor([2, 7, 6, 2])]) }
        #expect(shape?.description == "input \"input_layer\" expects shape [?, 6, 7, 2], found [2, 7, 6, 2]")
        let count = #expect(throws: InputError.self) { try session.predict([]) }
        #expect(count?.description == "the model takes 1 input(s) (input_layer), found 0")
    }
}

@Suite struct GradientTests {
    /// `loss = Σ outputs · direction`, whose gradient with respect to the outputs is `direction`.
    private func loss(_ session: Session, _ x: Tensor, _ direction: Tensor) throws -> Double {
        let run = try session.forward([x], mode: .training)
        return zip(run.outputs[0].elements, direction.elements).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    @Test func everyWeightsGradientMatchesFiniteDifferences() throws {
        let session = Session(try smallNet())
        let x = samples(4)
        let direction = LayerCheck.uniform([4, 4], Random(seed: 5), from: -1, to: 1)
        let run = try session.forward([x], mode: .training)
        let gradients = session.backward(run, .outputs([direction]))
        #expect(gradients.map(\.shape) == session.model.trainableWeights.map { session.model[$0].shape })
        let step: Float = 1e-2
        for (position, gradient) in gradients.enumerated() {
            for element in stride(from: 0, to: gradient.count, by: max(1, gradient.count / 5)) {
                func moved(_ amount: Float) throws -> Double {
                    var copy = session
                    copy.updateWeights { if $0 == position { $1[element] += amount } }
                    return try loss(copy, x, direction)
                }
                let slope = (try moved(step) - moved(-step)) / Double(2 * step)
                #expect(abs(slope - Double(gradient[element])) < 2e-3, "weight \(position), element \(element)")
            }
        }
    }

    @Test func aFrozenLayerHasNoGradient() throws {
        var model = try smallNet()
        let conv = try #require(model.index(of: "conv"))
        model.layers[conv].isTrainable = false
        let session = Session(model)
        let run = try session.forward([samples(2)], mode: .training)
        let gradients = session.backward(run, .outputs([Tensor([2, 4], repeating: 1)]))
        #expect(gradients.count == model.trainableWeights.count)
        #expect(!model.trainableWeights.contains { $0.layer == conv })
    }

    @Test func aTensorReadTwiceCollectsBothGradients() throws {
        // y = x · w, read by two calls of one layer and joined: the gradient of w doubles that of one call.
        let input = ModelLayer(name: "input", layer: InputLayer(batchShape: [Shape.unknown, 3]))
        let dense = ModelLayer(
            name: "dense", layer: Dense(units: 3), calls: [[Source(layer: 0)], [Source(layer: 1)]])
        var twice = Model(
            name: "twice", form: .functional, layers: [input, dense], inputs: [0],
            outputs: [Source(layer: 1, call: 0), Source(layer: 1, call: 1)])
        try twice.build()
        twice.initialize(seed: 4)
        let session = Session(twice)
        let x = LayerCheck.uniform([2, 3], Random(seed: 6), from: -1, to: 1)
        let run = try session.forward([x], mode: .training)
        let one = Tensor([2, 3], repeating: 1)
        let first = session.backward(run, .outputs([one, Tensor([2, 3])]))
        let second = session.backward(run, .outputs([Tensor([2, 3]), one]))
        let both = session.backward(run, .outputs([one, one]))
        for (sum, parts) in zip(both, zip(first, second)) {
            for i in 0..<sum.count { #expect(abs(sum[i] - parts.0[i] - parts.1[i]) < 1e-5) }
        }
    }
}
