import Foundation
import KerasFiles
import Networks
import Tensors

/// Makes random models: graphs of every layer and operation with odd options, several inputs and outputs, layers that are
/// shared, models inside models, wrappers, masks, and extents that only the data tells.
///
/// Each layer is tried where it stands by the real reader; one that is refused is mostly replaced, so that about half of
/// the models run.
struct ModelGenerator {
    /// A tensor of the graph.
    private struct Wire {
        var layer: String
        var call: Int
        var output: Int
        var shape: Shape
        /// The shape of one sample as its template has it, for a tensor from outside.
        var origin: Shape?
        var isUsed = false
    }

    /// A layer of the graph, or an input.
    private struct Part {
        var name: String
        var template: Template?
        var declaration: Options
        var calls: [OptionValue] = []
        /// The shapes of its first call.
        var inputs: [Shape] = []
        /// The layers that its first call reads.
        var sources: [String] = []
    }

    private let dialect: Dialect
    private let depth: Int
    private let templates: [String: [Template]]
    private let classNames: [String]
    private let mutation: Mutation
    /// How often of a hundred a layer has other options than its template.
    private let mutates: Int
    /// Whether the model is small, and is there for a number that no layer expects.
    private let exaggerates: Bool
    private var dice: Dice
    private var parts: [Part] = []
    private var wires: [Wire] = []
    private var counter = 0
    /// The inputs' real extents, as far as they are known, and what their numbers are.
    private var inputFacts: [(origin: Shape, takesIndices: Bool)] = []
    /// The classes that new layers have, where `KERAS_BRIDGE_FUZZ_ONLY` names some: for who mends one.
    private static let only: Set<String>? = ProcessInfo.processInfo.environment["KERAS_BRIDGE_FUZZ_ONLY"].map { names in
        Set(names.split(separator: ",").map(String.init))
    }
    /// Told of each text before it is read.
    private let note: (String) -> Void
    private let path: String

    init(seed: UInt64, path: String, depth: Int = 0, dialect: Dialect? = nil, note: @escaping (String) -> Void) {
        dice = Dice(seed: seed)
        let isKeras3 = dice.chance(80)
        self.dialect = dialect ?? (isKeras3 ? .keras3 : .keras2)
        self.depth = depth
        self.path = path
        self.note = note
        templates = Template.all(self.dialect)
        let only = Self.only
        classNames = templates.keys.filter { only?.contains($0) ?? true }.sorted()
        let isExtreme = dice.chance(20) && depth == 0
        exaggerates = isExtreme
        mutates = isExtreme ? 100 : dice.pick([0, 20, 40, 80]) ?? 0
        mutation = Mutation(values: Template.values(self.dialect), extremes: dice.pick([0, 2, 15]) ?? 0)
    }

    /// A whole model with shapes for its inputs.
    static func model(seed: UInt64, path: String, note: @escaping (String) -> Void) -> GeneratedModel {
        var generator = ModelGenerator(seed: seed, path: path, note: note)
        let object = generator.object(layers: 1 + generator.dice.below(6))
        return GeneratedModel(
            seed: seed, text: JSON.text(.object(object)), shapes: generator.realShapes(),
            takesIndices: generator.inputFacts.map(\.takesIndices))
    }

    /// The model's declaration.
    private mutating func object(layers: Int) -> Options {
        if dice.chance(15), let starter = starter() { add(starter) }
        for _ in 0..<(exaggerates ? 1 : layers) {
            guard let template = nextTemplate() else { continue }
            if !add(template) { break }
        }
        if wires.isEmpty { _ = input([2, 3], of: nil) }
        let outputs = chosenOutputs()
        if dice.chance(40), let chain = sequential(outputs) { return chain }
        return declaration(outputs: outputs)
    }

    /// The same model in the other form, where it is a chain.
    private func sequential(_ outputs: [Wire]) -> Options? {
        var last: String?
        for part in parts {
            guard part.calls.count == (last == nil ? 0 : 1), part.sources == (last.map { [$0] } ?? []) else {
                return nil
            }
            last = part.name
        }
        guard outputs.count == 1, outputs[0].output == 0, outputs[0].layer == last else { return nil }
        let layers = parts.map { OptionValue.object(named($0.declaration, $0.name)) }
        let config: Options = ["name": .string("model_\(depth)"), "trainable": true, "layers": .array(layers)]
        return ["class_name": "Sequential", "config": .object(config)]
    }

