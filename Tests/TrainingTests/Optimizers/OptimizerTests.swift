import Networks
import Tensors
import Testing
import Training

@Suite struct OptimizerTests {
    struct Golden: Decodable {
        struct Case: Decodable, Sendable, CustomTestStringConvertible {
            struct Variable: Decodable, Sendable {
                var name: String
                var shape: [Int]
                var values: [Float]
            }

            var className: String
            var config: StoredOptions
            var weights: [[Float]]
            var variables: [Variable]

            var testDescription: String { className }
        }

        var shapes: [[Int]]
        var initial: [[Float]]
        var gradients: [[[Float]]]
        var infiniteStep: Int
        var cases: [Case]

        var weights: [Tensor] { zip(shapes, initial).map { Tensor(Shape($0), $1) } }

        func gradients(_ step: Int, for optimizer: any Optimizer) -> [Tensor] {
            let isInfinite = optimizer is LossScaleOptimizer && step == infiniteStep
            return zip(shapes, gradients[step]).map { Tensor(Shape($0), $1.map { isInfinite ? $0 * .infinity : $0 }) }
        }
    }

    static let golden: Golden? = try? trainingFixture("optimizers")

    private func optimizer(_ golden: Golden.Case) throws -> any Optimizer {
        try OptimizerRegistry.standard.optimizer(className: golden.className, options: golden.config.options)
    }

    @Test func goldenNumbersAreThere() throws {
        let golden: Golden = try trainingFixture("optimizers")
        #expect(golden.cases.count > 30)
        #expect(Set(golden.cases.map(\.className)).count > 13)
    }

    @Test(arguments: golden?.cases ?? [])
    func takesTwentyStepsAsKerasDoes(_ expected: Golden.Case) throws {
        let golden = try #require(Self.golden)
        let optimizer = try optimizer(expected)
        var weights = golden.weights
        var state = optimizer.initialState(for: weights)
        for step in golden.gradients.indices {
            optimizer.apply(golden.gradients(step, for: optimizer), &state, on: WorkerPool(threads: 2)) { update in
                for i in weights.indices { update(i, &weights[i]) }
            }
        }
        for (weight, values) in zip(weights, expected.weights) { #expect(gap(weight.elements, values) < 1) }
        if optimizer is LossScaleOptimizer { return }  // Keras keeps its variables elsewhere; see below.
        let variables = optimizer.variables(of: state, for: golden.weights)
        #expect(variables.map(\.value.shape) == expected.variables.map { Shape($0.shape) })
        for (variable, expected) in zip(variables, expected.variables) {
            // Adafactor's r and c bear the name of the weight alone.
            if !["r", "c"].contains(variable.name) { #expect(expected.name.hasSuffix(variable.name)) }
            switch variable.value {
            case .integer(let value): #expect(Float(value) == expected.values[0])
            case .tensor(let tensor): #expect(gap(tensor.elements, expected.values) < 1, "\(expected.name)")
            }
        }
    }

    @Test(arguments: golden?.cases ?? [])
    func givesTheSameConfigurationBack(_ golden: Golden.Case) throws {
        let found = try optimizer(golden).options
        #expect(Set(found.names) == Set(golden.config.options.names))
        for (name, value) in found.pairs where name != "learning_rate" && value.object == nil {
            #expect(
                value == golden.config.options[name] || value.double == golden.config.options[name]?.double, "\(name)")
        }
    }

    @Test(arguments: golden?.cases ?? [])
    func goesOnFromItsVariablesAsIfNeverStopped(_ golden: Golden.Case) throws {
        let numbers = try #require(Self.golden)
        let optimizer = try optimizer(golden)
        let pool = WorkerPool(threads: 1)
        var (whole, halves) = (numbers.weights, numbers.weights)
        var state = optimizer.initialState(for: whole)
        var half = state
        for step in 0..<20 {
            let gradients = numbers.gradients(step, for: optimizer)
            optimizer.apply(gradients, &state, on: pool) { update in for i in 0..<2 { update(i, &whole[i]) } }
            optimizer.apply(gradients, &half, on: pool) { update in for i in 0..<2 { update(i, &halves[i]) } }
            if step == 9 {
                half = try optimizer.state(from: optimizer.variables(of: half, for: halves).map(\.value), for: halves)
            }
        }
        #expect(whole == halves)
        #expect(state == half)
    }

    @Test func givesTheSameBitsForAnyNumberOfThreads() {
        let shape: Shape = [70_001]
        func run(_ threads: Int) -> [Tensor] {
            let (pool, random) = (WorkerPool(threads: threads), Random(seed: 5))
            var weight = Tensor(shape, (0..<shape[0]).map { random.uniform(at: $0) })
            var optimizer = Lamb(learningRate: 0.1)
            optimizer.settings.clipnorm = 3
            var state = optimizer.initialState(for: [weight])
            for step in 0..<3 {
                let stream = random.stream(UInt64(step))
                let gradient = Tensor(shape, (0..<shape[0]).map { stream.uniform(at: $0) - 0.5 })
                optimizer.apply([gradient], &state, on: pool) { $0(0, &weight) }
            }
            return [weight] + state.slots[0]
        }
        #expect(run(1) == run(2))
        #expect(run(1) == run(3))
    }

    @Test func readsTheOlderSpellingsOfKeras2() throws {
        let options: Options = ["lr": 0.5, "rho": 0.95, "decay": 0.1, "epsilon": 1e-8]
        let optimizer = try OptimizerRegistry.standard.optimizer(className: "Adadelta", options: options)
        let state = optimizer.initialState(for: [])
        #expect(optimizer.currentLearningRate(state) == 0.5)
        #expect(optimizer.currentLearningRate(OptimizerState(iterations: 10)) == 0.25)
    }

    /// By their paths: what belongs to an excluded layer is Adam's, though it is a matrix.
    @Test func muonLeavesExcludedLayersToAdam() throws {
        let options: Options = ["exclude_layers": ["^last/", "head.*kernel"]]
        let optimizer = try OptimizerRegistry.standard.optimizer(className: "Muon", options: options)
        let paths = ["first/kernel", "first/bias", "last/kernel", "my_head_2/kernel", "words/embeddings"]
        let shapes: [Shape] = [[3, 4], [4], [4, 2], [4, 2], [9, 3]]
        let known = optimizer.knowing(paths: paths)
        let names = shapes.enumerated().map { known.slotNames(ofWeight: $0, $1) }
        let adam = ["momentum", "velocity"]
        #expect(names == [["momentum"], adam, adam, adam, adam])
        let state = known.initialState(for: shapes.map { Tensor($0) })
        #expect(state.slots.map(\.count) == [1, 2, 2, 2, 2])
        #expect(throws: ConfigurationError.self) {
            try OptimizerRegistry.standard.optimizer(className: "Muon", options: ["exclude_layers": ["("]])
        }
    }

