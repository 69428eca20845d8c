import Networks
import Parity
import Runtime
import Tensors
import Testing

/// Faults that people make, planted in our side of a small model: each must be called different, and located.
@Suite struct PlantedFaultTests {
    @Test(arguments: PlantedFault.all)
    func isCaughtAndLocated(_ fault: PlantedFault) throws {
        let (ours, theirs) = try fault.models()
        var verification = Verification(
            model: "planted", ours: SessionSide(Session(ours)),
            theirs: SessionSide(Session(theirs), description: SideDescription(name: "reference")),
            inputs: .random(for: theirs, samples: 3, seed: 7))
        verification.layers = LayerInspection(bisects: true)
        let verdict = try verification.run()
        #expect(!verdict.isEqual && verdict.exitStatus == 2)
        #expect(verdict.layers?.firstDifference?.key.layer == "suspect")
        #expect(verdict.reasons.first?.contains("\"suspect\"") == true, "\(verdict.reasons)")
        // Alone, on the reference's activations, the faulty layer and no other differs.
        let alone = verdict.layers?.rows.filter { !($0.alone?.isEqual ?? true) }.map(\.key.layer)
        #expect(alone == ["suspect"])
    }

    @Test(arguments: PlantedFault.all)
    func nothingIsFoundWithoutAFault(_ fault: PlantedFault) throws {
        let (_, theirs) = try fault.models()
        var verification = Verification(
            model: "sound", ours: SessionSide(Session(theirs, pool: WorkerPool(threads: 1))),
            theirs: SessionSide(Session(theirs)), inputs: .random(for: theirs, samples: 3, seed: 7))
        verification.layers = LayerInspection(bisects: true)
        let verdict = try verification.run()
        #expect(verdict.isEqual && verdict.exitStatus == 0, "\(verdict.reasons)")
        #expect(verdict.layers?.counts.compared == theirs.layers.count - 1)
    }

    @Test func looksForTheLayerByItselfWhenOutputsDiffer() throws {
        let (ours, theirs) = try #require(PlantedFault.all.first).models()
        let verdict = try Verification(
            model: "planted", ours: SessionSide(Session(ours)), theirs: SessionSide(Session(theirs)),
            inputs: .random(for: theirs, samples: 3, seed: 7)
        ).run()
        #expect(verdict.layers?.firstFaulty?.key.layer == "suspect")
        #expect(verdict.layers?.samples == 1)
    }
}

