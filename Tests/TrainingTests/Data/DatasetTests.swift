import Tensors
import Testing
import Training

@Suite struct DatasetTests {
    let pool = WorkerPool(threads: 2)

    @Test func bytesBecomeFractions() {
        let samples = Samples(bytes: (0...255).map { UInt8($0) }, shape: [64, 2, 2])
        let batch = samples.batch([63, 0], on: pool)
        #expect(batch == Tensor([2, 2, 2], [252, 253, 254, 255, 0, 1, 2, 3].map { Float($0) / 255 }))
        #expect(samples[32..<64].reshaped(to: [4]).batch([31], on: pool) == batch.samples(0..<1).reshaped(to: [1, 4]))
        #expect(samples.tensor(on: pool) == Tensor([64, 2, 2], (0...255).map { Float($0) / 255 }))
    }

    @Test func validationIsTheEnd() throws {
        let x = Samples(Tensor([10, 1], (0..<10).map(Float.init)))
        let data = try Dataset(inputs: [x], targets: [x], sampleWeights: (0..<10).map(Float.init))
        let (training, validation) = try data.split(validation: 0.25)  // Keras: floor(10 · 0.75)
        #expect(training.count == 7)
        #expect(validation.inputs[0].tensor().elements == [7, 8, 9])
        #expect(validation.sampleWeights == [7, 8, 9])
        #expect(validation[1..<2].targets[0].integers == [8])
    }

    @Test func partsMustFit() {
        let error = #expect(throws: DataError.self) {
            try Dataset(Samples(Tensor([3, 2])), Samples(Tensor([4])))
        }
        #expect(error?.description == "target 0 has 4 samples, the first input has 3")
        #expect(throws: DataError.self) { try Dataset(inputs: []) }
        #expect(throws: DataError.self) { try Dataset(inputs: [Samples(Tensor([3]))], sampleWeights: [1]) }
    }

    @Test func classesBecomeRows() throws {
        #expect(try oneHot([1, 0], classes: 3).tensor() == Tensor([2, 3], [0, 1, 0, 1, 0, 0]))
        let error = #expect(throws: DataError.self) { try oneHot([0, 3], classes: 3) }
        #expect(error?.description == "target 1 is class 3, expected one of 0 to 2")
    }
}