    struct Mistake: Sendable {
        var optimizer: String
        var options: Options
        var message: String
    }

    @Test(arguments: [
        Mistake(
            optimizer: "Adagrad", options: ["foo": 1],
            message: "optimizer \"Adagrad\": option \"foo\" (value 1) is not known to it"),
        Mistake(
            optimizer: "SGD", options: ["momentum": 2],
            message: "optimizer \"SGD\": option \"momentum\" has value 2, which is not supported; "
                + "expected a number from 0 to 1"),
        Mistake(
            optimizer: "SGD", options: ["clipnorm": 1, "clipvalue": 1],
            message: "optimizer \"SGD\": option \"clipnorm\" has value 1, which is not supported; "
                + "expected only one of clipnorm, global_clipnorm and clipvalue"),
        Mistake(
            optimizer: "Sophia", options: [:],
            message:
                "optimizer \"Sophia\" is not supported; supported: Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, "
                + "Ftrl, Lamb, Lion, LossScaleOptimizer, MultiOptimizer, Muon, Nadam, RMSprop, SGD, ScheduleFreeAdamW"),
        Mistake(
            optimizer: "MultiOptimizer", options: ["name": "m"],
            message: "optimizer \"MultiOptimizer\": option \"optimizer_map\" is missing; present: name"),
    ])
    func saysWhatIsWrong(_ mistake: Mistake) {
        let error = #expect(throws: ConfigurationError.self) {
            try OptimizerRegistry.standard.optimizer(className: mistake.optimizer, options: mistake.options)
        }
        #expect(error?.description == mistake.message)
    }

    @Test func saysWhichVariableHasTheWrongShape() throws {
        let optimizer = Adam()
        let weights = [Tensor([2, 3]), Tensor([3])]
        var values = optimizer.variables(of: optimizer.initialState(for: weights), for: weights).map(\.value)
        let missing = #expect(throws: OptimizerStateError.self) {
            try optimizer.state(from: values.dropLast(), for: weights)
        }
        #expect(missing?.description == "the state of optimizer Adam has 5 variables, expected 6 for this model")
        values[5] = .tensor(Tensor([4]))
        let error = #expect(throws: OptimizerStateError.self) { try optimizer.state(from: values, for: weights) }
        #expect(
            error?.description
                == "variable \"velocity\" of trainable weight 1 of optimizer Adam: expected shape [3], found [4]")
    }
}
