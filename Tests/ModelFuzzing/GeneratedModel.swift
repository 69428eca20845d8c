import Foundation
import KerasFiles
import Networks
import Tensors

/// A model as a file would declare it, and the shapes of a data set for it.
package struct GeneratedModel: Sendable {
    package var seed: UInt64
    /// The architecture as JSON.
    package var text: String
    /// The shapes of the inputs that it is run with, the batch first.
    package var shapes: [Shape]
    /// Which inputs are whole numbers.
    package var takesIndices: [Bool]

    package init(seed: UInt64, text: String, shapes: [Shape], takesIndices: [Bool] = []) {
        self.seed = seed
        self.text = text
        self.shapes = shapes
        self.takesIndices = takesIndices
    }

    /// The case on one line, to be kept and run again.
    package func line(stage: String) -> String {
        let line: Options = [
            "seed": .int(Int(truncatingIfNeeded: seed)), "stage": .string(stage),
            "shapes": .array(shapes.map { .array($0.map { .int($0) }) }),
            "indices": .array(takesIndices.map { .bool($0) }), "model": .string(text),
        ]
        return JSON.text(.object(line))
    }

    /// What ``line(stage:)`` says.
    package init?(line: String) {
        guard let object = (try? JSON.parse(line))?.object, let text = object["model"]?.string else { return nil }
        self.text = text
        seed = UInt64(bitPattern: Int64(object["seed"]?.int ?? 0))
        shapes = (object["shapes"]?.array ?? []).map { Shape($0.array?.compactMap(\.int) ?? []) }
        takesIndices = (object["indices"]?.array ?? []).map { $0.bool ?? false }
    }
}

extension GeneratedModel {
    /// The model that belongs to a seed.
    ///
    /// - Parameters:
    ///   - path: a file that may be written, for what the reader is asked on the way.
    ///   - note: told of each text before it is read.
    package init(seed: UInt64, path: String, note: @escaping (String) -> Void) {
        self = ModelGenerator.model(seed: seed, path: path, note: note)
    }

    /// The model of a text, if the reader takes it.
    static func read(_ text: String, _ path: String) -> KerasFile? {
        write(text, path)
        return try? KerasFile.readArchitecture(path, limits: .small)  // who is refused is replaced
    }

    static func write(_ text: String, _ path: String) {
        guard let file = fopen(path, "wb") else { fatalError("\(path) cannot be written") }
        fputs(text, file)
        fclose(file)
    }
}
