import HDF5
import Networks
import Tensors
import Training

/// `*.weights.h5`, and `model.weights.h5` inside a `.keras` archive: the variables by their place in the model.
///
///     /layers/conv2d/vars/0, 1           the first Conv2D of the model
///     /layers/conv2d_1/vars/…            the second: numbered by class, whatever the layers' names are
///     /layers/functional/layers/…        a model inside the model
///     /layers/lstm/cell/vars/…           what a layer keeps in an object of its own
///     /optimizer/vars/0, 1, …            the optimizer's variables
///     /vars                              the model's own: empty, but tf_keras wants the group
///
/// Variables are numbered in decimal, so links sort 0, 1, 10, 2. Inside one object trained variables stand before the
/// others, whatever is frozen. Keras 3.6 and later note the object's name in an attribute `name` of `vars`; tf.keras
/// 2.12 and 2.13 say `_layer_checkpoint_dependencies` for `layers`. bfloat16 stands as two opaque bytes with an
/// attribute `dtype`. Keras 3.10 and later may cut the variables into several files, which a `.weights.json` names:
/// `{"weight_map": {"/layers/conv2d/vars": ["x_00000.weights.h5"], …}}`. Nothing says which Keras wrote the file. MUST be there: the variables of every layer. Groups of
/// layers that hold none MAY be missing; groups that nobody knows are an error if they hold variables, except the state
/// of random generators and metrics, which changes no prediction.
enum WeightsH5 {
    // MARK: Reading

    /// Matches a file's variables with a model's weights.
    static func assign(
        _ store: VariableStore, to locations: [WeightNames.Location], in assignment: inout WeightAssignment
    ) throws(KerasError) {
        var taken = Set<String>()
        let placesByName = assignment.rules.byName ? try store.placesByName() : nil
        for location in locations {
            let layer = assignment.model.layers[location.layer]
            let isBFloat16 = layer.dtype.contains("bfloat16")
            for (weight, relative) in location.variables.enumerated() {
                let address = WeightAddress(layer: location.layer, weight: weight)
                let place = placesByName.map { $0[layer.name] } ?? location.path
                guard let place else {
                    assignment.missing(address)
                    continue
                }
                let path = place + "/" + relative
                if let found = store.find(path) {
                    taken.insert(found)
                    assignment.match(address, try store.array(found, isBFloat16: isBFloat16))
                } else {
                    assignment.missing(address, at: Place(file: store.file, object: "/" + path))
                }
            }
        }
        for location in locations {
            for copy in location.copies {
                if let found = store.find(location.path + "/" + copy.path) { taken.insert(found) }
            }
        }
        for path in store.paths where !taken.contains(path) {
            guard path.hasPrefix("layers/") || path.hasPrefix("_layer_checkpoint_dependencies/"),
                !path.contains("/seed_generator")
            else { continue }
            let array = try store.array(path)
            assignment.extra(array, layer: path.components(before: "/vars/"))
        }
    }

    // MARK: Writing

    /// Writes all variables, and a group for every layer, as Keras does.
    static func write(
        _ locations: [WeightNames.Location], models: [(path: String, name: String)], optimizer: [OptimizerVariable],
        of file: KerasFile, into root: borrowing Group, dialect: Dialect
    ) throws(HDF5Error) {
        func vars(_ path: String, name: String) throws(HDF5Error) {
            let group = try root.requireGroup(path.isEmpty ? "vars" : path + "/vars")
            // tf_keras notes no names.
            guard dialect == .keras3, try !group.attributes.contains("name") else { return }
            try group.attributes.write("name", string: name, as: .variable(.utf8))
        }
        for model in models { try vars(model.path, name: model.name) }
        for location in locations {
            try vars(location.path, name: location.name)
            for (weight, path) in Array(location.variables.enumerated()) + location.copies {
                let address = WeightAddress(layer: location.layer, weight: weight)
                try file.storedValues(of: address).write(
                    file.model[address], to: root, at: location.path + "/" + path, allowsBFloat16: dialect == .keras3)
            }
        }
        for (number, variable) in optimizer.enumerated() {
            try LegacyH5.write(variable, to: root, at: "optimizer/vars/\(number)")
        }
    }
}

/// The variables of one `.weights.h5` file, or of several that belong together, by path.
struct VariableStore {
    let file: String
    /// The path of every dataset below a group `vars`, without a leading slash.
    private(set) var paths: [String] = []
    private var sources: [String: OpenFile] = [:]
    /// The places of the layers that have variables.
    private var layers: Set<Substring> = []
    /// The names of layers by their place, as the architecture beside the variables tells them.
    var declaredNames: [String: String] = [:]

    init(file: String) { self.file = file }

    init(_ source: OpenFile) throws(KerasError) {
        file = source.file.root.place.file
        try add(source)
    }

