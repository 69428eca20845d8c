import HDF5
import Networks
import Tensors
import Training

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How much of a file from outside is taken.
public struct ReadingLimits: Sendable {
    public var json = JSON.Limits()
    public var architecture = ArchitectureLimits()
    public var hdf5 = HDF5.Limits()
    package var zip = ZipArchive.Limits()
    /// Whether large weights stay in the file until they are looked at, which takes no time and hardly any memory.
    ///
    /// Only for files that nobody writes as long as the model is in use: one that shrinks ends the process.
    public var mapsWeights = false

    /// What readers hold to that are given no limits of their own.
    @TaskLocal public static var current = ReadingLimits()

    public init() {}
}

extension KerasFile {
    /// Reads a Keras file of any version and format.
    ///
    /// - Parameters:
    ///   - path: a `.keras` archive, a legacy `.h5` with or without architecture, or a `.weights.h5`; which one it is,
    ///     its content decides.
    ///   - architecture: for a file with weights only, where its model is declared: an architecture JSON or any model
    ///     file.
    ///   - registry: the layers that are known.
    ///   - rules: which differences between architecture and weights are taken.
    /// - Throws: ``KerasError``; nothing is left at initial values unless `rules` ask for it, and then the ledger says so.
    public static func read(
        _ path: String, architecture: String? = nil, registry: LayerRegistry = .keras,
        rules: WeightRules = WeightRules(), limits: ReadingLimits = .current
    ) throws(KerasError) -> KerasFile {
        let reader = Reader(registry: registry, rules: rules, limits: limits)
        return try reader.read(path, architecture: architecture)
    }

    /// Reads the model that an architecture JSON or any model file declares, with initial weights.
    ///
    /// - Parameter seed: where the initializers draw from.
    public static func readArchitecture(
        _ path: String, registry: LayerRegistry = .keras, seed: UInt64 = 0, limits: ReadingLimits = .current
    ) throws(KerasError) -> KerasFile {
        let reader = Reader(registry: registry, rules: WeightRules(), limits: limits)
        var (file, _) = try reader.declared(try reader.declaration(in: path))
        file.model.initialize(seed: seed)
        return file
    }
}

/// What a path holds.
enum Content {
    case archive
    /// An archive's members as files of a folder.
    case folder
    /// The index of weights in several files.
    case shards(Options)
    case hdf5(OpenFile)
    case json(OptionValue)
}

/// An architecture and what stands beside it, before any layer is made.
struct Declaration {
    var place: Place
    var value: OptionValue
    var training: OptionValue?
    var origin: KerasFile.Origin
}

/// Finds out what a file is, and reads it.
struct Reader {
    let registry: LayerRegistry
    let rules: WeightRules
    let limits: ReadingLimits
    /// What may still be read, from all files that are opened for this load.
    private let budget: ReadingBudget

    init(registry: LayerRegistry, rules: WeightRules, limits: ReadingLimits) {
        (self.registry, self.rules, self.limits) = (registry, rules, limits)
        budget = ReadingBudget(limits.hdf5)
    }

    func read(_ path: String, architecture: String?) throws(KerasError) -> KerasFile {
        switch try content(of: path) {
        case .archive, .folder:
            let (archive, weights) = try archive(at: path)
            guard let architecture else {
                return try withVariables(weights, declaration(of: archive, path), format: .archive)
            }
            let own = try declaration(of: archive, path)
            let names = rules.byName ? try layerNames(in: own) : [:]
            return try withVariables(weights, try declaration(in: architecture), names: names, format: .archive)
        case .shards(let index):
            guard let architecture else { throw KerasError(Place(file: path), .architectureMissing) }
            return try withVariables(
                try shards(index, of: path), try declaration(in: architecture), format: .weightsH5)
        case .json:
            throw KerasError(Place(file: path), .weightsMissing)
        case .hdf5(let source):
            return try read(source, path, architecture)
        }
    }

    /// Reads an archive with its own architecture.
    func read(_ archive: KerasArchive, named name: String) throws(KerasError) -> KerasFile {
        try withVariables(try weights(of: archive, named: name), try declaration(of: archive, name), format: .archive)
    }

