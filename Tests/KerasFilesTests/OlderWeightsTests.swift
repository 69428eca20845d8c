import Foundation
import HDF5
import KerasFiles
import Networks
import Tensors
import Testing

/// Files as Keras 1 wrote them, on TensorFlow (names end in `:0`) and on Theano (they do not).
@Suite struct OlderWeightsTests {
    private static let config = """
        {"class_name": "Sequential", "config": [{"class_name": "Convolution2D", "config": {"name": "c", "nb_filter": 1, \
        "nb_row": 2, "nb_col": 3, "batch_input_shape": [null, 4, 5, 1], "dim_ordering": "tf", "border_mode": "valid", \
        "subsample": [1, 1], "init": "glorot_uniform", "activation": "linear", "bias": true}}]}
        """

    private func file(names: [String], version: String?, backend: String?) throws -> String {
        let draft = try FileDraft(named: "old.h5")
        try draft.root.attributes.write("model_config", string: Self.config)
        try draft.root.attributes.write("keras_version", string: "1.2.2")
        let group = try draft.root.createGroup("model_weights")
        if let version { try group.attributes.write("keras_version", string: version) }
        if let backend { try group.attributes.write("backend", string: backend) }
        try group.attributes.write("layer_names", strings: ["c"])
        let layer = try group.createGroup("c")
        try layer.attributes.write("weight_names", strings: names)
        try layer.createDataset(names[0], shape: [2, 3, 1, 1], values: [1, 2, 3, 4, 5, 6] as [Float])
        try layer.createDataset(names[1], shape: [1], values: [7] as [Float])
        let path = try temporaryFolder().appending(path: "old.h5")
        try Data(try draft.bytes()).write(to: path)
        return path.path
    }

    /// A kernel of any shape is one that does not fit, whatever would have to be done to a right one.
    @Test(
        arguments: [[], [0], [3], [2, 3], [1, 1, 2], [2, 3, 1, 1, 1], [0, 1 << 31, 1 << 31, 1]] as [[Int]],
        [("tf", "c_W"), ("th", "c_W"), ("tf", "c_W:0"), ("th", "c_W:0")])
    func kernelsOfOtherShapesAreRefused(_ shape: [Int], _ writer: (ordering: String, name: String)) throws {
        let (ordering, name) = writer
        let draft = try FileDraft(named: "old.h5")
        let config = Self.config.replacing("\"tf\"", with: "\"\(ordering)\"")
        try draft.root.attributes.write("model_config", string: config)
        try draft.root.attributes.write("keras_version", string: "1.2.2")
        let group = try draft.root.createGroup("model_weights")
        try group.attributes.write("layer_names", strings: ["c"])
        let layer = try group.createGroup("c")
        try layer.attributes.write("weight_names", strings: [name, "c_b"])
        let count = shape.contains(0) ? 0 : shape.reduce(1, *)
        try layer.createDataset(name, shape: shape, values: [Float](repeating: 1, count: count))
        try layer.createDataset("c_b", shape: [1], values: [7] as [Float])
        let path = try temporaryFolder().appending(path: "old.h5")
        try Data(try draft.bytes()).write(to: path)
        #expect(throws: KerasError.self) { try KerasFile.read(path.path) }
    }

    @Test(
        arguments: [
            (["c_W:0", "c_b:0"], nil, nil, false), (["c_W", "c_b"], nil, nil, true),
            (["c/kernel:0", "c/bias:0"], "2.1.0", "tensorflow", false),
            (["c/kernel:0", "c/bias:0"], "2.1.0", "theano", true),
        ] as [([String], String?, String?, Bool)])
    func turnsKernelsFromTheano(_ names: [String], _ version: String?, _ backend: String?, _ isTurned: Bool) throws {
        let path = try file(names: names, version: version, backend: backend)
        let read = try KerasFile.read(path)
        let forward: [Float] = [1, 2, 3, 4, 5, 6]
        #expect(read.model.layers[1].weights[0].elements == (isTurned ? forward.reversed() : forward))
        #expect(read.model.layers[1].weights[1].elements == [7])
        #expect(read.ledger.count(.converted) == (isTurned ? 1 : 0))
        #expect(read.ledger.isComplete)
        // Who knows better has the last word.
        var rules = WeightRules()
        rules.trainedOnTheano = !isTurned
        let other = try KerasFile.read(path, rules: rules)
        #expect(other.model.layers[1].weights[0].elements == (isTurned ? forward : forward.reversed()))
    }
}
