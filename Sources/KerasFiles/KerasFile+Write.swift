import HDF5
import Networks
import Tensors
import Training

extension KerasFile {
    /// Writes the file in one of Keras' formats, for Keras 3 or for tf_keras.
    ///
    /// The file takes its place at once and whole, or not at all. The same content gives the same bytes.
    ///
    /// - Parameters:
    ///   - dialect: which Keras shall read it. It decides the words of the architecture and the optimizer's order.
    ///   - includingOptimizer: whether the optimizer's state goes along, where that Keras can restore it.
    ///   - overwriting: whether a file that is there may be replaced.
    ///   - date: what an archive says it was saved at, as `2026-11-22@08:42:52`; nothing by default.
    /// - Returns: sentences about what the format could not hold.
    /// - Throws: ``KerasError`` where the dialect has no words for the model, or the file cannot be written.
    @discardableResult
    public func write(
        to path: String, format: Format, dialect: Dialect = .keras3, includingOptimizer: Bool = true,
        overwriting: Bool = false, date: String? = nil
    ) throws(KerasError) -> [String] {
        let writer = try Writer(
            file: self, path: path, dialect: dialect, isArchive: format == .archive,
            includingOptimizer: includingOptimizer)
        let bytes = try writer.bytes(format, date: date)
        do throws(HDF5Error) {
            var status: Result<Void, HDF5Error> = .success(())
            bytes.withUnsafeBytes { bytes in
                status = Result { () throws(HDF5Error) in
                    try writeAtomically(bytes, to: path, replacing: overwriting)
                }
            }
            try status.get()
        } catch {
            switch error.problem {
            case .fileExists: throw KerasError(Place(file: path), .exists)
            case .notAFile, .badName: throw KerasError(Place(file: path), .cannotWrite(reason: "it \(error.problem)"))
            case .system(let operation, let reason):
                throw KerasError(Place(file: path), .cannotWrite(reason: "\(operation): \(reason)"))
            default: throw KerasError(error)
            }
        }
        return writer.notes(format)
    }

    /// The bytes of the file in one of Keras' formats.
    public func bytes(
        format: Format, dialect: Dialect = .keras3, includingOptimizer: Bool = true, date: String? = nil
    ) throws(KerasError) -> [UInt8] {
        let writer = try Writer(
            file: self, path: "memory", dialect: dialect, isArchive: format == .archive,
            includingOptimizer: includingOptimizer)
        return try writer.bytes(format, date: date)
    }

    /// The architecture as JSON: what Keras' `model.to_json()` gives.
    public func architectureJSON(_ dialect: Dialect = .keras3) throws(KerasError) -> String {
        let writer = try Writer(
            file: self, path: "memory", dialect: dialect, isArchive: dialect == .keras3, includingOptimizer: false)
        var config = writer.config
        if dialect == .keras2 {
            config["keras_version"] = .string(KerasVersion.written(dialect))
            config["backend"] = "tensorflow"
        }
        return JSON.text(.object(config))
    }

    /// How a weight is stored: as it was read, else as its layer's dtype policy says.
    func storedValues(of address: WeightAddress) -> StoredValues {
        if let known = stored[address] { return known }
        let layer = model.layers[address.layer]
        if layer.layer is InputLayer { return .float32 }
        return StoredValues(policy: layer.dtype)
    }
}

/// One file on its way out.
private struct Writer {
    let file: KerasFile
    let path: String
    let dialect: Dialect
    let architecture: Architecture
    let graph: FlatGraph
    let config: Options
    var training: TrainingConfig?
    /// The same as the format has it: none where Keras 2 has no such optimizer, and would refuse the whole file.
    var writtenTraining: TrainingConfig? { isForeign ? nil : training }
    private var isForeign: Bool { dialect == .keras2 && training?.hasKeras3Optimizer == true }
    /// The optimizer and its variables in the dialect's order.
    var optimizer: (any Optimizer)?
    var variables: [OptimizerVariable] = []
    /// The same in Keras 3's order, which keeps all of the state.
    var allVariables: [OptimizerVariable] = []
    var notes: [String] = []