    private func read(_ source: OpenFile, _ path: String, _ architecture: String?) throws(KerasError) -> KerasFile {
        let own = try declaration(in: source, path)
        typealias Facts = (hasLayerNames: Bool, hasModelWeights: Bool, isNumbered: Bool, names: [String])
        let root = try kerasErrors { () throws(HDF5Error) -> Facts in
            var hasLayerNames = try source.file.root.attributes.contains("layer_names")
            if !hasLayerNames { hasLayerNames = try source.file.root.attributes.contains("layer_names0") }
            let hasModelWeights = try source.file.root.entry("model_weights") == .group
            let isNumbered = try source.file.root.attributes.contains("nb_layers")
            return (hasLayerNames, hasModelWeights, isNumbered, try source.file.root.names())
        }
        let place = Place(file: path)
        guard var declaration = try architecture.map(declaration(in:)) ?? own else {
            guard root.hasLayerNames || root.hasModelWeights || root.isNumbered || isSavingLib(root.names) else {
                throw KerasError(
                    place,
                    .notKeras(
                        reason:
                            "it is an HDF5 file, but has no attribute model_config or layer_names and no group layers"))
            }
            throw KerasError(place, .architectureMissing)
        }
        if own != nil || root.hasModelWeights && !root.hasLayerNames {
            let format = own == nil ? Format.legacyWeightsH5 : .legacyH5
            return try withGroups("model_weights", source, &declaration, format: format, isOwn: architecture == nil)
        }
        if root.hasLayerNames || root.isNumbered {
            return try withGroups(nil, source, &declaration, format: .legacyWeightsH5, isOwn: false)
        }
        guard isSavingLib(root.names) else {
            throw KerasError(
                place, .notKeras(reason: "it is an HDF5 file, but has no attribute layer_names and no group layers"))
        }
        return try withVariables(source, declaration, format: .weightsH5)
    }

    private typealias Format = KerasFile.Format

    private func isSavingLib(_ names: [String]) -> Bool {
        !Set(names).isDisjoint(with: ["layers", "_layer_checkpoint_dependencies", "vars", "optimizer"])
    }

    // MARK: What is it?