/// A layer, the model around it, and the fault.
struct PlantedFault: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var input: Shape
    var before: (any Layer)?
    var layer: any Layer
    var after: (any Layer)?
    var plant: @Sendable (inout ModelLayer) -> Void

    init(
        _ description: String, input: Shape = [9, 8, 3], before: (any Layer)? = nil, _ layer: any Layer,
        after: (any Layer)? = nil, plant: @escaping @Sendable (inout ModelLayer) -> Void
    ) {
        testDescription = description
        self.input = input
        self.before = before
        self.layer = layer
        self.after = after
        self.plant = plant
    }

    /// Another layer in the place of the right one.
    init(
        _ description: String, input: Shape = [9, 8, 3], _ layer: any Layer, insteadOf right: any Layer,
        after: (any Layer)? = nil
    ) {
        self.init(description, input: input, right, after: after) { $0.layer = layer }
    }

    /// The faulty model and the right one, with the same lively weights.
    func models() throws -> (ours: Model, theirs: Model) {
        var chain: [(name: String, layer: any Layer)] = []
        if let before { chain.append(("before", before)) }
        chain.append(("suspect", layer))
        if let after { chain.append(("after", after)) }
        var theirs = try Model.sequential(inputShape: input, chain, seed: 3)
        for layer in theirs.layers.indices {
            for (position, spec) in theirs.layers[layer].specs.enumerated() where spec.name != "kernel" {
                let random = Random(seed: 11).stream(UInt64(layer)).stream(UInt64(position))
                let drawn = Initializer.randomUniform(from: 0.5, to: 1.5).draw(spec.shape, random)
                theirs.layers[layer].weights[position] = drawn
            }
        }
        var ours = theirs
        let suspect = try #require(ours.index(of: "suspect"))
        plant(&ours.layers[suspect])
        return (ours, theirs)
    }

    static let all: [PlantedFault] = [
        PlantedFault("a flipped kernel", Conv2D(filters: 4, kernelSize: [3, 3]), after: Flatten()) {
            $0.weights[0] = flipped($0.weights[0])
        },
        PlantedFault("a kernel with rows and columns swapped", Conv2D(filters: 4, kernelSize: [3, 3])) {
            $0.weights[0] = transposedWindow($0.weights[0])
        },
        PlantedFault("two elements of a bias swapped", Conv2D(filters: 4, kernelSize: [3, 3]), after: ReLU()) { layer in
            (layer.weights[1][0], layer.weights[1][1]) = (layer.weights[1][1], layer.weights[1][0])
        },
        PlantedFault(
            "'same' padding on the wrong side",
            SameOnTheWrongSide(Conv2D(filters: 4, kernelSize: [3, 3], strides: [2, 2], padding: .same)),
            insteadOf: Conv2D(filters: 4, kernelSize: [3, 3], strides: [2, 2], padding: .same)),
        PlantedFault(
            "dilation forgotten", Conv2D(filters: 4, kernelSize: [3, 3], padding: .same),
            insteadOf: Conv2D(filters: 4, kernelSize: [3, 3], padding: .same, dilationRate: [2, 2])),
        PlantedFault(
            "relu for gelu", Conv2D(filters: 4, kernelSize: [3, 3], activation: .relu),
            insteadOf: Conv2D(filters: 4, kernelSize: [3, 3], activation: .gelu(approximate: false))),
        PlantedFault(
            "a transposed dense", input: [6], before: Dense(units: 8, activation: .tanh), Dense(units: 8),
            after: Softmax()
        ) { $0.weights[0] = transposed($0.weights[0]) },
        PlantedFault("a bias left out", input: [6], Dense(units: 5), after: Softmax()) {
            $0.weights[1][4] = 0
        },
        PlantedFault(
            "a wrong epsilon", before: Conv2D(filters: 4, kernelSize: [3, 3]), BatchNormalization(), after: Flatten()
        ) { $0.layer = BatchNormalization(epsilon: 1e-5) },
        PlantedFault("the moving mean one channel off", BatchNormalization()) {
            $0.weights[2] = rotated($0.weights[2])
        },
        PlantedFault("gamma and beta swapped", BatchNormalization()) { $0.weights.swapAt(0, 1) },
        PlantedFault("the moving variance taken for a deviation", BatchNormalization()) {
            $0.weights[3] = Tensor($0.weights[3].shape, $0.weights[3].elements.map { $0 * $0 })
        },
        PlantedFault("dropout left on", DropoutLeftOn(), insteadOf: Dropout(rate: 0.25), after: Flatten()),
        PlantedFault(
            "channels first when flattened", FlattenChannelsFirst(), insteadOf: Flatten(), after: Dense(units: 3)),
        PlantedFault("the mean for the maximum", AveragePooling2D(), insteadOf: MaxPooling2D(), after: Flatten()),
        PlantedFault(
            "overlapping windows", MaxPooling2D(strides: [1, 1], padding: .same),
            insteadOf: MaxPooling2D(poolSize: [3, 3], strides: [1, 1], padding: .same)),
        PlantedFault(
            "padding counted in the mean", PaddingCounted(),
            insteadOf: AveragePooling2D(poolSize: [2, 2], strides: [2, 2], padding: .same), after: Flatten()),
        PlantedFault(
            "the maximum for the mean of all", GlobalMaxPooling2D(), insteadOf: GlobalAveragePooling2D(),
            after: Dense(units: 2)),
        PlantedFault(
            "the mean for the maximum of all", GlobalAveragePooling2D(), insteadOf: GlobalMaxPooling2D(),
            after: Dense(units: 2)),
        PlantedFault(
            "zeros on the other sides", ZeroPadding2D(padding: Padding2D(top: 0, left: 2, bottom: 1, right: 0)),
            insteadOf: ZeroPadding2D(padding: Padding2D(top: 1, left: 0, bottom: 0, right: 2)), after: Flatten()),
        PlantedFault(
            "another slope", before: Conv2D(filters: 4, kernelSize: [3, 3]), LeakyReLU(negativeSlope: 0.3)
        ) { $0.layer = LeakyReLU(negativeSlope: 0.01) },
        PlantedFault("another alpha", before: Conv2D(filters: 4, kernelSize: [3, 3]), ELU()) {
            $0.layer = ELU(alpha: 0.9)
        },
        PlantedFault("a cut forgotten", before: Conv2D(filters: 4, kernelSize: [3, 3]), ReLU(maxValue: 0.1)) {
            $0.layer = ReLU()
        },
        PlantedFault(
            "gelu's approximation", before: Conv2D(filters: 4, kernelSize: [3, 3]),
            ActivationLayer(.gelu(approximate: false))
        ) { $0.layer = ActivationLayer(.gelu(approximate: true)) },
        PlantedFault("softmax along the wrong axis", input: [4, 4], Softmax(), after: Flatten()) {
            $0.layer = Softmax(axis: 1)
        },
        PlantedFault(
            "reshaped in Fortran's order", input: [12], ReshapeFortran(), insteadOf: Reshape(targetShape: [3, 4]),
            after: Flatten()),
    ]
}