    init(
        file: KerasFile, path: String, dialect: Dialect, isArchive: Bool, includingOptimizer: Bool
    ) throws(KerasError) {
        do throws(ModelError) {
            try file.model.validate()
        } catch {
            throw KerasError(Place(file: path), .notWritable("the model cannot be read back: \(error)"))
        }
        self.file = file
        self.path = path
        self.dialect = dialect
        let (followed, graph) = Architecture.following(
            file.architecture, of: file.model, callLimit: ArchitectureLimits().calls)
        var renamed: [(old: String, new: String)] = []
        architecture = dialect == .keras3 ? followed.withoutSlashes(&renamed) : followed
        self.graph = graph
        for (old, new) in renamed {
            notes.append("layer \"\(old)\" is written as \"\(new)\": Keras 3 takes no name with a slash")
        }
        let writer = try ArchitectureWriter(file.model, graph, dialect: dialect, isArchive: isArchive, file: path)
        config = try writer.write(architecture)
        training = file.training
        for layer in file.model.layers where layer.weights.count != layer.specs.count {
            throw KerasError(
                Place(file: path),
                .notWritable(
                    "layer \"\(layer.name)\" has \(layer.weights.count) weights, not \(layer.specs.count); "
                        + "initialize the model, or read its weights, first"))
        }
        if isForeign, file.progress == nil, let name = training?.optimizer?.className {
            notes.append("how the model was compiled was left out: Keras 2 has no optimizer \(name)")
        }
        if includingOptimizer { try takeOptimizer() }
    }

    private mutating func takeOptimizer() throws(KerasError) {
        guard let state = file.optimizer else { return }
        guard let stored = training?.optimizer else {
            notes.append("the optimizer's state was left out: the training configuration names no optimizer")
            return
        }
        do throws(ConfigurationError) {
            let optimizer = try OptimizerRegistry.standard.optimizer(
                className: stored.className, options: stored.options
            ).knowing(paths: file.model.trainablePaths)
            try optimizer.check(paths: file.model.trainablePaths)
            let weights = file.model.trainableWeights.map { file.model[$0] }
            let expected = optimizer.initialState(for: weights)
            guard ([state] + state.parts).map(\.slots.count) == ([expected] + expected.parts).map(\.slots.count) else {
                notes.append("the optimizer's state was left out: it belongs to other weights")
                return
            }
            self.optimizer = optimizer
            // Where the run's state goes along, it names them.
            for name in TrainingConfig.onlyKeras3 where dialect == .keras2 && file.progress == nil {
                guard let value = stored.options[name], !value.isNull else { continue }
                notes.append("the optimizer's option \(name) (\(value)) was left out: Keras 2 has none")
            }
            variables = isForeign ? [] : state.variables(dialect, of: optimizer, for: weights)
            allVariables = state.variables(.keras3, of: optimizer, for: weights)
            // tf_keras keeps the learning rate in the configuration alone.
            // (An optimizer around others has none.)
            if let rate = state.learningRate, stored.options["learning_rate"]?.object == nil,
                optimizer.options["learning_rate"] != nil
            {
                training?.optimizer?.options["learning_rate"] = .double(Double(rate))
            }
        } catch {
            notes.append("the optimizer's state was left out: \(error)")
        }
    }

    /// What the format could not hold, in sentences.
    func notes(_ format: KerasFile.Format) -> [String] {
        guard optimizer != nil, !variables.isEmpty, file.progress == nil else { return notes }
        switch (format, dialect) {
        case (.legacyH5, .keras3):
            return notes + [
                "the optimizer's state was left out: Keras 3 cannot restore it from a legacy .h5; a .keras archive carries it"
            ]
        case (.legacyWeightsH5, _):
            return notes + ["the optimizer's state was left out: a legacy weights file has no place for it"]
        default: return notes
        }
    }

    func bytes(_ format: KerasFile.Format, date: String?) throws(KerasError) -> [UInt8] {
        switch format {
        case .legacyH5, .legacyWeightsH5:
            return try kerasErrors { () throws(HDF5Error) in try legacy(format) }
        case .weightsH5:
            return try kerasErrors { () throws(HDF5Error) in try weights() }
        case .archive:
            let weights = try kerasErrors { () throws(HDF5Error) in try self.weights() }
            var config = config
            if let training = writtenTraining { config["compile_config"] = training.compileConfig(dialect) }
            var metadata: Options = ["keras_version": .string(KerasVersion.written(dialect))]
            if let date { metadata["date_saved"] = .string(date) }
            do throws(ZipArchive.Fault) {
                return try ZipArchive.bytes(of: [
                    ("metadata.json", Array(JSON.text(.object(metadata)).utf8)),
                    ("config.json", Array(JSON.text(.object(config)).utf8)), ("model.weights.h5", weights),
                ])
            } catch {
                throw KerasError(Place(file: path, object: error.member), .cannotWrite(reason: error.reason))
            }
        }
    }