    func content(of path: String) throws(KerasError) -> Content {
        let place = Place(file: path)
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { throw KerasError(place, .fileMissing) }
            throw KerasError(place, .cannotOpen(reason: String(cString: strerror(errno))))
        }
        if status.st_mode & S_IFMT == S_IFDIR, access(path + "/config.json", F_OK) == 0 { return .folder }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw KerasError(place, .notKeras(reason: "it is not a regular file"))
        }
        let start = try bytes(of: path, atMost: 512)
        guard !start.isEmpty else { throw KerasError(place, .notKeras(reason: "it is empty")) }
        if start.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return .archive }
        let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
        let first = start.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        if !start.starts(with: signature), first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
            let value = try json(try bytes(of: path, atMost: limits.json.bytes + 1), at: place)
            if let map = value.object?["weight_map"]?.object { return .shards(map) }
            return .json(value)
        }
        do throws(HDF5Error) {
            let file = try File(path: path, limits: limits.hdf5)
            return .hdf5(OpenFile(file, budget, path: path, isMapped: limits.mapsWeights))
        } catch {
            if case .notHDF5 = error.problem {
                // A byte that is no UTF-8 was replaced on the way: everything else in the file was too.
                let isMangled = start.dropFirst(3).starts(with: signature.dropFirst())
                throw KerasError(
                    place,
                    .notKeras(
                        reason: isMangled
                            ? "it was an HDF5 file, but something treated it as text; fetch it again as binary"
                            : "it is neither HDF5 nor a zip archive nor JSON"))
            }
            throw KerasError(error)
        }
    }

    private func bytes(of path: String, atMost count: Int) throws(KerasError) -> [UInt8] {
        let place = Place(file: path)
        guard let file = fopen(path, "rb") else {
            throw KerasError(place, .cannotOpen(reason: String(cString: strerror(errno))))
        }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        let size = min(count, max(0, ftell(file)))
        rewind(file)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            initialized = fread(buffer.baseAddress, 1, size, file)
        }
        guard ferror(file) == 0 else {
            throw KerasError(place, .cannotOpen(reason: "it cannot be read to the end"))
        }
        return bytes
    }

    private func json(_ bytes: [UInt8], at place: Place) throws(KerasError) -> OptionValue {
        do throws(JSONError) {
            return try JSON.parse(bytes, limits: limits.json)
        } catch {
            throw KerasError(place, .badJSON(error))
        }
    }

    /// What an archive or its folder declares, and its weights.
    private func archive(at path: String) throws(KerasError) -> (KerasArchive, weights: OpenFile) {
        if let folder = try folder(at: path) {
            let weights = path + "/model.weights.h5"
            guard access(weights, F_OK) == 0 else {
                throw KerasError(Place(file: path), .damaged(reason: "it has no file model.weights.h5"))
            }
            guard case .hdf5(let source) = try content(of: weights) else {
                throw KerasError(Place(file: weights), .notKeras(reason: "it is no HDF5 file"))
            }
            return (folder, source)
        }
        let archive = try KerasArchive(path: path, limits: limits, withWeights: true)
        return (archive, try weights(of: archive, named: path))
    }

    private func weights(of archive: KerasArchive, named path: String) throws(KerasError) -> OpenFile {
        let name = path + ":model.weights.h5"
        guard let memory = archive.weights else { throw KerasError(Place(file: name), .hdf5(.notHDF5)) }
        let file = try kerasErrors { () throws(HDF5Error) in
            try File(bytes: UnsafeRawBufferPointer(memory.bytes), of: memory, named: name, limits: limits.hdf5)
        }
        return OpenFile(file, budget, in: memory)
    }

    /// What an unzipped archive declares; `nil` where the path is none.
    private func folder(at path: String) throws(KerasError) -> KerasArchive? {
        guard case .folder = try content(of: path) else { return nil }
        let metadata = path + "/metadata.json"
        return KerasArchive(
            config: try bytes(of: path + "/config.json", atMost: limits.json.bytes + 1),
            metadata: access(metadata, F_OK) == 0 ? try bytes(of: metadata, atMost: limits.json.bytes + 1) : nil)
    }

    /// The variables of all files that an index names; they lie beside it.
    private func shards(_ index: Options, of path: String) throws(KerasError) -> VariableStore {
        var names: [String] = []
        var known: Set<String> = []
        for value in index.pairs.map(\.value) {
            for name in value.array ?? [value] {
                guard let name = name.string, KerasFile.isSafeName(name), !name.contains("/"), !name.contains("\\")
                else {
                    throw KerasError(Place(file: path), .unsafeName(name.string ?? name.description))
                }
                if known.insert(name).inserted { names.append(name) }
            }
        }
        guard names.count <= 10_000 else {
            throw KerasError(
                Place(file: path), .tooLarge(what: "the number of shards", found: names.count, limit: 10_000))
        }
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        var store = VariableStore(file: path)
        for name in names {
            guard case .hdf5(let source) = try content(of: folder + name) else {
                throw KerasError(Place(file: folder + name), .notKeras(reason: "it is no HDF5 file"))
            }
            try store.add(source)
        }
        return store
    }

    // MARK: The architecture

    /// What a file declares, whatever it is.
    func declaration(in path: String) throws(KerasError) -> Declaration {
        switch try content(of: path) {
        case .archive:
            return try declaration(of: try KerasArchive(path: path, limits: limits, withWeights: false), path)
        case .folder:
            guard let folder = try folder(at: path) else { throw KerasError(Place(file: path), .architectureMissing) }
            return try declaration(of: folder, path)
        case .shards: throw KerasError(Place(file: path), .architectureMissing)
        case .hdf5(let source):
            guard let found = try declaration(in: source, path) else {
                throw KerasError(Place(file: path), .architectureMissing)
            }
            return found
        case .json(let value):
            var origin = KerasFile.Origin()
            origin.kerasVersion = value.object?["keras_version"]?.string
            origin.backend = value.object?["backend"]?.string
            origin.major = KerasVersion.major(origin.kerasVersion, of: value)
            return Declaration(
                place: Place(file: path), value: value, training: value.object?["compile_config"], origin: origin)
        }
    }

    func declaration(of archive: KerasArchive, _ path: String) throws(KerasError) -> Declaration {
        let place = Place(file: path + ":config.json")
        let value = try json(archive.config, at: place)
        var origin = KerasFile.Origin()
        if let metadata = archive.metadata {
            let value = try json(metadata, at: Place(file: path + ":metadata.json"))
            origin.kerasVersion = value.object?["keras_version"]?.string
        }
        origin.major = KerasVersion.major(origin.kerasVersion, of: value)
        return Declaration(place: place, value: value, training: value.object?["compile_config"], origin: origin)
    }

    func declaration(in source: OpenFile, _ path: String) throws(KerasError) -> Declaration? {
        guard let value = try LegacyH5.json("model_config", in: source, limits: limits.json) else { return nil }
        var origin = KerasFile.Origin()
        origin.kerasVersion = LegacyH5.text("keras_version", in: source, weightsAt: "model_weights")
        origin.backend = LegacyH5.text("backend", in: source, weightsAt: "model_weights")
        origin.major = KerasVersion.major(origin.kerasVersion, of: value)
        return Declaration(
            place: Place(file: path, attribute: "model_config"), value: value,
            training: try LegacyH5.json("training_config", in: source, limits: limits.json), origin: origin)
    }

    /// A file of what is declared, without values in its weights.
    func declared(_ declaration: Declaration) throws(KerasError) -> (KerasFile, FlatGraph) {
        var reader = ArchitectureReader(at: declaration.place, limits: limits.architecture)
        let architecture = try reader.read(declaration.value)
        let builder = ModelBuilder(
            place: declaration.place, registry: registry, major: declaration.origin.major, limits: limits.architecture,
            weights: limits.hdf5)
        let built = try builder.build(architecture)
        var file = KerasFile(built.model)
        file.architecture = architecture
        file.training = declaration.training.flatMap {
            TrainingConfig(reading: $0, major: declaration.origin.major)
        }
        file.origin = declaration.origin
        file.notes = built.notes
        return (file, built.graph)
    }

    // MARK: The weights

    private func withGroups(
        _ group: String?, _ source: OpenFile, _ declaration: inout Declaration, format: KerasFile.Format, isOwn: Bool
    ) throws(KerasError) -> KerasFile {
        if !isOwn {
            declaration.origin.kerasVersion =
                LegacyH5.text("keras_version", in: source, weightsAt: group) ?? declaration.origin.kerasVersion
            declaration.origin.backend =
                LegacyH5.text("backend", in: source, weightsAt: group) ?? declaration.origin.backend
        }
        var (file, graph) = try declared(declaration)
        guard let architecture = file.architecture else { preconditionFailure("a declared file has an architecture") }
        let place = Place(file: source.file.root.place.file, object: group.map { "/" + $0 } ?? "/")
        let bfloat16 = Set(file.model.layers.filter { $0.dtype.contains("bfloat16") }.map(\.name))
        let found = try LegacyH5.groups(
            below: group, in: source, bfloat16Layers: bfloat16, maxObjects: limits.hdf5.maxObjects)
        let expected = WeightNames.legacyGroups(of: architecture, graph, file.model)
        var assignment = WeightAssignment(file.model, at: place, rules: rules)
        let older = LegacyH5.older(
            found, below: group, in: source, declaredMajor: declaration.origin.major, theano: rules.trainedOnTheano)
        LegacyH5.assign(found, to: expected, older: older, in: &assignment)
        try assignment.finish()
        file.take(assignment, format: format)
        if older.isTheano { file.notes.append("kernels were turned by 180°: the file was trained on Theano") }
        let isStateTaken = try takeSideGroup(of: source, into: &file)
        if !isStateTaken, isOwn, let variables = try LegacyH5.optimizerWeights(in: source) {
            let order =
                KerasVersion.sortsOptimizer(file.origin.kerasVersion)
                ? LegacyH5.nameOrder(of: found, expected, file.model) : nil
            file.takeOptimizer(
                variables.map(\.array), OptimizerLayout(names: variables.map(\.name)), order: order)
        }
        file.takeProof(from: source, limits.json)
        return file
    }

    /// The names of a declaration's layers by their places in a `.weights.h5`.
    private func layerNames(in declaration: Declaration) throws(KerasError) -> [String: String] {
        var reader = ArchitectureReader(at: declaration.place, limits: limits.architecture)
        var names: [String: String] = [:]
        WeightNames.walk(try reader.read(declaration.value), at: [], prefix: "layers/") { _, layer, place in
            let parent = place.split(separator: "/").dropLast(2).joined(separator: "/")
            names[place] = names[parent].map { $0 + "/" + layer.name } ?? layer.name
        }
        return names
    }

    private func withVariables(
        _ source: OpenFile, _ declaration: Declaration, names: [String: String] = [:], format: KerasFile.Format
    ) throws(KerasError) -> KerasFile {
        var store = try VariableStore(source)
        store.declaredNames = names
        var file = try withWeights(store, declaration, format: format)
        if try !takeSideGroup(of: source, into: &file) { try takeOptimizer(of: store, into: &file) }
        file.takeProof(from: source, limits.json)
        return file
    }

    /// Takes what Keras has no place for.
    ///
    /// - Returns: whether the optimizer's state was among it.
    private func takeSideGroup(of source: OpenFile, into file: inout KerasFile) throws(KerasError) -> Bool {
        guard let progress = try SideGroup.progress(in: source, limits: limits.json) else { return false }
        file.progress = progress
        if let names = progress["unbiased_variance"]?.array?.compactMap(\.string) { file.setUnbiased(Set(names)) }
        if let training = try SideGroup.training(in: source, limits: limits.json) { file.training = training }
        for callback in (progress["callbacks"]?.array ?? []).indices {
            file.keptWeights[callback] = try SideGroup.keptWeights(of: callback, for: file.model, in: source)
        }
        guard let variables = try SideGroup.optimizerVariables(in: source) else { return false }
        file.takeOptimizer(variables, .keras3)
        return true
    }

    private func withVariables(
        _ store: VariableStore, _ declaration: Declaration, format: KerasFile.Format
    ) throws(KerasError) -> KerasFile {
        var file = try withWeights(store, declaration, format: format)
        try takeOptimizer(of: store, into: &file)
        return file
    }

    private func withWeights(
        _ store: VariableStore, _ declaration: Declaration, format: KerasFile.Format
    ) throws(KerasError) -> KerasFile {
        var (file, graph) = try declared(declaration)
        guard let architecture = file.architecture else { preconditionFailure("a declared file has an architecture") }
        let locations = WeightNames.locations(of: architecture, graph, file.model, .keras3)
        var assignment = WeightAssignment(file.model, at: Place(file: store.file), rules: rules)
        try WeightsH5.assign(store, to: locations, in: &assignment)
        try assignment.finish()
        file.take(assignment, format: format)
        return file
    }

    private func takeOptimizer(of store: VariableStore, into file: inout KerasFile) throws(KerasError) {
        if let variables = try store.optimizerVariables() {
            file.takeOptimizer(variables, file.origin.major < 3 ? .tfKeras : .keras3)
        }
    }
}