    // MARK: Layers

    /// A layer that makes a mask.
    private mutating func starter() -> Template? {
        guard let name = dice.pick(["Embedding", "Masking"]), var template = dice.pick(templates[name] ?? []) else {
            return nil
        }
        if name == "Embedding", var config = template.declaration["config"]?.object {
            config["mask_zero"] = true
            template.declaration["config"] = .object(config)
        }
        return template
    }

    private mutating func nextTemplate() -> Template? {
        if depth < 2, dice.chance(8) { return innerModel() }
        guard let name = dice.pick(classNames), let template = dice.pick(templates[name] ?? []) else { return nil }
        if dice.chance(15), let other = inOtherLayout(template) { return other }
        if dice.chance(8) { return inTime(template) }
        return template
    }

    /// The layer for images whose channels come first.
    private mutating func inOtherLayout(_ template: Template) -> Template? {
        var other = template
        guard var config = template.declaration["config"]?.object, config["data_format"] == "channels_last" else {
            return nil
        }
        config["data_format"] = "channels_first"
        other.declaration["config"] = .object(config)
        let isSequence = template.kerasName.hasPrefix("ConvLSTM")
        other.inputs = template.inputs.map { shape in
            var extents = shape.extents
            guard extents.count > (isSequence ? 3 : 2) else { return shape }
            extents.insert(extents.removeLast(), at: isSequence ? 2 : 1)
            return Shape(extents)
        }
        return other
    }

    /// A model that becomes a layer.
    private mutating func innerModel() -> Template? {
        var inner = ModelGenerator(
            seed: dice.next(), path: path, depth: depth + 1, dialect: dialect, note: note)
        let object = inner.object(layers: 1 + inner.dice.below(3))
        let config = object["config"]?.object
        let template = Template(
            model: object, inputs: inner.inputFacts.map(\.origin),
            outputs: config?["output_layers"]?.array?.count ?? 1, dialect)
        return dice.chance(15) ? inTime(template) : template
    }

    /// A layer that works on each step of a sequence.
    private mutating func inTime(_ template: Template) -> Template? {
        guard template.inputs.count == 1, var wrapper = dice.pick(templates["TimeDistributed"] ?? []),
            var config = wrapper.declaration["config"]?.object
        else { return template }
        config["layer"] = .object(named(template.declaration, fresh("inner")))
        wrapper.declaration["config"] = .object(config)
        let shape = template.inputs[0]
        wrapper.inputs = [Shape([shape[0], 1 + dice.below(4)] + shape.dropFirst())]
        wrapper.takesIndices = template.takesIndices
        wrapper.range = template.range
        return wrapper
    }

    /// Adds a layer.
    ///
    /// - Returns: whether the model can go on: not with a layer that is refused.
    @discardableResult
    private mutating func add(_ template: Template) -> Bool {
        if dice.chance(12), share() { return true }
        let before = (parts, wires, counter, inputFacts)
        let isChanged = dice.chance(mutates)
        for attempt in 0..<3 {
            (parts, wires, counter, inputFacts) = before
            var part = Part(name: fresh(template.kerasName), template: template, declaration: template.declaration)
            if isChanged, attempt == 0 || dice.chance(50), !template.isModel,
                var config = part.declaration["config"]?.object
            {
                if ["Bidirectional", "SpectralNormalization", "TimeDistributed"].contains(template.kerasName),
                    dice.chance(40), let name = dice.pick(classNames), let other = dice.pick(templates[name] ?? [])
                {
                    config["layer"] = .object(named(other.declaration, fresh("inner")))
                } else if exaggerates {
                    mutation.exaggerate(&config, &dice)
                } else {
                    mutation.change(&config, &dice)
                }
                part.declaration["config"] = .object(config)
            }
            let sources = template.inputs.indices.map { position in
                source(for: template.inputs[position], position, of: template, isPlain: attempt == 2)
            }
            part.inputs = sources.map { wires[$0].shape }
            part.sources = sources.map { wires[$0].layer }
            part.calls = [call(template, sources)]
            parts.append(part)
            if let made = tried(part.name, call: 0, outputs: template.outputs) {
                for source in sources { wires[source].isUsed = true }
                wires += made
                return true
            }
            // Mostly the refused is given up; some models are refused.
            if dice.chance(12) {
                for source in sources { wires[source].isUsed = true }
                wires.append(Wire(layer: part.name, call: 0, output: 0, shape: [Shape.unknown]))
                return false
            }
        }
        (parts, wires, counter, inputFacts) = before
        return true
    }