    private func legacy(_ format: KerasFile.Format) throws(HDF5Error) -> [UInt8] {
        let draft = try FileDraft(named: path)
        let groups = WeightNames.legacyGroups(of: architecture, graph, file.model)
            // A Sequential's layers are those without its input.
            .filter { architecture.form == .functional || $0.className != InputLayer.kerasName }
        let isFull = format == .legacyH5
        if isFull {
            try draft.root.attributes.write("keras_version", string: KerasVersion.written(dialect))
            try draft.root.attributes.write("backend", string: "tensorflow")
            try draft.root.attributes.write("model_config", string: JSON.text(.object(config)))
            if let training = writtenTraining {
                try draft.root.attributes.write("training_config", string: JSON.text(training.legacyConfig(dialect)))
            }
            let group = try draft.root.createGroup("model_weights")
            try LegacyH5.write(groups, of: file, into: group, dialect: dialect, form: architecture.form)
            // Keras 3 never restores the state from here, and refuses to train on after meeting it.
            if dialect == .keras2, let optimizer, !variables.isEmpty {
                let group = try draft.root.createGroup("optimizer_weights")
                try LegacyH5.write(variables, of: optimizer, file.model, into: group)
            }
        } else {
            try LegacyH5.write(groups, of: file, into: draft.root, dialect: dialect, form: architecture.form)
        }
        try writeProgress(to: draft.root, format)
        if let proof = file.proof { try ProofGroup.write(proof, into: draft.root) }
        return try draft.bytes()
    }

    /// Where the run stands, with the optimizer's variables where the format beside keeps less of them.
    private func writeProgress(to root: borrowing Group, _ format: KerasFile.Format) throws(HDF5Error) {
        guard let progress = file.progress else { return }
        let isKept = dialect == .keras3 && (format == .archive || format == .weightsH5)
        var all = progress
        all["unbiased_variance"] = .array(
            file.model.layers.filter { ($0.layer as? BatchNormalization)?.movingVariance == .unbiasedForImages }
                .map { .string($0.name) })
        try SideGroup.write(
            all, training: training, optimizer: isKept ? [] : allVariables, keptWeights: file.keptWeights,
            into: root)
    }

    private func weights() throws(HDF5Error) -> [UInt8] {
        let draft = try FileDraft(named: path)
        try WeightsH5.write(
            WeightNames.locations(of: architecture, graph, file.model, dialect),
            models: WeightNames.models(of: architecture), optimizer: variables, of: file, into: draft.root,
            dialect: dialect)
        if dialect == .keras3 { try writeInnerOptimizers(to: draft.root) }
        try writeProgress(to: draft.root, .weightsH5)
        if let proof = file.proof { try ProofGroup.write(proof, into: draft.root) }
        return try draft.bytes()
    }

    /// Keras 3 stores an optimizer inside another twice.
    private func writeInnerOptimizers(to root: borrowing Group) throws(HDF5Error) {
        if optimizer is LossScaleOptimizer {
            for (number, variable) in variables.dropFirst(OptimizerState.ownOfLossScale).enumerated() {
                try LegacyH5.write(variable, to: root, at: "optimizer/inner_optimizer/vars/\(number)")
            }
        }
        // Numbered by class, as layers are.
        var counts: [String: Int] = [:]
        for (number, part) in (optimizer?.parts(of: file.model.trainableWeights.count) ?? []).enumerated() {
            let name = WeightNames.snakeCase(type(of: part.optimizer).kerasName)
            let before = counts[name, default: 0]
            counts[name] = before + 1
            let path = "optimizer/optimizers/" + (before == 0 ? name : "\(name)_\(before)") + "/vars/"
            let own = variables.filter { if case .part(number, _) = $0.role { true } else { false } }
            for (place, variable) in own.enumerated() { try LegacyH5.write(variable, to: root, at: path + "\(place)") }
        }
    }
}
