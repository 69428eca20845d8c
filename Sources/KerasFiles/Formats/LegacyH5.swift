import HDF5
import Networks
import Tensors
import Training

/// The legacy HDF5 formats: `model.save("x.h5")` and `model.save_weights("x.h5")` of Keras 1, 2, tf_keras and 3.
///
///     /                      attributes model_config, [training_config], [keras_version], [backend]
///     /model_weights         attributes layer_names, [keras_version], [backend]
///     /model_weights/<layer>               attribute weight_names
///     /model_weights/<layer>/<weight name> dataset
///     /optimizer_weights     attribute weight_names, and a dataset for each
///
/// A file with weights only holds the content of `model_weights` at its root. The order of layers and weights comes
/// from the two attributes alone, never from the order of links; a list too long for one attribute (64,512 bytes) is
/// cut into `layer_names0`, `layer_names1`, … Names may be of fixed or variable length, ASCII or UTF-8; an empty list
/// has any type. MUST be there: `layer_names`, and a group for each name in it. MAY be missing: everything else.
/// Weights are matched in order, as Keras does: layers without weights do not count, names need not be equal.
enum LegacyH5 {
    /// The longest list of names that fits one attribute, in bytes.
    static let attributeLimit = 64_512

    /// One layer's group.
    struct Group {
        var name: String
        var weightNames: [String]
        var arrays: [StoredArray]
    }

    // MARK: Reading

    /// A JSON text in an attribute of the root.
    static func json(_ name: String, in source: OpenFile, limits: JSON.Limits) throws(KerasError) -> OptionValue? {
        let text = try kerasErrors { () throws(HDF5Error) in
            try source.file.root.attributes.contains(name) ? source.file.root.attributes.string(name) : nil
        }
        guard let text else { return nil }
        do throws(JSONError) {
            return try JSON.parse(text, limits: limits)
        } catch {
            throw KerasError(Place(file: source.file.root.place.file, attribute: name), .badJSON(error))
        }
    }

    /// A short text in an attribute of the root or of the weights' group; `nil` where there is none.
    static func text(_ name: String, in source: OpenFile, weightsAt group: String?) -> String? {
        // A version that cannot be read is as good as none: nothing but a note depends on it.
        if let text = try? source.file.root.attributes.string(name) { return text }
        guard let group else { return nil }
        return try? source.file.root.group(group).attributes.string(name)
    }

    /// The layers' groups below `group` (the root, where `nil`), in the order of `layer_names`.
    static func groups(
        below group: String?, in source: OpenFile, bfloat16Layers: Set<String> = [], maxObjects: Int
    ) throws(KerasError) -> [Group] {
        let prefix = group.map { $0 + "/" } ?? ""
        var groups: [Group] = []
        // Names may repeat, and each of a group's names is looked up each time that the group is named.
        var count = 0
        func add(_ more: Int) throws(KerasError) {
            count += more
            if count > maxObjects {
                throw KerasError(
                    source.file.root.place,
                    .tooLarge(what: "the number of named layers and weights", found: count, limit: maxObjects))
            }
        }
        if group == nil, let layers = try number("nb_layers", of: nil, in: source) {
            for layer in 0..<layers {
                let name = "layer_\(layer)"
                let weightNames = (0..<(try number("nb_params", of: name, in: source) ?? 0)).map { "param_\($0)" }
                try add(1 + weightNames.count)
                var arrays: [StoredArray] = []
                for weight in weightNames { arrays.append(try StoredArray(name + "/" + weight, in: source)) }
                groups.append(Group(name: name, weightNames: weightNames, arrays: arrays))
            }
            return groups
        }
        for name in try names("layer_names", of: group, in: source) {
            let weightNames = try names("weight_names", of: prefix + name, in: source)
            try add(1 + weightNames.count)
            var arrays: [StoredArray] = []
            for weight in weightNames {
                arrays.append(
                    try StoredArray(
                        prefix + name + "/" + weight, in: source, isBFloat16: bfloat16Layers.contains(name)))
            }
            groups.append(Group(name: name, weightNames: weightNames, arrays: arrays))
        }
        return groups
    }