extension KerasFile {
    /// Lets the normalizations of these names measure variances as tf_keras' fused kernel does, and the others not.
    fileprivate mutating func setUnbiased(_ names: Set<String>) {
        for position in model.layers.indices {
            guard var norm = model.layers[position].layer as? BatchNormalization else { continue }
            norm.movingVariance = names.contains(model.layers[position].name) ? .unbiasedForImages : .biased
            model.layers[position].layer = norm
        }
    }

    fileprivate mutating func take(_ assignment: WeightAssignment, format: Format) {
        model = assignment.model
        ledger = assignment.ledger
        stored = assignment.stored
        origin.format = format
        for outcome in [Ledger.Outcome.missing, .mismatched] where ledger.count(outcome) > 0 {
            notes.append("\(ledger.count(outcome)) weights are \(outcome.rawValue) in the file and have initial values")
        }
    }

    /// Takes the optimizer's state, or says why not: weights are worth having without it.
    fileprivate mutating func takeOptimizer(
        _ variables: [StoredArray], _ layout: OptimizerLayout?, order: [Int]? = nil
    ) {
        if let training, training.isLegacyOptimizer, let name = training.optimizer?.className,
            ["Adagrad", "Nadam", "RMSprop"].contains(name)
        {
            notes.append(
                "\(name) of Keras before TensorFlow 2.11 computes slightly differently; training goes on with today's")
        }
        guard let training, let stored = training.optimizer else {
            notes.append("the optimizer's state was not read: the file does not name its optimizer")
            return
        }
        guard let layout else {
            notes.append("the optimizer's state was not read: its variables have no names")
            return
        }
        do throws(ConfigurationError) {
            let optimizer = try OptimizerRegistry.standard.optimizer(
                className: stored.className, options: stored.options
            ).knowing(paths: model.trainablePaths)
            try optimizer.check(paths: model.trainablePaths)
            let weights = model.trainableWeights.map { model[$0] }
            do throws(KerasError) {
                self.optimizer = try OptimizerState(
                    reading: variables, layout, of: optimizer, for: weights, order: order)
            } catch {
                notes.append("the optimizer's state was not read: \(error.problem)")
            }
        } catch {
            notes.append("the optimizer's state was not read: \(error)")
        }
    }
}
