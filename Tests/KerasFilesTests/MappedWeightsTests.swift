import Foundation
import KerasFiles
import Networks
import Runtime
import Tensors
import Testing

/// Large weights may stay in the file, and nobody can tell.
@Suite struct MappedWeightsTests {
    @Test(arguments: KerasFile.Format.allCases, [true, false])
    func areTheSameAndTheFileStaysAsItIs(_ format: KerasFile.Format, _ mapsWeights: Bool) throws {
        let folder = try temporaryFolder()
        let model = try Model.sequential(
            name: "net", inputShape: [600], [("big", Dense(units: 701)), ("small", Dense(units: 3))], seed: 1)
        let path = folder.appending(path: "m").path
        let architecture = folder.appending(path: "m.json")
        try KerasFile(model).write(to: path, format: format)
        try Data(try KerasFile(model).architectureJSON().utf8).write(to: architecture)
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        var limits = ReadingLimits()
        limits.mapsWeights = mapsWeights
        var file = try KerasFile.read(path, architecture: architecture.path, limits: limits)
        #expect(file.model.layers.map(\.weights) == model.layers.map(\.weights))
        let x = Tensor([2, 600], (0..<1200).map { Float($0 % 17) / 17 })
        #expect(try Session(file.model).predict([x]) == Session(model).predict([x]))
        // Written weights are this process' own.
        file.model.layers[1].weights[0][0] = 42
        #expect(file.model.layers[1].weights[0][0] == 42)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        // Replacing the file in one go, as everything here writes, leaves the model with the old one.
        let other = try Model.sequential(inputShape: [1], [("d", Dense(units: 1))], seed: 1)
        try KerasFile(other).write(to: path, format: format, overwriting: true)
        #expect(file.model.layers[1].weights[1] == model.layers[1].weights[1])
        #expect(file.model.layers[1].weights[0].elements.dropFirst() == model.layers[1].weights[0].elements.dropFirst())
    }
}