    /// Calls a layer once more with other tensors.
    private mutating func share() -> Bool {
        let candidates = parts.indices.filter { parts[$0].template != nil }
        guard let place = dice.pick(candidates), let template = parts[place].template else { return false }
        let before = (parts, wires, counter, inputFacts)
        let sources = parts[place].inputs.enumerated().map { position, shape in
            source(for: shape, position, of: template, isPlain: false)
        }
        let call = parts[place].calls.count
        parts[place].calls.append(self.call(template, sources))
        if let made = tried(parts[place].name, call: call, outputs: template.outputs) {
            for source in sources { wires[source].isUsed = true }
            wires += made
            return true
        }
        (parts, wires, counter, inputFacts) = before
        return false
    }

    /// The tensors that a call gives, where the reader takes the model with it.
    private func tried(_ name: String, call: Int, outputs: Int) -> [Wire]? {
        for count in Set([outputs, 1]).sorted(by: >) {
            let ends = (0..<count).map { Wire(layer: name, call: call, output: $0, shape: []) }
            let text = JSON.text(.object(declaration(outputs: ends)))
            note(text)
            guard let file = GeneratedModel.read(text, path), let shapes = try? file.model.shapes() else { continue }
            let found = file.model.outputs.map { shapes[$0] ?? [] }
            // Some take more room than is there.
            let room = found.reduce(0.0) { $0 + $1.reduce(1.0) { $0 * Double(max($1, 1)) } }
            guard found.count == count, room < 1e5 else { return nil }
            return ends.indices.map { index in
                var wire = ends[index]
                wire.shape = found[index]
                return wire
            }
        }
        return nil
    }

    // MARK: Tensors

    /// A tensor for an input of a layer: one that is there, or a new input of the model.
    private mutating func source(
        for shape: Shape, _ position: Int, of template: Template, isPlain: Bool
    ) -> Int {
        if !isPlain, !template.takesIndices || dice.chance(5), dice.chance(70) {
            func fits(_ wire: Wire, exactly: Bool) -> Bool {
                wire.shape.count == shape.count
                    && (!exactly
                        || zip(wire.shape, shape).dropFirst().allSatisfy { $0 == $1 || $0 < 0 || $1 < 0 })
            }
            let close = wires.indices.filter { fits(wires[$0], exactly: true) }
            let near = wires.indices.filter { fits(wires[$0], exactly: false) }
            if let found = dice.pick(dice.chance(60) && !close.isEmpty ? close : near) { return found }
        }
        return input(shape, of: template, isPlain: isPlain)
    }

    /// A new input of the model, some of whose extents are unknown.
    private mutating func input(_ shape: Shape, of template: Template?, isPlain: Bool = false) -> Int {
        var origin = shape.map { $0 < 0 ? 1 + dice.below(4) : $0 }
        var declared = origin
        if !declared.isEmpty { declared[0] = dice.chance(4) ? dice.below(4) : -1 }
        for axis in declared.indices.dropFirst() {
            if dice.chance(isPlain ? 15 : 30) {
                declared[axis] = -1
            } else if !isPlain, dice.chance(6) {
                declared[axis] = dice.chance(80) ? dice.below(9) : mutation.number(origin[axis], &dice)
                origin[axis] = declared[axis]
            }
        }
        let name = fresh("input")
        let batchShape = OptionValue.array(declared.map { $0 == -1 ? nil : .int($0) })
        let config: Options = [
            dialect == .keras3 ? "batch_shape" : "batch_input_shape": batchShape, "dtype": "float32",
            "name": .string(name),
        ]
        parts.append(
            Part(name: name, template: nil, declaration: ["class_name": "InputLayer", "config": .object(config)]))
        inputFacts.append((Shape(origin), template?.takesIndices ?? false))
        wires.append(Wire(layer: name, call: 0, output: 0, shape: Shape(declared), origin: Shape(origin)))
        guard let template, depth == 0, shape.count > 1, dice.chance(template.takesIndices ? 40 : 60) else {
            return wires.count - 1
        }
        return trained(wires.count - 1)
    }

