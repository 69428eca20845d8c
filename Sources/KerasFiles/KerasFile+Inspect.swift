import HDF5
import Network
import Tensors

/// What is in a file, whether or not its model is supported.
public struct Inspection: Sendable {
    /// The format in words: `Keras 3 archive (.keras)`.
    public var kind: String
    public var origin: KerasFile.Origin
    /// The architecture, where the file has one that can be read.
    public var architecture: Architecture?
    public var training: TrainingConfig?
    /// Everything in the file in the order of its paths.
    public var nodes: [Node]

    /// A group, a dataset, a member of an archive, or a link that is not followed.
    public struct Node: Sendable, Hashable {
        public enum Kind: String, Sendable, Hashable { case group, dataset, member, link }

        public var path: String
        public var kind: Kind
        public var shape: Shape?
        /// The type of the values: `float32`.
        public var type: String?
        /// The bytes that the values take in the file.
        public var bytes: Int?
        public var attributes: [Attribute]
        public var statistics: Statistics?
    }

    public struct Attribute: Sendable, Hashable {
        public var name: String
        public var type: String
        public var shape: Shape
        /// The value; `nil` where its type cannot be read.
        public var value: OptionValue?
    }

    /// What a look at all values tells.
    public struct Statistics: Sendable, Hashable {
        public var minimum: Float
        public var maximum: Float
        public var mean: Double
        public var deviation: Double
        /// Values that are no numbers, and infinite ones.
        public var notFinite: Int
    }
}

extension KerasFile {
    /// Looks into a file without making a model of it.
    ///
    /// - Parameter statistics: whether the values of all datasets are looked at too.
    /// - Throws: ``KerasError`` where the file is no Keras file or is damaged; an unsupported model is no error here.
    public static func inspect(
        _ path: String, statistics: Bool = false, limits: ReadingLimits = ReadingLimits()
    ) throws(KerasError) -> Inspection {
        try Reader(registry: .keras, rules: WeightRules(), limits: limits).inspect(path, statistics: statistics)
    }

    /// Everything that keeps a file's model from being read, layer by layer; empty where nothing does.
    public static func problems(
        in path: String, registry: LayerRegistry = .keras, limits: ReadingLimits = ReadingLimits()
    ) throws(KerasError) -> [KerasError] {
        let reader = Reader(registry: registry, rules: WeightRules(), limits: limits)
        let declaration = try reader.declaration(in: path)
        var architecture = ArchitectureReader(at: declaration.place, limits: limits.architecture)
        let builder = ModelBuilder(
            place: declaration.place, registry: registry, major: declaration.origin.major, limits: limits.architecture)
        return builder.problems(in: try architecture.read(declaration.value))
    }
}

extension Reader {
    func inspect(_ path: String, statistics: Bool) throws(KerasError) -> Inspection {
        switch try content(of: path) {
        case .json(let value):
            let declaration = try declaration(in: path)
            return Inspection(
                kind: "architecture (JSON)", origin: declaration.origin,
                architecture: try? architecture(of: declaration),
                training: TrainingConfig(
                    reading: value.object?["compile_config"] ?? nil, major: declaration.origin.major),
                nodes: [])
        case .archive:
            let archive = try KerasArchive(path: path, limits: limits)
            let declaration = try declaration(of: archive, path)
            var nodes = archive.members.map { name, bytes in
                Inspection.Node(path: name, kind: .member, bytes: bytes, attributes: [])
            }
            let weights = try open(archive.weights, named: path + ":model.weights.h5")
            nodes += try tree(of: weights, under: "model.weights.h5:", statistics: statistics)
            var origin = declaration.origin
            origin.format = .archive
            return Inspection(
                kind: "Keras archive (.keras)", origin: origin, architecture: try? architecture(of: declaration),
                training: declaration.training.flatMap { TrainingConfig(reading: $0, major: origin.major) },
                nodes: nodes)
        case .hdf5(let source):
            let nodes = try tree(of: source, under: "", statistics: statistics)
            let names = Set(nodes.map(\.path))
            let attributes = Set(nodes.first { $0.path == "/" }?.attributes.map(\.name) ?? [])
            let declaration = try declaration(in: source, path)
            var origin = declaration?.origin ?? Origin()
            let kind: String
            if declaration != nil {
                origin.format = .legacyH5
                kind = "full model (HDF5)"
            } else if !attributes.isDisjoint(with: ["layer_names", "layer_names0", "nb_layers"])
                || names.contains("/model_weights")
            {
                origin.format = .legacyWeightsH5
                origin.kerasVersion = LegacyH5.text("keras_version", in: source, weightsAt: nil)
                origin.backend = LegacyH5.text("backend", in: source, weightsAt: nil)
                kind = "weights by layer (HDF5)"
            } else if !names.isDisjoint(with: ["/layers", "/_layer_checkpoint_dependencies", "/vars", "/optimizer"]) {
                origin.format = .weightsH5
                kind = "weights by place (.weights.h5)"
            } else {
                kind = "HDF5, but nothing of Keras"
            }
            return Inspection(
                kind: kind, origin: origin, architecture: declaration.flatMap { try? architecture(of: $0) },
                training: declaration?.training.flatMap { TrainingConfig(reading: $0, major: origin.major) },
                nodes: nodes)
        }
    }

