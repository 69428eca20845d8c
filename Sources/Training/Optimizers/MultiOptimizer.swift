import Networks
import Tensors

/// Gives each weight to one of several optimizers, by its path: `keras.optimizers.MultiOptimizer` of an `OptimizerMap`.
///
/// A weight belongs to the optimizer whose key is its path, `dense/kernel`; else to the one whose key, a regular
/// expression, matches the whole of it; else to the default. Each has its own rate, schedule, count of steps, clipping
/// and averages; a key that fits no weight leaves its optimizer unused.
public struct MultiOptimizer: Optimizer {
    public static let kerasName = "MultiOptimizer"
    public static let defaultName = "multi_optimizer"

    /// An optimizer and the paths of its weights.
    public struct Entry: Sendable {
        /// A path, or a regular expression for paths.
        public var key: String
        public var optimizer: any Optimizer

        public init(_ key: String, _ optimizer: any Optimizer) {
            self.key = key
            self.optimizer = optimizer
        }
    }

    /// For all weights that no key fits.
    public private(set) var fallback: any Optimizer
    /// In the order in which Keras keeps their variables.
    public private(set) var entries: [Entry]
    /// For each trainable weight the number of its entry, that of the fallback behind them; empty while no path is known.
    private var owners: [Int] = []

    /// Keras' name and the loss scale, which goes for every optimizer in it; the rest has no meaning here.
    public var settings = OptimizerSettings(learningRate: .constant(0)) {
        didSet { shareLossScale() }
    }

    /// - Parameter entries: regular expressions or paths, each with its optimizer.
    public init(default fallback: any Optimizer, _ entries: [Entry] = []) {
        self.fallback = fallback
        self.entries = entries
        shareLossScale()
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        let expected = "an OptimizerMap: optimizers by path, and a default one"
        let map = try options.required("optimizer_map", expected) { value in
            value.object?["class_name"]?.string == "OptimizerMap" ? value.object?["config"]?.object : nil
        }
        var reader = OptionReader(map, layer: options.layer + ": OptimizerMap")
        let fallback = try Self.optimizer(
            try reader.required("default_optimizer", "an optimizer", \.object), named: "default_optimizer", reader)
        let pairs = try reader.optional("optimizer_map", "optimizers by path", \.object)?.pairs ?? []
        var entries: [Entry] = []
        for (key, value) in pairs {
            guard let object = value.object, (try? Regex(key)) != nil else {
                throw .unsupported(
                    layer: reader.layer, option: key, value: value,
                    expected: "an optimizer under a path or a regular expression")
            }
            entries.append(Entry(key, try Self.optimizer(object, named: key, reader)))
        }
        try reader.finish()
        self.init(default: fallback, entries)
        settings.name = try options.optional("name", "a string", \.string)
        settings.lossScaleFactor = try options.positive("loss_scale_factor")
        shareLossScale()
    }

    private static func optimizer(
        _ object: Options, named option: String, _ reader: OptionReader
    ) throws(OptionError) -> any Optimizer {
        let className = object["class_name"]?.string ?? ""
        let type = OptimizerRegistry.standard[className]
        guard let type, type != LossScaleOptimizer.self, type != MultiOptimizer.self else {
            let names = OptimizerRegistry.standard.names.filter {
                ![kerasName, LossScaleOptimizer.kerasName].contains($0)
            }
            throw .unsupported(
                layer: reader.layer, option: option, value: .string(className),
                expected: "one of " + names.joined(separator: ", "))
        }
        var inner = OptionReader(object["config"]?.object ?? Options(), layer: reader.layer + ": " + className)
        let optimizer = try type.init(from: &inner)
        try inner.finish()
        return optimizer
    }

    /// Keras' word goes for every optimizer inside, whatever it was made with.
    private mutating func shareLossScale() {
        fallback.settings.lossScaleFactor = settings.lossScaleFactor
        for number in entries.indices { entries[number].optimizer.settings.lossScaleFactor = settings.lossScaleFactor }
    }

