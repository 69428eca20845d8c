import Foundation
import HDF5
import KerasFiles
import Networks
import Tensors
import Testing

@Suite struct KerasErrorTests {
    let folder: URL

    init() throws { folder = try temporaryFolder() }

    private func path(_ name: String) -> String { folder.appending(path: name).path }

    private func write(_ bytes: [UInt8], _ name: String) throws -> String {
        try Data(bytes).write(to: folder.appending(path: name))
        return path(name)
    }

    /// What reading says, with the folder left out.
    private func message(_ path: String, architecture: String? = nil, rules: WeightRules = WeightRules()) -> String? {
        let error = #expect(throws: KerasError.self) {
            try KerasFile.read(path, architecture: architecture, rules: rules)
        }
        return error?.description.replacing(folder.path + "/", with: "")
    }

    /// A model of two Dense layers, as Keras declares it.
    private static func config(_ change: (inout [OptionValue]) -> Void = { _ in }) -> String {
        var layers: [OptionValue] = [
            ["class_name": "InputLayer", "config": ["batch_shape": [nil, 3], "dtype": "float32", "name": "in"]],
            ["class_name": "Dense", "config": ["name": "first", "units": 4, "activation": "relu"]],
            ["class_name": "Dense", "config": ["name": "second", "units": 2]],
        ]
        change(&layers)
        return JSON.text(["class_name": "Sequential", "config": ["name": "net", "layers": .array(layers)]])
    }

    /// The weights that belong to it: layer, weight, shape.
    private static let weights: [(layer: String, weights: [(name: String, shape: [Int])])] = [
        ("first", [("kernel", [3, 4]), ("bias", [4])]), ("second", [("kernel", [4, 2]), ("bias", [2])]),
    ]

    private func legacy(
        _ config: String?, _ layers: [(layer: String, weights: [(name: String, shape: [Int])])] = Self.weights,
        names: [String]? = nil
    ) throws -> String {
        let draft = try FileDraft(named: "net.h5")
        if let config { try draft.root.attributes.write("model_config", string: config) }
        let group = try draft.root.createGroup("model_weights")
        try group.attributes.write("layer_names", strings: names ?? layers.map(\.layer))
        for (layer, weights) in layers {
            let own = try group.createGroup(layer)
            try own.attributes.write("weight_names", strings: weights.map(\.name))
            for (name, shape) in weights {
                let values = [Float](repeating: 0.5, count: shape.reduce(1, *))
                try own.createDataset(name, shape: shape, values: values)
            }
        }
        return try write(try draft.bytes(), "net.h5")
    }

    @Test func readsTheFileThatTheOthersSpoil() throws {
        let file = try KerasFile.read(try legacy(Self.config()))
        #expect(file.ledger.isComplete)
        #expect(file.model.layers[2].weights[0] == Tensor([4, 2], repeating: 0.5))
    }

    // MARK: No Keras file

    @Test func aFileThatIsNotThere() {
        #expect(message(path("absent.h5")) == "absent.h5 — there is no such file")
    }

    @Test(
        arguments: [
            ([], "it is empty"), (Array("hello".utf8), "it is neither HDF5 nor a zip archive nor JSON"),
            (
                Array("\u{FFFD}HDF\r\n\u{1A}\n".utf8),
                "it was an HDF5 file, but something treated it as text; fetch it again as binary"
            ),
        ] as [([UInt8], String)])
    func aFileThatIsNoKerasFile(_ bytes: [UInt8], _ reason: String) throws {
        #expect(message(try write(bytes, "x.h5")) == "x.h5 — this is no Keras file: \(reason)")
    }

    @Test func aFolder() {
        #expect(message(folder.path)?.hasSuffix("— this is no Keras file: it is not a regular file") == true)
    }

    @Test func anHDF5FileOfSomethingElse() throws {
        let draft = try FileDraft(named: "x.h5")
        try draft.root.createGroup("measurements")
        #expect(
            message(try write(try draft.bytes(), "x.h5")) == """
                x.h5 — this is no Keras file: it is an HDF5 file, but has no attribute model_config or layer_names and no \
                group layers
                """)
    }

    @Test(arguments: [100, 800, 2000])
    func aTruncatedHDF5File(_ count: Int) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: try legacy(Self.config()))))
        let text = try #require(message(try write(Array(bytes.prefix(count)), "cut.h5")))
        #expect(text.hasPrefix("cut.h5"))
        #expect(text.contains("truncated") || text.contains("damaged"))
    }

    @Test(arguments: [10, 500])
    func aTruncatedArchive(_ missing: Int) throws {
        let bytes = try KerasFileWriteTests.small().bytes(format: .archive)
        let text = try #require(message(try write(Array(bytes.dropLast(missing)), "cut.keras")))
        #expect(text.hasPrefix("cut.keras — the file is damaged: "))
    }

    @Test func anArchiveWithoutItsMembers() throws {
        let bytes = try ZipArchive.bytes(of: [("metadata.json", Array("{}".utf8))])
        #expect(
            message(try write(bytes, "x.keras"))
                == "x.keras — the file is damaged: it has no member config.json; present: metadata.json")
    }

    @Test func anArchiveOfPythonObjects() throws {
        let bytes = try ZipArchive.bytes(of: [("config.json", Array("{}".utf8)), ("model.weights.npz", [0])])
        #expect(
            message(try write(bytes, "x.keras")) == """
                x.keras:model.weights.npz — the file is damaged: weights as NumPy archives hold Python objects and are not \
                read, by Keras neither
                """)
    }

    // MARK: The architecture

    @Test func weightsWithoutArchitecture() throws {
        #expect(
            message(try legacy(nil)) == """
                net.h5 — the file holds weights but no architecture; name one with --architecture: an architecture JSON or \
                any model file
                """)
    }

    @Test func anArchitectureWithoutWeights() throws {
        #expect(
            message(try write(Array(Self.config().utf8), "net.json"))
                == "net.json — the file holds an architecture but no weights")
    }

    @Test func anArchitectureThatIsNoJSON() throws {
        #expect(
            message(try legacy("{\"class_name\": \"Sequential\",\n \"config\" 1}"))
                == "net.h5@model_config — this is not valid JSON: line 2, column 11: expected ':' after a key, found '1'"
        )
    }

    @Test func anUnsupportedLayer() throws {
        let text = try #require(
            message(try legacy(Self.config { $0[1] = ["class_name": "Mystery", "config": ["name": "first"]] })))
        #expect(
            text.hasPrefix(
                """
                net.h5@model_config — layer 1 "first" has class "Mystery", which is not supported; supported: Activation,
                """))
    }

    @Test func aLayerOfPythonCode() throws {
        #expect(
            message(try legacy(Self.config { $0[1] = ["class_name": "Lambda", "config": ["name": "first"]] })) == """
                net.h5@model_config — layer 1 "first" has class "Lambda", which is not supported: it holds Python code; \
                replace it by a layer with a class, or register a layer of your own for it
                """)
    }

    @Test func anOptionThatIsMissing() throws {
        #expect(
            message(
                try legacy(
                    Self.config { $0[1] = ["class_name": "Dense", "config": ["name": "first", "use_bias": true]] }))
                == "net.h5@model_config — layer \"first\": option \"units\" is missing; present: use_bias")
    }

    @Test func anOptionThatNobodyKnows() throws {
        let change: (inout [OptionValue]) -> Void = {
            $0[1] = ["class_name": "Dense", "config": ["name": "first", "units": 4, "sharpness": 3]]
        }
        #expect(
            message(try legacy(Self.config(change)))
                == "net.h5@model_config — layer \"first\": option \"sharpness\" (value 3) is not known to this layer")
    }

    @Test func aShapeThatNoLayerTakes() throws {
        let change: (inout [OptionValue]) -> Void = {
            $0[2] = ["class_name": "MaxPooling2D", "config": ["name": "second"]]
        }
        let text = try #require(message(try legacy(Self.config(change))))
        #expect(text.hasPrefix("net.h5@model_config — layer \"second\": MaxPooling2D"))
        #expect(text.hasSuffix("found shape [?, 4]"))
    }

    @Test func allProblemsAtOnce() throws {
        let change: (inout [OptionValue]) -> Void = {
            $0[1] = ["class_name": "Mystery", "config": ["name": "first"]]
            $0[2] = ["class_name": "Dense", "config": ["name": "second"]]
        }
        let problems = try KerasFile.problems(in: try legacy(Self.config(change)))
        #expect(problems.count == 2)
        #expect(problems.last?.description.hasSuffix("option \"units\" is missing; present: ") == true)
        #expect(try KerasFile.problems(in: try legacy(Self.config())) == [])
    }

    // MARK: The graph

    static let dense: OptionValue = [
        "class_name": "Dense", "name": "d", "config": ["name": "d", "units": 2],
        "inbound_nodes": [[["in", 0, 0, [:]]]],
    ]

    private func functional(_ layers: [OptionValue], outputs: OptionValue = [["d", 0, 0]]) throws -> String? {
        let input: OptionValue = [
            "class_name": "InputLayer", "name": "in", "config": ["name": "in", "batch_shape": [nil, 3]],
            "inbound_nodes": [],
        ]
        let config: OptionValue = [
            "class_name": "Functional",
            "config": [
                "name": "net", "layers": .array([input] + layers), "input_layers": [["in", 0, 0]],
                "output_layers": outputs,
            ],
        ]
        return message(try legacy(JSON.text(config)))
    }

    private static func dense(_ name: String, from sources: OptionValue...) -> OptionValue {
        [
            "class_name": "Dense", "name": .string(name), "config": ["name": .string(name), "units": 2],
            "inbound_nodes": [.array(sources)],
        ]
    }

    @Test func aGraphWithACycle() throws {
        let layers = [Self.dense("d", from: ["e", 0, 0, [:]]), Self.dense("e", from: ["d", 0, 0, [:]])]
        #expect(
            try functional(layers)
                == "net.h5@model_config — expected a graph in which every layer can be computed, found \"d\"")
    }

    @Test(
        arguments: [
            (
                dense("d", from: ["nowhere", 0, 0, [:]]), [["d", 0, 0]],
                "the name of a layer of this model, found \"nowhere\""
            ),
            (dense("d", from: ["in", -1, 0, [:]]), [["d", 0, 0]], "[layer, call, output], found [\"in\", -1, 0, {}]"),
            (
                dense("d", from: ["in", 3, 0, [:]]), [["d", 0, 0]],
                "a graph in which every layer can be computed, found \"d\""
            ),
            (dense("in", from: ["in", 0, 0, [:]]), [["in", 0, 0]], "a different name for every layer, found \"in\""),
            (dense("d", from: ["in", 0, 0, [:]]), [["d", 7, 0]], "a call that the layer has, found [\"d\", 7, 0]"),
            (dense("d", from: ["in", 0, 0, [:]]), [["d", 0, 7]], "an output that layer \"d\" has, found 7"),
            (dense("d", from: ["in", 0, 0, [:]]), [], "at least one input and one output, found []"),
        ] as [(OptionValue, OptionValue, String)])
    func aGraphThatIsNone(_ layer: OptionValue, _ outputs: OptionValue, _ message: String) throws {
        #expect(try functional([layer], outputs: outputs) == "net.h5@model_config — expected " + message)
    }

    // MARK: The weights

    @Test func aWeightOfAnotherShape() throws {
        var layers = Self.weights
        layers[0].weights[0].shape = [3, 5]
        #expect(
            message(try legacy(Self.config(), layers))
                == "net.h5:/model_weights/first/kernel — expected shape [3, 4] (Dense \"first\"), found [3, 5]")
        var rules = WeightRules()
        rules.skipMismatch = true
        let file = try KerasFile.read(try legacy(Self.config(), layers), rules: rules)
        #expect(file.ledger.count(.mismatched) == 1)
        #expect(file.notes == ["1 weights are mismatched in the file and have initial values"])
    }

    @Test func aWeightThatIsMissing() throws {
        var layers = Self.weights
        layers[1].weights.removeLast()
        #expect(
            message(try legacy(Self.config(), layers))
                == "net.h5:/model_weights — layer \"second\": weight \"bias\" of shape [2] is missing")
        var rules = WeightRules()
        rules.allowMissing = true
        let file = try KerasFile.read(try legacy(Self.config(), layers), rules: rules)
        #expect(file.ledger.count(.missing) == 1)
        #expect(file.model.layers[2].weights[1] == Tensor([2], repeating: 0))
    }

    @Test func aLayerThatIsMissing() throws {
        #expect(
            message(try legacy(Self.config(), Array(Self.weights.dropLast())))
                == "net.h5:/model_weights — layer \"second\": weight \"kernel\" of shape [4, 2] is missing")
    }

    @Test func aWeightTooMany() throws {
        var layers = Self.weights
        layers[1].weights.append(("scale", [2]))
        #expect(
            message(try legacy(Self.config(), layers))
                == "net.h5:/model_weights/second/scale — layer \"second\" has no place for this weight of shape [2]")
    }

    @Test func aLayerTooMany() throws {
        let layers = Self.weights + [("third", [("kernel", [2, 2])])]
        #expect(
            message(try legacy(Self.config(), layers))
                == "net.h5:/model_weights/third/kernel — layer \"third\" has no place for this weight of shape [2, 2]")
    }

    @Test func anotherNumberOfLayersWithOtherNames() throws {
        let layers = [("a", [("kernel", [3, 4])]), ("b", [("kernel", [3, 4])]), ("c", [("kernel", [3, 4])])]
        #expect(
            message(try legacy(Self.config(), layers))
                == "net.h5:/model_weights — expected 2 layers with weights, found 3")
    }

    @Test func aVariableThatIsMissing() throws {
        let draft = try FileDraft(named: "x.weights.h5")
        try draft.root.createDataset("layers/dense/vars/0", shape: [3, 4], values: [Float](repeating: 1, count: 12))
        let weights = try write(try draft.bytes(), "x.weights.h5")
        let architecture = try write(Array(Self.config().utf8), "net.json")
        #expect(
            message(weights, architecture: architecture)
                == "x.weights.h5:/layers/dense/vars/1 — layer \"first\": weight \"bias\" of shape [4] is missing")
    }

    // MARK: Hostile names

    @Test(arguments: ["", ".", "..", "a//b", "../first", "/first", "first/.."])
    func aNameThatLeadsElsewhere(_ name: String) throws {
        #expect(
            message(try legacy(Self.config(), names: [name, "second"]))
                == "net.h5:/model_weights — the name \"\(name)\" is not safe to follow")
        let config = Self.config { $0[1] = ["class_name": "Dense", "config": ["name": .string(name), "units": 4]] }
        #expect(message(try legacy(config)) == "net.h5@model_config — the name \"\(name)\" is not safe to follow")
    }

    @Test func namesThatAreOnlyUnusual() throws {
        let layers = [("größe/中", Self.weights[0].weights), ("second", Self.weights[1].weights)]
        let config = Self.config {
            $0[1] = ["class_name": "Dense", "config": ["name": "größe/中", "units": 4, "activation": "relu"]]
        }
        let file = try KerasFile.read(try legacy(config, layers))
        #expect(file.model.layers[1].name == "größe/中")
        for format in KerasFile.Format.allCases {
            let path = path("again-\(format.rawValue)")
            try file.write(to: path, format: format)
            let architecture = try write(Array(try file.architectureJSON().utf8), "again.json")
            let back = try KerasFile.read(path, architecture: architecture)
            #expect(back.model.layers.map(\.weights) == file.model.layers.map(\.weights))
        }
    }

    @Test func moreLayersThanOneAttributeHolds() throws {
        let layers = (0..<3000).map { number in
            (name: "layer_with_a_rather_long_name_\(number)", layer: Dense(units: 1) as any Layer)
        }
        let file = KerasFile(try Model.sequential(inputShape: [1], layers, seed: 1))
        let path = path("long.h5")
        try file.write(to: path, format: .legacyH5)
        let objects = try Inspection(path).objects
        let names = objects.first { $0.path == "/model_weights" }?.attributes.map(\.name)
        #expect(names == ["backend", "keras_version", "layer_names0", "layer_names1"])
        #expect(try KerasFile.read(path).model.layers.map(\.weights) == file.model.layers.map(\.weights))
    }
}
