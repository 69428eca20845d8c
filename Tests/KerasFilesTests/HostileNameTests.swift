import Foundation
import HDF5
import KerasFiles
import Networks
import Parity
import Tensors
import TestSupport
import Testing

/// Names that writers of files do not think of.
@Suite struct HostileNameTests {
    /// Weighted layers of these names, in this order.
    private static func model(_ names: [String]) throws -> Model {
        try Model.sequential(
            name: "net", inputShape: [2],
            names.map { ($0, Dense(units: 2)) as (name: String, layer: any Layer) }, seed: 1)
    }

    static let names: [String] = [
        "слой-卷积-🔢", "e\u{301}", "with space", "quote\"back\\slash", "a%b:c", "..dots..",
        String(repeating: "long", count: 60),
        "layers", "vars", "kernel", "optimizer",
    ]

    @Test(arguments: KerasFileWriteTests.forms)
    func comeBackAsTheyAre(_ format: KerasFile.Format, _ dialect: Dialect) throws {
        let folder = try temporaryFolder()
        let model = try Self.model(Self.names)
        let (path, architecture) = (folder.appending(path: "m").path, folder.appending(path: "m.json"))
        try KerasFile(model).write(to: path, format: format, dialect: dialect)
        try Data(try KerasFile(model).architectureJSON(dialect).utf8).write(to: architecture)
        let back = try KerasFile.read(path, architecture: architecture.path)
        #expect(back.ledger.isComplete)
        #expect(back.model.layers.map(\.name) == model.layers.map(\.name))
        #expect(back.model.layers.map(\.weights) == model.layers.map(\.weights))
        // By name, whatever the order.
        var rules = WeightRules()
        rules.byName = true
        guard format == .legacyH5 || format == .legacyWeightsH5 || dialect == .keras3 else { return }
        let turned = folder.appending(path: "turned.json")
        try Data(try KerasFile(try Self.model(Self.names.reversed())).architectureJSON(dialect).utf8).write(to: turned)
        let named = try KerasFile.read(path, architecture: turned.path, rules: rules)
        #expect(named.ledger.isComplete)
        #expect(named.model.layers.dropFirst().map(\.weights) == model.layers.dropFirst().reversed().map(\.weights))
    }

    @Test(arguments: LiveKerasFileTests.crossings)
    func crossTheBorder(_ crossing: LiveKerasFileTests.Crossing) throws {
        let folder = try temporaryFolder()
        // tf_keras takes slashes, and nothing but ASCII; a path must stay one.
        var names = Array(Self.names.prefix(7))
        if crossing.engine == .tfKeras { names = ["block/one", "block", "block/two/deep", "a.b-c>d"] }
        let model = try Self.model(names)
        let path = folder.appending(path: crossing.fileName).path
        let architecture = folder.appending(path: "m.json")
        try KerasFile(model).write(to: path, format: crossing.format, dialect: crossing.dialect)
        try Data(try KerasFile(model).architectureJSON(crossing.dialect).utf8).write(to: architecture)
        let keras = try LiveKeras.of(crossing.engine).load(
            path, architecture: crossing.isWhole ? nil : architecture.path)
        #expect(try keras.weights().map { $0.values } == model.layers.map(\.weights).filter { !$0.isEmpty })
        guard crossing.format != .legacyWeightsH5 || crossing.engine == .tfKeras else { return }
        let again = folder.appending(path: "again-" + crossing.fileName).path
        try keras.save(again, weightsOnly: !crossing.isWhole)
        let back = try KerasFile.read(again, architecture: crossing.isWhole ? nil : architecture.path)
        #expect(back.model.layers.map(\.weights) == model.layers.map(\.weights))
        #expect(back.model.layers.map(\.name).dropFirst() == model.layers.map(\.name).dropFirst())
    }