    /// Adds the variables of another file.
    mutating func add(_ source: OpenFile) throws(KerasError) {
        let found = try kerasErrors { () throws(HDF5Error) in try source.file.root.descendants() }
        for object in found {
            let place = Place(file: source.file.root.place.file, object: "/" + object.path)
            switch object.entry {
            case .group: break
            case .dataset:
                guard sources[object.path] == nil else { throw KerasError(place, .hdf5(.exists)) }
                paths.append(object.path)
                sources[object.path] = source
                if let vars = object.path.firstRange(of: "/vars/") { layers.insert(object.path[..<vars.lowerBound]) }
            default: throw KerasError(place, .hdf5(.refusedLink(kind: "a \(object.entry.rawValue)")))
            }
        }
    }

    /// The path under which this file keeps a variable: other versions call some groups differently.
    func find(_ path: String) -> String? {
        if sources[path] != nil { return path }
        let hidden = WeightNames.hiddenInKeras2(path)
        if sources[hidden] != nil { return hidden }
        let older = path.replacing("layers/", with: "_layer_checkpoint_dependencies/")
        // tf.keras 2.13 counted a layer with weights twice: conv2d, conv2d_2, conv2d_4.
        var renumbered: [Substring] = []
        for (position, part) in older.split(separator: "/").enumerated() {
            let parent = position > 0 ? renumbered[position - 1] : ""
            guard parent == "_layer_checkpoint_dependencies", let split = part.lastIndex(of: "_"),
                let number = Int(part[part.index(after: split)...])
            else {
                renumbered.append(part)
                continue
            }
            renumbered.append("\(part[..<split])_\(2 * number)")
        }
        // What is counted twice has a third layer where another file would have its fifth.
        let doubled = renumbered.joined(separator: "/")
        if sources[doubled] != nil, isDoubled(doubled) { return doubled }
        return sources[older] != nil ? older : nil
    }

    /// Whether the file has none of the odd numbers that lie before this one.
    private func isDoubled(_ path: String) -> Bool {
        guard let vars = path.firstRange(of: "/vars/")?.lowerBound else { return false }
        let layer = path[..<vars]
        guard let split = layer.lastIndex(of: "_") else { return false }
        return !layers.contains(layer[..<split] + "_1")
    }

    /// The place of every layer with variables, by its name: `outer/inner` for one in a model inside the model.
    ///
    /// Keras 3.6 and later note the names beside the variables; else an architecture must tell them.
    ///
    /// - Throws: where neither does.
    func placesByName() throws(KerasError) -> [String: String] {
        var names = declaredNames
        if names.isEmpty {
            var visited = Set<String>()
            for path in paths {
                guard let source = sources[path] else { continue }
                var place = ""
                var name = ""
                let parts = path.split(separator: "/")
                for (container, item) in zip(parts, parts.dropFirst())
                where container == "layers" || container == "_layer_checkpoint_dependencies" {
                    place += (place.isEmpty ? "" : "/") + "\(container)/\(item)"
                    guard path.hasPrefix(place + "/"), let own = try Self.name(at: place, in: source) else { break }
                    name += (name.isEmpty ? "" : "/") + own
                    if visited.insert(place).inserted { names[place] = name }
                }
            }
        }
        guard !names.isEmpty else {
            throw KerasError(
                Place(file: file), .notSupported("the file names no layers, so they cannot be matched by name"))
        }
        return Dictionary(names.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
    }

    private static func name(at place: String, in source: OpenFile) throws(KerasError) -> String? {
        try kerasErrors { () throws(HDF5Error) in
            guard try source.file.root.group(place).names().contains("vars") else { return nil }
            let vars = try source.file.root.group(place + "/vars")
            return try vars.attributes.contains("name") ? vars.attributes.string("name") : nil
        }
    }

    func array(_ path: String, isBFloat16: Bool = false) throws(KerasError) -> StoredArray {
        guard let source = sources[path] else {
            throw KerasError(Place(file: file, object: "/" + path), .hdf5(.missing(kind: "dataset", present: [])))
        }
        return try StoredArray(path, in: source, isBFloat16: isBFloat16)
    }

    /// The optimizer's variables by number, `nil` where there are none.
    func optimizerVariables() throws(KerasError) -> [StoredArray]? {
        var variables: [StoredArray] = []
        while sources["optimizer/vars/\(variables.count)"] != nil {
            variables.append(try array("optimizer/vars/\(variables.count)"))
        }
        return variables.isEmpty ? nil : variables
    }
}

extension String {
    /// What stands before the first occurrence of `separator`, everything where there is none.
    fileprivate func components(before separator: String) -> String {
        firstRange(of: separator).map { String(self[..<$0.lowerBound]) } ?? self
    }
}