    private typealias Origin = KerasFile.Origin

    private func architecture(of declaration: Declaration) throws(KerasError) -> Architecture {
        var reader = ArchitectureReader(at: declaration.place, limits: limits.architecture)
        return try reader.read(declaration.value)
    }

    private func tree(
        of source: OpenFile, under prefix: String, statistics: Bool
    ) throws(KerasError) -> [Inspection.Node] {
        var nodes: [Inspection.Node] = []
        try kerasErrors { () throws(HDF5Error) in
            try walk(source.file.root, at: "", prefix, statistics, depth: 0, into: &nodes)
        }
        return nodes
    }

    private func walk(
        _ group: borrowing Group, at path: String, _ prefix: String, _ statistics: Bool, depth: Int,
        into nodes: inout [Inspection.Node]
    ) throws(HDF5Error) {
        // A group may be its own child: the walk ends all the same.
        guard depth < 64, nodes.count < 100_000 else {
            throw HDF5Error(group.place, .damaged("its groups have no end"))
        }
        nodes.append(
            Inspection.Node(
                path: prefix + (path.isEmpty ? "/" : path), kind: .group,
                attributes: try attributes(of: group.attributes)))
        for name in try group.names() {
            let child = path + "/" + name
            switch try group.entry(name) {
            case .group: try walk(try group.group(name), at: child, prefix, statistics, depth: depth + 1, into: &nodes)
            case .dataset:
                let dataset = try group.dataset(name)
                var node = Inspection.Node(
                    path: prefix + child, kind: .dataset, shape: Shape(dataset.shape), type: "\(dataset.datatype)",
                    bytes: dataset.storageSize, attributes: try attributes(of: dataset.attributes))
                if statistics, let values = try? dataset.read(as: Float.self), !values.isEmpty {
                    node.statistics = Inspection.Statistics(of: values)
                }
                nodes.append(node)
            case let kind?:
                nodes.append(
                    Inspection.Node(path: prefix + child, kind: .link, type: kind.rawValue, attributes: []))
            case nil: break
            }
        }
    }

    private func attributes(of attributes: borrowing Attributes) throws(HDF5Error) -> [Inspection.Attribute] {
        var found: [Inspection.Attribute] = []
        for name in try attributes.names() {
            let info = try attributes.info(name)
            var value: OptionValue?
            switch info.datatype {
            case .string:
                let strings = try attributes.strings(name).map { OptionValue.string($0) }
                value = info.shape.isEmpty && strings.count == 1 ? strings[0] : .array(strings)
            case .integer:
                let numbers = (try? attributes.values(name, as: Int.self))?.map { OptionValue.int($0) }
                value = info.shape.isEmpty ? numbers?.first : numbers.map { .array($0) }
            case .float:
                let numbers = try attributes.values(name, as: Double.self).map { OptionValue.double($0) }
                value = info.shape.isEmpty ? numbers.first : .array(numbers)
            case .boolean, .opaque, .unsupported: value = nil
            }
            found.append(
                Inspection.Attribute(
                    name: name, type: "\(info.datatype)", shape: Shape(info.shape), value: value))
        }
        return found
    }
}

extension Inspection.Statistics {
    fileprivate init(of values: [Float]) {
        let finite = values.filter(\.isFinite)
        let mean = finite.reduce(0.0) { $0 + Double($1) } / Double(max(1, finite.count))
        let variance = finite.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        self.init(
            minimum: finite.min() ?? .nan, maximum: finite.max() ?? .nan, mean: mean,
            deviation: (variance / Double(max(1, finite.count))).squareRoot(), notFinite: values.count - finite.count)
    }
}