    /// tf_keras cannot make a layer of such a name, so no file of it can be crossed either way.
    @Test(arguments: ["слой-卷积-🔢", "e\u{301}", "with space", "a%b:c"])
    func tfKerasTakesNothingButASCII(_ name: String) throws {
        let error = #expect(throws: KerasProcessError.self) {
            try LiveKeras.of(.tfKeras).run(
                """
                L = keras.layers
                made = [keras.Sequential([L.Input((2,)), L.Dense(2, name="\(name)")])]
                """)
        }
        #expect(error?.description.contains("not a valid root scope name") == true, "\(String(describing: error))")
    }

    @Test func slashesAreNoneInKeras3() throws {
        let path = try temporaryFolder().appending(path: "m.keras").path
        let model = try Self.model(["block/one", "block_one", "two"])
        let notes = try KerasFile(model).write(to: path, format: .archive)
        #expect(
            notes == ["layer \"block/one\" is written as \"block_one_2\": Keras 3 takes no name with a slash"])
        let keras = try LiveKeras.of(.keras3).load(path)
        #expect(try keras.weights().map(\.layer) == ["block_one_2", "block_one", "two"])
        #expect(try keras.weights().map { $0.values } == model.layers.dropFirst().map(\.weights))
    }

    /// 3,000 layers, or names of 1,000 bytes: more than an attribute holds, so the list is cut as NumPy's `array_split`
    /// would.
    @Test(arguments: [
        NameList(layers: 65, bytes: 1000, pieces: [33, 32]), NameList(layers: 70, bytes: 1000, pieces: [35, 35]),
        NameList(layers: 1300, bytes: 50, pieces: [650, 650]),
        NameList(layers: 3000, bytes: 50, pieces: [1000, 1000, 1000]),
    ])
    func listsTooLongForAnAttribute(_ list: NameList) throws {
        var layers: [(name: String, layer: any Layer)] = []
        for number in 0..<list.layers {
            let digits = String(number)
            let name = "layer_" + String(repeating: "0", count: list.bytes - 6 - digits.count) + digits
            let layer: any Layer = number % 10 == 0 ? Dense(units: 2) : ActivationLayer(.linear)
            layers.append((name, layer))
        }
        let model = try Model.sequential(name: "net", inputShape: [2], layers, seed: 1)
        let weights = model.layers.map { $0.weights }
        let folder = try temporaryFolder()
        let path = folder.appending(path: "m.h5").path
        for dialect in Dialect.allCases {
            try KerasFile(model).write(to: path, format: .legacyH5, dialect: dialect, overwriting: true)
            let group = try File(path: path).root.group("model_weights")
            #expect(try !group.attributes.contains("layer_names"))
            for (number, count) in list.pieces.enumerated() {
                #expect(try group.attributes.strings("layer_names\(number)").count == count)
            }
            #expect(try KerasFile.read(path).model.layers.map { $0.weights } == weights)
        }
        // Keras' load_model takes minutes for thousands of layers; their weights are crossed below.
        guard list.layers < 100 else { return }
        // Both write and read such lists.
        for engine in KerasProcess.Engine.allCases {
            let dialect: Dialect = engine == .keras3 ? .keras3 : .keras2
            try KerasFile(model).write(to: path, format: .legacyH5, dialect: dialect, overwriting: true)
            let keras = try LiveKeras.of(engine).load(path)
            #expect(try keras.weights().map { $0.values } == weights.filter { !$0.isEmpty })
            let theirs = folder.appending(path: "theirs.h5").path
            try keras.save(theirs)
            #expect(try KerasFile.read(theirs).model.layers.map { $0.weights } == weights)
        }
    }

    /// 3,000 layers between their writer and ours.
    ///
    /// Of a Sequential, weights alone: Keras 3 does not end loading such a
    /// model from its own file within three minutes.
    @Test(arguments: KerasProcess.Engine.allCases)
    func threeThousandLayersCrossTheBorder(_ engine: KerasProcess.Engine) throws {
        let count = 3000
        let layers = (0..<count).map { number -> (name: String, layer: any Layer) in
            let digits = String(number)
            let name = "layer_" + String(repeating: "0", count: 44 - digits.count) + digits
            return (name, number % 10 == 0 ? Dense(units: 2) : ActivationLayer(.linear))
        }
        let model = try Model.sequential(name: "net", inputShape: [2], layers, seed: 1)
        let folder = try temporaryFolder()
        let (ours, theirs) = (folder.path + "/ours.h5", folder.path + "/theirs.h5")
        try KerasFile(model).write(to: ours, format: .legacyH5, dialect: engine == .keras3 ? .keras3 : .keras2)
        let keras = try LiveKeras.of(engine).run(
            Self.deep(
                """
                L = keras.layers
                name = lambda n: "layer_" + str(n).zfill(44)
                layers = [L.Dense(2, name=name(n)) if n % 10 == 0 else L.Activation("linear", name=name(n))
                          for n in range(\(count))]
                start = end = L.Input((2,))  # a Sequential of tf_keras takes minutes to make
                for layer in layers: end = layer(end)
                model = keras.Model(start, end, name="net")
                model.load_weights("\(ours)")
                made.append(model)
                model.save("\(theirs)")
                """)
        ).made
        let weights = model.layers.map(\.weights)
        #expect(try keras.first?.weights().map { $0.values } == weights.filter { !$0.isEmpty })
        let back = try KerasFile.read(theirs)
        #expect(back.model.layers.map(\.weights) == weights)
        // A chain that is no Sequential Keras builds again from a file.
        let whole = folder.path + "/whole.h5"
        try back.write(to: whole, format: .legacyH5, dialect: engine == .keras3 ? .keras3 : .keras2)
        let loaded = try LiveKeras.of(engine).run(
            Self.deep("made.append(keras.models.load_model(\"\(whole)\"))")
        ).made
        #expect(try loaded.first?.weights().map { $0.values } == weights.filter { !$0.isEmpty })
    }

    /// Python that calls itself thousands of times: on a thread of its own with a stack for it.
    private static func deep(_ body: String) -> String {
        let indented = body.split(separator: "\n").map { "        " + $0 }.joined(separator: "\n")
        return """
            import sys, threading
            failures = []
            def deep():
                try:
            \(indented)
                except BaseException as failure:
                    failures.append(failure)
            limit, size = sys.getrecursionlimit(), threading.stack_size(512 << 20)
            sys.setrecursionlimit(1_000_000)
            thread = threading.Thread(target=deep)
            thread.start()
            thread.join()
            sys.setrecursionlimit(limit)
            threading.stack_size(size)
            if failures: raise failures[0]
            """
    }

    struct NameList: Sendable {
        var layers: Int
        var bytes: Int
        var pieces: [Int]
    }

    /// Names of weights, too, when a model inside the model has very many.
    @Test func readsWeightNamesInPieces() throws {
        let names = (0..<1500).map { "w\($0)" + String(repeating: "x", count: 50) }
        let draft = try FileDraft(named: "pieces.h5")
        try draft.root.attributes.write("layer_names", strings: ["a"])
        let group = try draft.root.createGroup("a")
        try group.attributes.write("weight_names0", strings: Array(names.prefix(750)))
        try group.attributes.write("weight_names1", strings: Array(names.suffix(750)))
        for (number, name) in names.enumerated() {
            try group.createDataset(name, shape: [1, 1], values: [Float(number)])
        }
        let folder = try temporaryFolder()
        let path = folder.appending(path: "pieces.h5")
        try Data(try draft.bytes()).write(to: path)
        // 750 layers with a kernel and a bias cannot take 1,500 kernels, and say so of the first.
        let inner = try Model.sequential(name: "a", inputShape: [1], [("d", Dense(units: 1))], seed: 1)
        let architecture = folder.appending(path: "m.json")
        try Data(try KerasFile(inner).architectureJSON().utf8).write(to: architecture)
        let error = #expect(throws: KerasError.self) {
            try KerasFile.read(path.path, architecture: architecture.path)
        }
        #expect(error?.description.contains("expected shape [1]") == true, "\(String(describing: error))")
    }

    @Test(arguments: ["", "..", "a/../b", "/a", "a//b"])
    func namesThatAreNoPathsAreRefused(_ name: String) throws {
        let draft = try FileDraft(named: "bad.h5")
        let config = """
            {"class_name": "Sequential", "config": {"name": "n", "layers": [{"class_name": "Dense", "config": \
            {"name": "a", "units": 1, "batch_input_shape": [null, 1]}}]}}
            """
        try draft.root.attributes.write("model_config", string: config)
        let group = try draft.root.createGroup("model_weights")
        try group.attributes.write("layer_names", strings: [name])
        let path = try temporaryFolder().appending(path: "bad.h5")
        try Data(try draft.bytes()).write(to: path)
        #expect(throws: KerasError.self) { try KerasFile.read(path.path) }
    }
}
