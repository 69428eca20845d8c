import Networks
import Parity
import Runtime
import Tensors
import Testing
import Training

/// The classic net's training, with ReLU and max pooling: the same arithmetic on both sides of every kink.
///
/// Of the millions of numbers that ReLU and max pooling see in 20 steps, some are so near to a kink that rounding decides
/// which way they go, and from there two runs part: stock Keras in float32 parts from stock Keras in float64 by up to
/// 33,000 times the bound (`Scripts/kinks.py` measures that). So Keras takes our turns here: ReLU and pooling
/// become products with the 0 and 1 that our run had. Then all weights agree; and every turn itself is held against the
/// number that Keras computed before it.
@Suite(.serialized) struct KinkTests {
    private let batchSize = 16

    @Test(arguments: TrainingTests.optimizers)
    func theClassicNetTrainsAlike(_ pair: TrainingTests.Pair) throws {
        var trainer = Trainer(try classicNet(dropout: 0), optimizer: pair.ours, loss: CategoricalCrossentropy())
        let product = try turned(trainer.model)
        let keras = try inKeras(product, .keras3)
        let judge = try inKeras(product, .keras3)
        let (x, y) = try Digits.training(20 * batchSize)
        var steps: [[Tensor]] = []
        var count = 0
        var farthest: Float = 0
        for step in 0..<20 {
            let range = step * batchSize..<(step + 1) * batchSize
            let digits = x.samples(range)
            let turns = try Turns(of: trainer.model, for: digits)
            steps.append([digits] + turns.tensors)

            try judge.setWeights(weights(of: trainer.model))
            let before = try judge.activations([digits] + turns.tensors, of: ["conv2d", "conv2d_1", "dense"])
            try #require(before.map(\.value.shape) == turns.tensors.map(\.shape))
            let found = turns.disagreements(with: before.map(\.value))
            count += found.count
            farthest = max(farthest, found.reduce(0, max))
            _ = try trainer.trainOnBatch([digits], [y.samples(range)])
        }
        // The numbers are of the order of 0.1 to 1.
        #expect(farthest <= 1e-6, "a turn that rounding does not explain")
        #expect(count <= 20, "of 19 million turns")

        let inputs = (0..<4).map { input in Tensor(concatenatingSamples: steps.map { $0[input] }) }
        _ = try keras.train(
            inputs, targets: [y], batchSize: batchSize, optimizer: pair.theirs, losses: ["categorical_crossentropy"])
        expectSameWeights(trainer.model, try keras.weights())
    }

    /// The classic net with a product in place of each ReLU and of the pooling: `z·turn`, and a sum of four of which one counts.
    private func turned(_ classic: Model) throws -> Model {
        var layers: [ModelLayer] = []
        func add(_ name: String, _ layer: any Layer, _ sources: Int...) -> Int {
            let calls = sources.isEmpty ? [] : [sources.map { Source(layer: $0) }]
            layers.append(ModelLayer(name: name, layer: layer, calls: calls))
            return layers.count - 1
        }
        func input(_ name: String, _ shape: Shape) -> Int { add(name, InputLayer(batchShape: [Shape.unknown] + shape)) }
        let inputs = [
            input("digits", [28, 28, 1]), input("turns", [26, 26, 32]), input("turns_1", [24, 24, 64]),
            input("turns_2", [128]),
        ]
        let conv = add("conv2d", Conv2D(filters: 32, kernelSize: [3, 3]), inputs[0])
        let relu = add("relu", Multiply(), conv, inputs[1])
        let conv1 = add("conv2d_1", Conv2D(filters: 64, kernelSize: [3, 3]), relu)
        let relu1 = add("relu_1", Multiply(), conv1, inputs[2])
        let pool = add("pool", AveragePooling2D(), relu1)
        let flatten = add("flatten", Flatten(), pool)
        let dense = add("dense", Dense(units: 128), flatten)
        let relu2 = add("relu_2", Multiply(), dense, inputs[3])
        let output = add("dense_1", Dense(units: 10, activation: .softmax), relu2)
        var model = Model(
            name: "turned", form: .functional, layers: layers, inputs: inputs, outputs: [Source(layer: output)])
        try model.build()
        for (layer, entry) in model.layers.enumerated() {
            guard let index = classic.index(of: entry.name) else { continue }
            model.layers[layer].weights = classic.layers[index].weights
        }
        return model
    }
}

/// The way that every number of a batch went at ReLU and max pooling.
private struct Turns {
    /// 1 where ReLU let the number pass.
    let conv: Tensor, dense: Tensor
    /// 4 where ReLU and the pooling let it pass: the average of four with one such number is that number.
    let pooled: Tensor

    var tensors: [Tensor] { [conv, pooled, dense] }

    init(of model: Model, for digits: Tensor) throws {
        let values = try Session(model).activations([digits])
        func after(_ name: String) throws -> Tensor {
            try #require(model.index(of: name).flatMap { values[Source(layer: $0)] })
        }
        func passed(_ y: Tensor) -> Tensor { Tensor(y.shape, y.elements.map { $0 > 0 ? 1 : 0 }) }
        conv = try passed(after("conv2d"))
        dense = try passed(after("dense"))
        let before = try after("conv2d_1")
        let y = before.elements
        var winners = [Float](repeating: 0, count: y.count)
        forEachWindow(of: before) { cells in
            var best = cells.0
            for cell in [cells.1, cells.2, cells.3] where y[cell] > y[best] { best = cell }
            if y[best] > 0 { winners[best] = 4 }
        }
        pooled = Tensor(before.shape, winners)
    }

    /// How far from its kink each number lies that Keras would have sent the other way.
    func disagreements(with before: [Tensor]) -> [Float] {
        var distances: [Float] = []
        for (turns, z) in [(conv, before[0]), (dense, before[2])] {
            for (turn, z) in zip(turns.elements, z.elements) where (z > 0) != (turn > 0) { distances.append(abs(z)) }
        }
        let (turns, z) = (pooled.elements, before[1].elements)
        forEachWindow(of: pooled) { cells in
            let best = max(0, z[cells.0], z[cells.1], z[cells.2], z[cells.3])
            var chosen: Float = 0
            for cell in [cells.0, cells.1, cells.2, cells.3] where turns[cell] > 0 { chosen = z[cell] }
            if chosen != best { distances.append(best - chosen) }
        }
        return distances
    }
}

/// Calls the closure with the offsets of the four numbers of each 2×2 window, in the order of rows.
private func forEachWindow(of tensor: Tensor, _ body: ((Int, Int, Int, Int)) -> Void) {
    let (height, width, channels) = (tensor.shape[1], tensor.shape[2], tensor.shape[3])
    for row in 0..<tensor.shape[0] * height / 2 {
        for column in 0..<width / 2 {
            for channel in 0..<channels {
                let first = (2 * row * width + 2 * column) * channels + channel
                body((first, first + channels, first + width * channels, first + (width + 1) * channels))
            }
        }
    }
}