    /// The optimizer's variables in the order of `weight_names`, by name; `nil` where there are none.
    static func optimizerWeights(in source: OpenFile) throws(KerasError) -> [(name: String, array: StoredArray)]? {
        let group = "optimizer_weights"
        let entry = try kerasErrors { () throws(HDF5Error) in try source.file.root.entry(group) }
        guard entry == .group else { return nil }
        var arrays: [(name: String, array: StoredArray)] = []
        for name in try names("weight_names", of: group, in: source) {
            arrays.append((name, try StoredArray(group + "/" + name, in: source)))
        }
        return arrays.isEmpty ? nil : arrays
    }

    /// Where each trained weight stands when all are sorted by their names in the file: Keras 1's order of slots.
    static func nameOrder(
        of found: [Group], _ expected: [WeightNames.LegacyGroup], _ model: Model
    ) -> [Int]? {
        let numbers = Dictionary(
            uniqueKeysWithValues: model.trainableWeights.enumerated().map { ($0.element, $0.offset) })
        var named: [(name: String, number: Int)] = []
        let pairs = zip(found.filter { !$0.arrays.isEmpty }, expected.filter { !$0.weights.isEmpty })
        for (group, layer) in pairs {
            for (name, address) in zip(group.weightNames, layer.weights) {
                if let number = numbers[address] { named.append((name, number)) }
            }
        }
        return named.count == numbers.count ? named.sorted { $0.name < $1.name }.map(\.number) : nil
    }

    /// A list of names in an attribute, or in several that continue each other.
    private static func names(
        _ attribute: String, of path: String?, in source: OpenFile
    ) throws(KerasError) -> [String] {
        let (names, place) = try kerasErrors { () throws(HDF5Error) -> ([String], Place) in
            guard let path else {
                return (try Self.names(attribute, of: source.file.root), source.file.root.place)
            }
            let group = try source.file.root.group(path)
            return (try Self.names(attribute, of: group), group.place)
        }
        for name in names where !KerasFile.isSafeName(name) { throw KerasError(place, .unsafeName(name)) }
        return names
    }

    private static func names(_ attribute: String, of group: borrowing HDF5.Group) throws(HDF5Error) -> [String] {
        if try group.attributes.contains(attribute) { return try group.attributes.strings(attribute) }
        var names: [String] = []
        var chunk = 0
        while try group.attributes.contains("\(attribute)\(chunk)") {
            names += try group.attributes.strings("\(attribute)\(chunk)")
            chunk += 1
        }
        return names
    }

    /// A count in an attribute; `nil` where there is none.
    private static func number(
        _ attribute: String, of path: String?, in source: OpenFile
    ) throws(KerasError) -> Int? {
        let number = try kerasErrors { () throws(HDF5Error) -> Int? in
            if let path {
                let group = try source.file.root.group(path)
                return try group.attributes.contains(attribute) ? group.attributes.value(attribute, as: Int.self) : nil
            }
            let attributes = try source.file.root.attributes.contains(attribute)
            return attributes ? try source.file.root.attributes.value(attribute, as: Int.self) : nil
        }
        guard let number else { return nil }
        guard (0...100_000).contains(number) else {
            throw KerasError(
                source.file.root.place, .tooLarge(what: "attribute \(attribute)", found: number, limit: 100_000))
        }
        return number
    }