// MARK: Faulty layers

private struct SameOnTheWrongSide: FaultyLayer {
    var right: Conv2D

    init(_ right: Conv2D) { self.right = right }

    func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let padding = { (extent: Int) in max(0, ((extent + 1) / 2 - 1) * 2 + 3 - extent) }
        let (rows, columns) = (padding(x.shape[1]), padding(x.shape[2]))
        let wrong = Padding2D(
            top: rows - rows / 2, left: columns - columns / 2, bottom: rows / 2, right: columns / 2)
        var valid = right
        valid.padding = .valid
        return Pass(x, valid.forward(padded2D(x, wrong, on: context.pool), weights, context).y)
    }
}

private struct DropoutLeftOn: FaultyLayer {
    var right = Dropout(rate: 0.25)

    func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        var training = context
        training.mode = .training
        return right.forward(x, weights, training)
    }
}

private struct FlattenChannelsFirst: FaultyLayer {
    var right = Flatten()

    func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let (rows, channels) = (x.shape[1] * x.shape[2], x.shape[3])
        return Pass(
            x,
            Tensor(
                [x.shape[0], rows * channels],
                (0..<x.count).map { i in
                    let (sample, rest) = i.quotientAndRemainder(dividingBy: rows * channels)
                    return x[sample * rows * channels + rest % rows * channels + rest / rows]
                }))
    }
}

private struct ReshapeFortran: FaultyLayer {
    var right = Reshape(targetShape: [3, 4])

    func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(x, Tensor([x.shape[0], 3, 4], (0..<x.count).map { x[$0 / 12 * 12 + $0 % 4 * 3 + $0 % 12 / 4] }))
    }
}

private struct PaddingCounted: FaultyLayer {
    var right = AveragePooling2D(poolSize: [2, 2], strides: [2, 2], padding: .same)

    func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let padding = Padding2D(top: 0, left: 0, bottom: x.shape[1] % 2, right: x.shape[2] % 2)
        return Pass(x, right.forward(padded2D(x, padding, on: context.pool), weights, context).y)
    }
}

/// A layer that claims to be another and computes something else.
private protocol FaultyLayer: UnaryLayer {
    associatedtype Right: UnaryLayer
    var right: Right { get }
}

extension FaultyLayer {
    static var kerasName: String { Right.kerasName }
    init(from options: inout OptionReader) throws(OptionError) { fatalError("a faulty layer is never read") }
    var options: Options { right.options }
    func outputShape(for input: Shape) throws(ShapeError) -> Shape { try right.outputShape(for: input) }
    func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] { try right.weights(for: input) }
    func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        right.backward(dy, pass, weights, context)
    }
}

// MARK: Faulty weights

private func flipped(_ kernel: Tensor) -> Tensor {
    let inner = kernel.shape[2] * kernel.shape[3]
    let window = kernel.shape[0] * kernel.shape[1]
    return Tensor(kernel.shape, (0..<kernel.count).map { kernel[(window - 1 - $0 / inner) * inner + $0 % inner] })
}

private func transposedWindow(_ kernel: Tensor) -> Tensor {
    let inner = kernel.shape[2] * kernel.shape[3]
    let size = kernel.shape[0]
    return Tensor(
        kernel.shape,
        (0..<kernel.count).map { kernel[($0 / inner % size * size + $0 / inner / size) * inner + $0 % inner] })
}

private func transposed(_ matrix: Tensor) -> Tensor {
    let size = matrix.shape[0]
    return Tensor(matrix.shape, (0..<matrix.count).map { matrix[$0 % size * size + $0 / size] })
}

private func rotated(_ row: Tensor) -> Tensor {
    Tensor(row.shape, Array(row.elements.dropFirst()) + [row[0]])
}
