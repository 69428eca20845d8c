import Foundation
import KerasBridge

/// Models and data so small that a command on them takes milliseconds.
enum Tiny {
    /// A CNN for images of 4×4 in three classes.
    static func model(seed: UInt64 = 1, name: String = "tiny", units: Int = 3) throws -> Model {
        try Model.sequential(
            name: name, inputShape: [4, 4, 1],
            [
                ("conv", Conv2D(filters: 2, kernelSize: [2, 2], activation: .relu)),
                ("drop", Dropout(rate: 0.25)),
                ("flat", Flatten()),
                ("dense", Dense(units: units, activation: .softmax)),
            ], seed: seed)
    }

    /// Writes a model file, and gives its name.
    @discardableResult
    static func write(
        _ model: Model, _ name: String, in folder: Folder, _ format: KerasFile.Format = .archive,
        training: TrainingConfig? = nil
    ) throws -> String {
        var file = KerasFile(model)
        file.training = training
        try file.write(to: folder.path(name), format: format)
        return name
    }

    /// How a model is compiled with this optimizer.
    static func training(_ optimizer: any Optimizer, _ model: Model) -> TrainingConfig {
        TrainingConfig(
            optimizer: optimizer,
            objective: Objective([.init(loss: CategoricalCrossentropy(), metrics: [.accuracy])]),
            outputNames: model.outputLayerNames)
    }

    /// Writes a folder of IDX files: images of `size`×`size` whose brightest third tells the class.
    @discardableResult
    static func writeData(
        _ name: String = "data", train: Int = 60, test: Int = 20, size: Int = 4, in folder: Folder
    ) throws -> String {
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: name), withIntermediateDirectories: true)
        for (prefix, count) in [("train", train), ("t10k", test)] where count > 0 {
            var images: [UInt8] = []
            var labels: [UInt8] = []
            let random = Random(seed: UInt64(count))
            for sample in 0..<count {
                let label = sample % 3
                labels.append(UInt8(label))
                for pixel in 0..<(size * size) {
                    let noise = Int(random.word(at: sample * size * size + pixel) % 64)
                    images.append(UInt8(pixel * 3 / (size * size) == label ? 190 + noise : noise))
                }
            }
            try folder.write(
                idx([count, size, size], images), "\(name)/\(prefix)-images-idx3-ubyte")
            try folder.write(idx([count], labels), "\(name)/\(prefix)-labels-idx1-ubyte")
        }
        return name
    }

    /// The bytes of an IDX file.
    static func idx(_ shape: [Int], _ bytes: [UInt8]) -> [UInt8] {
        [0, 0, 8, UInt8(shape.count)]
            + shape.flatMap { extent in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: extent >> $0) } } + bytes
    }

    /// Random inputs for the tiny model.
    static func inputs(_ samples: Int = 5) -> Tensor {
        let random = Random(seed: 9)
        return Tensor([samples, 4, 4, 1], (0..<(samples * 16)).map { random.uniform(at: $0) })
    }
}
