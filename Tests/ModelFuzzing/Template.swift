import KerasFiles
import Networks
import Tensors

/// A layer as a file declares it, with a call of it, for the generator to take apart.
package struct Template: Sendable {
    /// The name under which the registry knows the class.
    var kerasName: String
    /// The layer's object in the file, without its calls.
    var declaration: Options
    /// A call on inputs that ``Template/inputName(_:)`` names.
    var node: OptionValue
    /// The shapes that the call takes, the batch first.
    var inputs: [Shape]
    /// How many outputs the call gives.
    var outputs: Int
    /// Whether inputs are whole numbers in a range.
    var takesIndices = false
    var range: ClosedRange<Float> = -2...2
    /// Whether the layer is a model.
    var isModel = false

    static func inputName(_ position: Int) -> String { "template_input_\(position)" }

    /// Those of a dialect, by the registry's names.
    static func all(_ dialect: Dialect) -> [String: [Template]] {
        dialect == .keras3 ? keras3 : keras2
    }

    private static let keras3 = made(.keras3)
    private static let keras2 = made(.keras2)

    private static func made(_ dialect: Dialect) -> [String: [Template]] {
        var found: [String: [Template]] = [:]
        for layerCase in LayerCase.all where layerCase.layer.maskedInputs.isEmpty {
            // What a dialect has no words for is no template of it.
            guard let template = Template(layerCase, dialect) else { continue }
            found[template.kerasName, default: []].append(template)
        }
        return found
    }

    private init?(_ layerCase: LayerCase, _ dialect: Dialect) {
        let layer = layerCase.layer
        var model = Model(name: "template", form: .functional, layers: [], inputs: [], outputs: [])
        for (position, shape) in layerCase.inputs.enumerated() {
            model.inputs.append(position)
            let input = InputLayer(batchShape: shape.withBatch(Shape.unknown))
            model.layers.append(ModelLayer(name: Template.inputName(position), layer: input))
        }
        guard let shapes = try? layer.outputShapes(for: layerCase.inputs) else { return nil }
        outputs = max(1, shapes.count - (layer.maskUse == .makes ? 1 : 0))
        model.outputs = (0..<outputs).map { Source(layer: layerCase.inputs.count, output: $0) }
        model.layers.append(
            ModelLayer(
                name: "template", layer: layer, calls: [layerCase.inputs.indices.map { Source(layer: $0) }]))
        guard (try? model.build()) != nil else { return nil }
        model.initialize(seed: 0)
        var declaration: Options
        if let text = try? KerasFile(model).architectureJSON(dialect),
            let layers = (try? JSON.parse(text))?.object?["config"]?.object?["layers"]?.array,
            let written = layers.last?.object, let call = written["inbound_nodes"]?.array?.first
        {
            declaration = written
            node = call
        } else if dialect == .keras2, !layerCase.isInKeras, layerCase.inputs.count == 1 {
            // Classes of Keras 1 are read, and never written.
            var config: Options = ["name": "template", "trainable": true]
            for (name, value) in layer.options.pairs { config[name] = value }
            declaration = ["class_name": .string(type(of: layer).kerasName), "config": .object(config)]
            node = [[.string(Template.inputName(0)), 0, 0, [:]]]
        } else {
            return nil
        }
        declaration["inbound_nodes"] = nil
        declaration["name"] = nil
        declaration["build_config"] = nil
        kerasName = type(of: layer).kerasName
        self.declaration = declaration
        inputs = layerCase.inputs
        takesIndices = layerCase.takesIndices
        range = layerCase.range
    }

    /// A model as a layer.
    init(model: Options, inputs: [Shape], outputs: Int, _ dialect: Dialect) {
        kerasName = "Model"
        declaration = model
        self.inputs = inputs
        self.outputs = outputs
        isModel = true
        let names = inputs.indices.map(Template.inputName)
        switch dialect {
        case .keras3:
            let tensors = names.map { name -> OptionValue in
                ["class_name": "__keras_tensor__", "config": ["keras_history": [.string(name), 0, 0]]]
            }
            node = ["args": tensors.count == 1 ? .array(tensors) : [.array(tensors)], "kwargs": [:]]
        case .keras2: node = .array(names.map { [.string($0), 0, 0, [:]] })
        }
    }

    /// Every value that an option of this name has in some template.
    static func values(_ dialect: Dialect) -> [String: [OptionValue]] {
        dialect == .keras3 ? values3 : values2
    }

    private static let values3 = harvest(keras3)
    private static let values2 = harvest(keras2)

    private static func harvest(_ templates: [String: [Template]]) -> [String: [OptionValue]] {
        var found: [String: Set<OptionValue>] = [:]
        func look(_ options: Options) {
            for (name, value) in options.pairs {
                found[name, default: []].insert(value)
                if let object = value.object { look(object) }
                for element in value.array ?? [] { if let object = element.object { look(object) } }
            }
        }
        for template in templates.values.joined() { look(template.declaration["config"]?.object ?? Options()) }
        return found.mapValues { $0.sorted { $0.description < $1.description } }
    }
}
