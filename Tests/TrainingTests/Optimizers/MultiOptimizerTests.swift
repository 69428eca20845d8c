import Networks
import Tensors
import Testing
import Training

@Suite struct MultiOptimizerTests {
    private static let paths = ["first/kernel", "first/bias", "last/kernel", "last/bias"]
    private static let weights: [Tensor] = [[3, 2], [2], [2, 4], [4]].enumerated().map { number, shape in
        Tensor(Shape(shape), (0..<Shape(shape).elementCount).map { Float($0 + number) / 10 - 0.3 })
    }
    private static var several: MultiOptimizer {
        var averaging = RMSprop(learningRate: 0.02)
        averaging.settings.useEMA = true
        return MultiOptimizer(
            default: SGD(learningRate: 0.1, momentum: 0.9),
            [.init("first/.*", Adam(learningRate: 0.01)), .init("last/bias", averaging), .init("nowhere", Lion())])
    }

    /// Every optimizer alone on its weights, for comparison.
    private static func steps(_ optimizer: any Optimizer, _ numbers: [Int], _ count: Int) -> (
        [Tensor], OptimizerState
    ) {
        var weights = numbers.map { Self.weights[$0] }
        var state = optimizer.initialState(for: weights)
        for step in 0..<count {
            let gradients = numbers.map { number in
                let shape = Self.weights[number].shape
                return Tensor(shape, (0..<shape.elementCount).map { Float(($0 * 7 + step * 3 + number) % 11) / 5 - 1 })
            }
            optimizer.apply(gradients, &state, on: WorkerPool(threads: 1)) { update in
                for place in weights.indices { update(place, &weights[place]) }
            }
        }
        return (weights, state)
    }

    @Test func stepsAsEachOptimizerAlone() {
        let several = Self.several.knowing(paths: Self.paths)
        let (found, state) = Self.steps(several, [0, 1, 2, 3], 5)
        let (first, adam) = Self.steps(Self.several.entries[0].optimizer, [0, 1], 5)
        let (bias, rmsprop) = Self.steps(Self.several.entries[1].optimizer, [3], 5)
        let (kernel, sgd) = Self.steps(Self.several.fallback, [2], 5)
        #expect(found == first + kernel + bias)
        #expect(state.iterations == 5)
        #expect(state.parts.map(\.iterations) == [5, 5, 0, 5])
        #expect([state.parts[0], state.parts[1], state.parts[3]] == [adam, rmsprop, sgd])
    }

    /// Keras' order: its own, each of the map's, the default's; of an unused one a counter and a rate.
    @Test func comesBackFromItsVariables() throws {
        let several = Self.several.knowing(paths: Self.paths)
        let (_, state) = Self.steps(several, [0, 1, 2, 3], 3)
        let variables = several.variables(of: state, for: Self.weights)
        let adam = ["iteration", "learning_rate", "momentum", "velocity", "momentum", "velocity"]
        #expect(
            variables.map(\.name) == ["iteration", "learning_rate"] + adam
                + ["iteration", "learning_rate", "average", "velocity", "iteration", "learning_rate"]
                + ["iteration", "learning_rate", "momentum"])
        #expect(variables.compactMap(\.weight) == [0, 0, 1, 1, 3, 3, 2])
        #expect(try several.state(from: variables.map(\.value), for: Self.weights) == state)
        let current = several.current(in: state)
        #expect(current.options == several.options)
    }

    @Test func readsItsOwnConfiguration() throws {
        var several = Self.several
        several.settings.lossScaleFactor = 8
        let read = try OptimizerRegistry.standard.optimizer(className: "MultiOptimizer", options: several.options)
        #expect(read.options == several.options)
        #expect(read.parts(of: 0).map { $0.optimizer.settings.lossScaleFactor } == [8, 8, 8, 8])
    }

    @Test func saysWhereTwoKeysFit() throws {
        let several = MultiOptimizer(default: SGD(), [.init("first/.*", Adam()), .init(".*/bias", Lion())])
        let error = #expect(throws: ConfigurationError.self) { try several.check(paths: Self.paths) }
        #expect(
            error?.description
                == "optimizer \"MultiOptimizer\": option \"optimizer_map\" has value \"first/bias\", which "
                + "is not supported; expected one optimizer for each weight, but \"first/.*\" and \".*/bias\" fit this path"
        )
        // A path itself goes before all expressions.
        try MultiOptimizer(default: SGD(), several.entries + [.init("first/bias", SGD())]).check(paths: Self.paths)
    }

    @Test(arguments: ["LossScaleOptimizer", "MultiOptimizer", "Nobody"])
    func takesNoOptimizerThatKerasRefuses(_ name: String) {
        let options: Options = [
            "optimizer_map": [
                "class_name": "OptimizerMap",
                "config": ["default_optimizer": ["class_name": .string(name), "config": [:]], "optimizer_map": [:]],
            ]
        ]
        let error = #expect(throws: ConfigurationError.self) {
            try OptimizerRegistry.standard.optimizer(className: "MultiOptimizer", options: options)
        }
        #expect(error?.description.contains("default_optimizer") == true && error?.description.contains(name) == true)
    }
}