    public var ownOptions: Options {
        func object(_ optimizer: any Optimizer) -> OptionValue {
            [
                "module": "keras.optimizers", "class_name": .string(type(of: optimizer).kerasName),
                "config": .object(optimizer.options), "registered_name": nil,
            ]
        }
        let map: Options = [
            "default_optimizer": object(fallback),
            "optimizer_map": .object(Options(entries.map { ($0.key, object($0.optimizer)) })),
        ]
        return [
            "optimizer_map": [
                "module": "keras.optimizers", "class_name": "OptimizerMap", "config": .object(map),
                "registered_name": nil,
            ],
            "loss_scale_factor": OptionValue(settings.lossScaleFactor),
            "name": .string(settings.name ?? Self.defaultName),
        ]
    }

    public var options: Options { ownOptions }

    // MARK: Which weights

    /// The entries that fit a path: one by name, or all whose expressions match.
    private func fitting(_ path: String) -> [Int] {
        if let exact = entries.firstIndex(where: { $0.key == path }) { return [exact] }
        return entries.indices.filter { number in
            guard let pattern = try? Regex(entries[number].key) else { return false }
            return path.wholeMatch(of: pattern) != nil
        }
    }

    /// As Keras, which takes no weight that two expressions match; ``knowing(paths:)`` alone gives it to the first.
    public func check(paths: [String]) throws(ConfigurationError) {
        for path in paths {
            let found = fitting(path)
            guard found.count > 1 else { continue }
            let keys = found.map { "\"\(entries[$0].key)\"" }.joined(separator: " and ")
            throw .option(
                kind: "optimizer",
                .unsupported(
                    layer: Self.kerasName, option: "optimizer_map", value: .string(path),
                    expected: "one optimizer for each weight, but \(keys) fit this path"))
        }
    }

    public func knowing(paths: [String]) -> MultiOptimizer {
        var knowing = self
        knowing.owners = paths.map { fitting($0).first ?? entries.count }
        for (number, part) in knowing.parts(of: paths.count).enumerated() {
            let known = part.optimizer.knowing(paths: part.weights.map { paths[$0] })
            if number < entries.count { knowing.entries[number].optimizer = known } else { knowing.fallback = known }
        }
        return knowing
    }

    public func parts(of count: Int) -> [OptimizerPart] {
        var weights = [[Int]](repeating: [], count: entries.count + 1)
        for weight in 0..<count { weights[weight < owners.count ? owners[weight] : entries.count].append(weight) }
        return zip(entries.map(\.optimizer) + [fallback], weights).map { OptimizerPart(optimizer: $0, weights: $1) }
    }

    public func current(in state: OptimizerState) -> MultiOptimizer {
        var current = self
        for (number, part) in state.parts.enumerated() {
            if number < entries.count {
                current.entries[number].optimizer = entries[number].optimizer.current(in: part)
            } else {
                current.fallback = fallback.current(in: part)
            }
        }
        return current
    }

    // MARK: One step

    public func slotGroups(for weight: Shape) -> [[String]] { [] }

    public func apply(
        _ gradients: [Tensor], _ state: inout OptimizerState, on pool: WorkerPool,
        to visit: (_ update: (Int, inout Tensor) -> Void) -> Void
    ) {
        for (number, part) in parts(of: gradients.count).enumerated() where !part.weights.isEmpty {
            var places = [Int?](repeating: nil, count: gradients.count)
            for (place, weight) in part.weights.enumerated() { places[weight] = place }
            part.optimizer.apply(part.weights.map { gradients[$0] }, &state.parts[number], on: pool) { update in
                withoutActuallyEscaping(update) { update in
                    visit { index, weight in
                        if let place = places[index] { update(place, &weight) }
                    }
                }
            }
        }
        state.iterations += 1
    }

    /// Does nothing: weights are changed by the optimizers inside, in ``apply(_:_:on:to:)``.
    public func update(_ weight: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep) {}
}