    /// Matches a file's groups with a model's.
    static func assign(
        _ found: [Group], to expected: [WeightNames.LegacyGroup], older: OlderWeights,
        in assignment: inout WeightAssignment
    ) {
        let wanted = expected.filter { !$0.weights.isEmpty }
        let given = found.filter { !$0.arrays.isEmpty }
        if assignment.rules.byName {
            let byName = Dictionary(given.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            for group in wanted {
                if let match = byName[group.name] { assign(match, to: group, older, in: &assignment) }
            }
            let names = Set(wanted.map(\.name))
            for group in given where !names.contains(group.name) {
                for array in group.arrays { assignment.extra(array, layer: group.name) }
            }
            return
        }
        guard wanted.count == given.count else {
            // The names tell which layers are too few or too many, if they are the model's own.
            let names = Set(wanted.map(\.name))
            let givenNames = Set(given.map(\.name))
            let byName = Dictionary(given.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            if names.isDisjoint(with: givenNames)
                || !assignment.rules.allowMissing && names.isSuperset(of: givenNames)
                    && names.isSubset(of: givenNames)
            {
                assignment.fail(
                    KerasError(assignment.place, .layerCount(expected: wanted.count, found: given.count)))
                return
            }
            for group in wanted {
                if let match = byName[group.name] {
                    assign(match, to: group, older, in: &assignment)
                } else {
                    for weight in group.weights { assignment.missing(weight) }
                }
            }
            for group in given where !names.contains(group.name) {
                for array in group.arrays { assignment.extra(array, layer: group.name) }
            }
            return
        }
        for (group, match) in zip(wanted, given) { assign(match, to: group, older, in: &assignment) }
    }

    private static func assign(
        _ found: Group, to expected: WeightNames.LegacyGroup, _ older: OlderWeights,
        in assignment: inout WeightAssignment
    ) {
        if older.isNeeded, let converted = conversions(of: found, to: expected, older, assignment.model) {
            for (address, conversion) in converted { assignment.match(address, conversion) }
            return
        }
        let found = byName(found, expected, assignment.model)
        for (address, array) in zip(expected.weights, found.arrays) { assignment.match(address, array) }
        for address in expected.weights.dropFirst(found.arrays.count) { assignment.missing(address) }
        for array in found.arrays.dropFirst(expected.weights.count) {
            assignment.extra(array, layer: expected.name)
        }
    }

    /// The group's arrays as today's weights; `nil` where they are that already, or cannot be told apart.
    private static func conversions(
        of found: Group, to expected: WeightNames.LegacyGroup, _ older: OlderWeights, _ model: Model
    ) -> [(WeightAddress, WeightAssignment.Conversion)]? {
        // A model inside the model has the arrays of several layers, in today's number.
        let layers = Set(expected.weights.map(\.layer))
        if layers.count == 1, let layer = layers.first {
            guard let converted = older.conversions(of: model.layers[layer], from: found.arrays),
                converted.count == expected.weights.count
            else { return nil }
            return Array(zip(expected.weights, converted))
        }
        guard found.arrays.count == expected.weights.count else { return nil }
        let arrays = Dictionary(
            zip(expected.weights, byName(found, expected, model).arrays), uniquingKeysWith: { first, _ in first })
        var converted: [(WeightAddress, WeightAssignment.Conversion)] = []
        for layer in layers.sorted() {
            let own = model.layers[layer].specs.indices.map { WeightAddress(layer: layer, weight: $0) }
            let parts = own.compactMap { arrays[$0] }
            let made =
                older.conversions(of: model.layers[layer], from: parts)
                ?? parts.map { part in
                    WeightAssignment.Conversion(outcome: .matched, note: "", arrays: [part]) { $0[0] }
                }
            converted += zip(own, made)
        }
        return converted
    }

    /// The arrays of a model inside the model in the order of its weights, where their names tell it.
    ///
    /// Frozen layers stand at different places in different versions, but each array is called after its layer.
    private static func byName(_ found: Group, _ expected: WeightNames.LegacyGroup, _ model: Model) -> Group {
        guard Set(expected.weights.map(\.layer)).count > 1, found.arrays.count == expected.weights.count else {
            return found
        }
        var positions: [String: Int] = [:]
        for (position, name) in found.weightNames.enumerated() {
            let parts = name.prefix { $0 != ":" }.split(separator: "/").suffix(2)
            guard parts.count == 2, positions.updateValue(position, forKey: parts.joined(separator: "/")) == nil else {
                return found
            }
        }
        var arrays: [StoredArray] = []
        for address in expected.weights {
            let layer = model.layers[address.layer]
            let own = layer.name.split(separator: "/").last.map(String.init) ?? layer.name
            guard let position = positions["\(own)/\(layer.specs[address.weight].name)"] else { return found }
            arrays.append(found.arrays[position])
        }
        var sorted = found
        sorted.arrays = arrays
        return sorted
    }

    /// Whether the weights below a group are Keras 1's, and whether they were trained on Theano.
    static func older(
        _ found: [Group], below group: String?, in source: OpenFile, declaredMajor: Int, theano: Bool?
    ) -> OlderWeights {
        func text(_ name: String) -> String? {
            if let group { return try? source.file.root.group(group).attributes.string(name) }
            return try? source.file.root.attributes.string(name)
        }
        let names = found.flatMap(\.weightNames)
        // Keras 1 wrote no version beside the weights; its names end in a capital letter and the part's.
        let looksOld = names.contains {
            ["_W", "_b", "param_0"].contains(where: $0.replacing(":0", with: "").hasSuffix)
        }
        let isKeras1 = text("keras_version") == nil && (declaredMajor == 1 || looksOld)
        let isTheano = isKeras1 ? !names.contains { $0.hasSuffix(":0") } : text("backend") == "theano"
        return OlderWeights(isKeras1: isKeras1, isTheano: theano ?? (isTheano && !names.isEmpty))
    }

    // MARK: Writing

    /// The content of `model_weights`: groups in the model's order, and the names that tell it.
    static func write(
        _ groups: [WeightNames.LegacyGroup], of file: KerasFile, into group: borrowing HDF5.Group, dialect: Dialect,
        form: Model.Form
    ) throws(HDF5Error) {
        try write(names: groups.map(\.name), "layer_names", to: group)
        try writeVersion(dialect, to: group)
        for entry in groups {
            let own = try group.requireGroup(entry.name)
            var names: [String] = []
            for address in entry.weights {
                var name = WeightNames.legacyName(of: address, in: file.model, dialect, form: form)
                // Two weights of one name would be one dataset.
                var number = 1
                let base = name
                while names.contains(name) {
                    number += 1
                    name = base.replacing(":0", with: "") + "_\(number)" + (base.hasSuffix(":0") ? ":0" : "")
                }
                names.append(name)
                try file.storedValues(of: address).write(
                    file.model[address], to: own, at: name, allowsBFloat16: false)
            }
            try write(names: names, "weight_names", to: own)
        }
        let model = try group.createGroup("top_level_model_weights")
        try write(names: [], "weight_names", to: model)
    }

    static func writeVersion(_ dialect: Dialect, to group: borrowing HDF5.Group) throws(HDF5Error) {
        try group.attributes.write("backend", string: "tensorflow")
        try group.attributes.write("keras_version", string: KerasVersion.written(dialect))
    }

    /// What tf_keras restores an optimizer from.
    static func write(
        _ variables: [OptimizerVariable], of optimizer: any Optimizer, _ model: Model,
        into group: borrowing HDF5.Group
    ) throws(HDF5Error) {
        let trained = model.trainableWeights
        var names: [String] = []
        for variable in variables {
            let name: String
            if let weight = variable.weight {
                let address = trained[weight]
                let layer = model.layers[address.layer]
                name =
                    "\(type(of: optimizer).kerasName)/\(variable.name)/\(layer.name)/\(layer.specs[address.weight].name):0"
            } else {
                name = variable.name + ":0"
            }
            names.append(name)
            try write(variable, to: group, at: name)
        }
        try write(names: names, "weight_names", to: group)
    }

    static func write(
        _ variable: OptimizerVariable, to group: borrowing HDF5.Group, at path: String
    ) throws(HDF5Error) {
        switch variable.value {
        case .integer(let value): try group.createDataset(path, shape: [], values: [Int64(value)])
        case .tensor(let tensor):
            try StoredValues.float32.write(tensor, to: group, at: path, allowsBFloat16: false)
        }
    }

    /// Writes a list of names, in pieces where it is too long for one attribute.
    private static func write(
        names: [String], _ attribute: String, to group: borrowing HDF5.Group
    ) throws(HDF5Error) {
        let longest = names.map(\.utf8.count).max() ?? 0
        guard longest * names.count > attributeLimit else {
            return try group.attributes.write(attribute, strings: names)
        }
        // As numpy.array_split: the first pieces have one name more.
        var pieces = 2
        while ((names.count + pieces - 1) / pieces) * longest > attributeLimit, pieces < names.count { pieces += 1 }
        var rest = names[...]
        for piece in 0..<pieces {
            let count = names.count / pieces + (piece < names.count % pieces ? 1 : 0)
            try group.attributes.write(
                "\(attribute)\(piece)", strings: Array(rest.prefix(count)), as: .fixed(size: max(1, longest)))
            rest = rest.dropFirst(count)
        }
    }
}
