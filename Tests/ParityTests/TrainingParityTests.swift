import Networks
import Parity
import Runtime
import Tensors
import Testing
import Training

/// The same steps on both sides: where they part, and what the verdict says about it.
@Suite struct TrainingParityTests {
    @Test func isExactOnOneAndTheSameSide() throws {
        let verdict = try verdict(TrainingRecipe(optimizer: adam(0.01), losses: losses, steps: 6, batchSize: 4))
        let training = try #require(verdict.training)
        #expect(verdict.reasons == [] && training.parting == nil && training.ourLosses.count == 6)
        #expect(!training.rows.contains { $0.comparison.absoluteError.maximum != 0 })
    }

    @Test func namesTheWeightAndTheStepThatPartFirst() throws {
        // The other side's learning rate is a thousandth larger.
        let recipe = TrainingRecipe(optimizer: adam(0.01), losses: losses, steps: 5, batchSize: 4)
        let verdict = try verdict(recipe, theirs: OtherRate(side: side, rate: 0.01001))
        let parting = try #require(verdict.training?.parting)
        #expect(verdict.exitStatus == 2)
        let first = try #require(parting.weights.first)
        let reasons = verdict.reasons.joined(separator: "\n")
        #expect(reasons.contains("after 5 steps of Adam"))
        #expect(reasons.contains("the first to part, after step \(parting.step): \"\(first.name)\""))
        #expect(reasons.contains("rounding alone does not explain it"), "\(reasons)")
        #expect(verdict.json().contains("\"parting\"") && verdict.html().contains("The first to part"))
    }

    @Test func saysThatItsToleranceIsLooserThanUsual() throws {
        var recipe = TrainingRecipe(optimizer: adam(0.01), losses: losses, steps: 5, batchSize: 4)
        recipe.tolerance = Tolerance(absolute: 1e-3, relative: 1e-3)
        let verdict = try verdict(recipe, theirs: OtherRate(side: side, rate: 0.01001))
        #expect(verdict.isEqual)
        #expect(verdict.text().contains("looser on request than the usual atol 1e-5, rtol 1e-4"))
        #expect(verdict.html().contains("looser on request"))
    }

    @Test func reportsEveryStep() throws {
        var verification = try verification(
            TrainingRecipe(optimizer: adam(0.01), losses: losses, steps: 4), theirs: side)
        verification.batchSize = 4
        var seen: [Verification.Progress] = []
        _ = try verification.run { seen.append($0) }
        #expect(seen.filter { $0.phase == .training }.map(\.done) == [1, 2, 3, 4])
        #expect(seen.filter { $0.phase == .outputs }.map(\.done) == [4, 8, 12])
    }

    @Test func callsTheLayersOfASecondModelAsThoseOfTheFirst() throws {
        let names = ["conv2d", "flatten", "dense"]
        let other = SessionSide(Session(try model(names.map { $0 + "_7" }))).named(after: try model(names))
        var verification = Verification(
            model: "a", ours: SessionSide(Session(try model(names))), theirs: other,
            inputs: .random(for: try model(names), samples: 4, seed: 1))
        verification.layers = LayerInspection(bisects: true)
        verification.gradients = losses
        verification.training = TrainingRecipe(optimizer: adam(0.01), losses: losses, steps: 2, batchSize: 2)
        let verdict = try verification.run()
        #expect(verdict.reasons == [] && verdict.layers?.uncompared == 0 && verdict.training?.rows.count == 4)
    }

    private let losses = ["sparse_categorical_crossentropy"]
    private var side: SessionSide {
        get throws { SessionSide(Session(try model(["conv", "flat", "dense"]))) }
    }

    private func adam(_ rate: Double) -> TrainingRecipe.OptimizerChoice {
        .fresh(className: "Adam", options: ["learning_rate": .double(rate)])
    }

    private func model(_ names: [String]) throws -> Model {
        let layers: [any Layer] = [
            Conv2D(filters: 3, kernelSize: [3, 3], activation: .relu), Flatten(),
            Dense(units: 3, activation: .softmax(axis: -1)),
        ]
        return try Model.sequential(
            inputShape: [6, 6, 1], Array(zip(names, layers)).map { (name: $0, layer: $1) }, seed: 4)
    }

    private func verification(_ recipe: TrainingRecipe, theirs: any Side) throws -> Verification {
        let side = try self.side
        var verification = Verification(
            model: "net", ours: side, theirs: theirs, inputs: .random(for: side.session.model, samples: 12, seed: 1))
        verification.training = recipe
        return verification
    }

    private func verdict(_ recipe: TrainingRecipe, theirs: (any Side)? = nil) throws -> Verdict {
        try verification(recipe, theirs: try theirs ?? side).run()
    }
}

/// A side that trains at another rate than it is asked for.
private struct OtherRate: Side {
    var side: SessionSide
    var rate: Double

    var description: SideDescription { SideDescription(name: "the other") }

    func outputs(_ batch: Batch) throws(ParityError) -> [Tensor] { try side.outputs(batch) }

    func training(_ recipe: TrainingRecipe) throws(ParityError) -> any TrainingRun {
        var recipe = recipe
        recipe.optimizer = .fresh(className: "Adam", options: ["learning_rate": .double(rate)])
        return try side.training(recipe)
    }
}