    /// The tensor behind a layer with a weight, so that gradients go through the layers after it.
    private mutating func trained(_ wire: Int) -> Int {
        guard var template = templates["PReLU"]?.first, var config = template.declaration["config"]?.object else {
            return wire
        }
        let shape = wires[wire].shape
        config["shared_axes"] = .array(shape.indices.dropFirst().map { .int($0) })
        template.declaration["config"] = .object(config)
        template.inputs = [shape]
        let part = Part(
            name: fresh("trained"), template: nil, declaration: template.declaration, calls: [call(template, [wire])],
            inputs: [shape], sources: [wires[wire].layer])
        parts.append(part)
        wires[wire].isUsed = true
        wires.append(Wire(layer: part.name, call: 0, output: 0, shape: shape))
        return wires.count - 1
    }

    /// The template's call with these tensors in the place of its own.
    private func call(_ template: Template, _ sources: [Int]) -> OptionValue {
        var places: [String: Wire] = [:]
        for (position, source) in sources.enumerated() { places[Template.inputName(position)] = wires[source] }
        func replaced(_ value: OptionValue) -> OptionValue {
            if let list = value.array {
                if list.count >= 3, let name = list[0].string, let wire = places[name] {
                    return .array([.string(wire.layer), .int(number(of: wire)), .int(wire.output)] + list.dropFirst(3))
                }
                return .array(list.map(replaced))
            }
            if let object = value.object {
                return .object(Options(object.pairs.map { ($0.name, replaced($0.value)) }))
            }
            return value
        }
        return replaced(template.node)
    }

    /// How a node numbers a call: Keras 2 counts a hidden one of a model.
    private func number(of wire: Wire, isEnd: Bool = false) -> Int {
        let isModel = parts.first { $0.name == wire.layer }?.template?.isModel ?? false
        return isModel && (dialect == .keras2 || isEnd) ? wire.call + 1 : wire.call
    }

    // MARK: Texts

    private mutating func fresh(_ name: String) -> String {
        counter += 1
        return name.lowercased().filter(\.isLetter) + "_\(depth)_\(counter)"
    }

    /// The object of a layer under a name of its own.
    private func named(_ declaration: Options, _ name: String) -> Options {
        var named = declaration
        var config = declaration["config"]?.object ?? Options()
        config["name"] = .string(name)
        named["config"] = .object(config)
        return named
    }

    private mutating func chosenOutputs() -> [Wire] {
        let loose = wires.filter { !$0.isUsed }
        var ends = loose.isEmpty ? Array(wires.suffix(1)) : loose
        if dice.chance(20), let more = dice.pick(wires) { ends.append(more) }
        while ends.count > 4 { ends.remove(at: dice.below(ends.count)) }
        return ends
    }

    private func declaration(outputs: [Wire]) -> Options {
        let layers = parts.map { part -> OptionValue in
            var layer = named(part.declaration, part.name)
            layer["name"] = .string(part.name)
            layer["inbound_nodes"] = .array(part.calls)
            return .object(layer)
        }
        func end(_ wire: Wire) -> OptionValue {
            [.string(wire.layer), .int(number(of: wire, isEnd: true)), .int(wire.output)]
        }
        let inputs = wires.filter { $0.origin != nil }
        let config: Options = [
            "name": .string("model_\(depth)"), "trainable": true, "layers": .array(layers),
            "input_layers": .array(inputs.map(end)), "output_layers": .array(outputs.map(end)),
        ]
        return ["class_name": "Functional", "config": .object(config)]
    }

    // MARK: Data

    /// Real extents for the inputs: those that are declared, and others drawn for each input by itself.
    private mutating func realShapes() -> [Shape] {
        let fixed = wires.first { $0.origin != nil && $0.shape[0] >= 0 }?.shape[0]
        let batch = fixed ?? (dice.chance(5) ? 0 : 1 + dice.below(3))
        return zip(wires.filter { $0.origin != nil }, inputFacts).map { wire, facts in
            var shape = facts.origin
            for axis in shape.indices {
                if wire.shape[axis] >= 0 {
                    shape[axis] = dice.chance(1) ? wire.shape[axis] &+ 1 : wire.shape[axis]
                } else if axis == 0 {
                    shape[0] = dice.chance(1) ? dice.below(4) : batch
                } else if dice.chance(40) {
                    shape[axis] = dice.pick([0, 1, 1, 2, 3, 4, 5, 6, 7, 9]) ?? 1
                }
            }
            return shape
        }
    }
}
