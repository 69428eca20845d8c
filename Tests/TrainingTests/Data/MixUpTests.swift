import Networks
import Tensors
import Testing
import Training

@Suite struct MixUpTests {
    private func batch(_ count: Int) -> SampleBatch {
        SampleBatch(
            inputs: [Tensor([count, 2], (0..<count).flatMap { [Float($0), Float(-$0)] })],
            targets: [Tensor([count, 1], (0..<count).map(Float.init))], weights: nil)
    }

    @Test(arguments: [0.1, 0.4, 1, 3])
    func mixesInputsAndTargetsAlike(_ alpha: Double) {
        var mixed = batch(64)
        MixUp(alpha: alpha).apply(to: &mixed, seed: 1, epoch: 0, batch: 0, on: .shared)
        for i in 0..<64 {
            #expect(abs(mixed.inputs[0][2 * i] - mixed.targets[0][i]) < 1e-4)
            #expect(abs(mixed.inputs[0][2 * i] + mixed.inputs[0][2 * i + 1]) < 1e-4)
        }
    }

    /// Of Beta(α, α) the mean is ½ and the variance 1 / (4 (2α + 1)).
    @Test(arguments: [0.2, 0.5, 1, 2])
    func sharesAreOfTheBetaDistribution(_ alpha: Double) {
        var shares: [Double] = []
        for number in 0..<200 {
            var mixed = SampleBatch(inputs: [Tensor([64, 64])], targets: [], weights: nil)
            for i in 0..<64 { mixed.inputs[0][i * 64 + i] = 1 }  // each sample says whom it is made of
            MixUp(alpha: alpha).apply(to: &mixed, seed: 2, epoch: 0, batch: number, on: .shared)
            for i in 0..<64 {
                let row = (0..<64).map { mixed.inputs[0][i * 64 + $0] }
                if row.contains(where: { $0 > 0 && row.firstIndex(of: $0) != i }) { shares.append(Double(row[i])) }
            }
        }
        let mean = shares.reduce(0, +) / Double(shares.count)
        let variance = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(shares.count)
        #expect(abs(mean - 0.5) < 0.02)
        #expect(abs(variance - 1 / (4 * (2 * alpha + 1))) < 0.01)
    }

    @Test func dependsOnSeedEpochAndBatch() {
        func mixed(_ seed: UInt64, _ epoch: Int, _ number: Int) -> Tensor {
            var batch = batch(8)
            MixUp().apply(to: &batch, seed: seed, epoch: epoch, batch: number, on: .shared)
            return batch.inputs[0]
        }
        #expect(mixed(1, 0, 0) == mixed(1, 0, 0))
        #expect(Set([mixed(1, 0, 0), mixed(2, 0, 0), mixed(1, 1, 0), mixed(1, 0, 1)].map(\.elements)).count == 4)
    }

    @Test func refusesTargetsThatAreNumbersOfClasses() throws {
        let model = try Model.sequential(
            name: "m", inputShape: [2], [("dense", Dense(units: 2, activation: .softmax))], seed: 1)
        var trainer = Trainer(model, optimizer: SGD(), loss: SparseCategoricalCrossentropy())
        let data = try Dataset(Samples(Tensor([4, 2])), Samples(Tensor([4, 1])))
        let error = #expect(throws: TrainingError.self) {
            try trainer.fit(data, epochs: 1, mixUp: MixUp())
        }
        #expect(error?.description.contains("categorical_crossentropy") == true)
    }
}
