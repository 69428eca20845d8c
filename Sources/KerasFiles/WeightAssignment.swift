import HDF5
import Networks
import Tensors

/// Which differences between a model and a file's weights are taken; none, unless asked for.
public struct WeightRules: Hashable, Sendable {
    /// Weights that the file has not keep what their initializers draw.
    public var allowMissing = false
    /// Layers are matched by name instead of by order, and layers of only one side are passed over.
    public var byName = false
    /// Weights of another shape are passed over.
    public var skipMismatch = false
    /// Whether kernels were trained on Theano, which convolves the other way round; `nil` lets the file tell.
    public var trainedOnTheano: Bool?
    /// Where the initializers of weights draw from that the file has not.
    public var seed: UInt64 = 0

    public init() {}
}

/// Puts a file's arrays into a model's weights and keeps the books.
struct WeightAssignment {
    var model: Model
    var ledger = Ledger()
    /// How each weight was stored.
    var stored: [WeightAddress: StoredValues] = [:]
    let place: Place
    let rules: WeightRules
    private var noted = Set<WeightAddress>()
    private var firstProblem: KerasError?

    init(_ model: Model, at place: Place, rules: WeightRules) {
        self.model = model
        self.place = place
        self.rules = rules
        for layer in model.layers.indices { self.model.layers[layer].weights = [] }
    }

    /// The arrays, by weight, until all are known and can be read at once.
    private var plan: [(address: WeightAddress, array: StoredArray, convert: Conversion?)] = []

    /// How an older Keras' arrays become one of today's.
    struct Conversion: Sendable {
        var outcome: Ledger.Outcome
        var note: String
        /// All arrays that the weight is made of.
        var arrays: [StoredArray]
        var make: @Sendable ([Tensor]) -> Tensor
    }

    /// Gives a weight the array of the same shape.
    mutating func match(_ address: WeightAddress, _ array: StoredArray) {
        let layer = model.layers[address.layer]
        let spec = layer.specs[address.weight]
        guard array.shape == spec.shape else {
            record(.mismatched, address, array)
            let problem = KerasError.Problem.weightShape(
                layer: layer.name, className: type(of: layer.layer).kerasName, expected: spec.shape, found: array.shape)
            if !rules.skipMismatch { fail(KerasError(array.place, problem)) }
            return
        }
        record(.matched, address, array)
        plan.append((address, array, nil))
    }

    /// Gives a weight what a conversion makes.
    mutating func match(_ address: WeightAddress, _ conversion: Conversion) {
        guard let first = conversion.arrays.first else { return missing(address) }
        if conversion.outcome == .matched { return match(address, first) }
        record(conversion.outcome, address, first, note: conversion.note)
        plan.append((address, first, conversion))
    }

    /// Notes a weight that the file has not.
    mutating func missing(_ address: WeightAddress, at place: Place? = nil) {
        noted.insert(address)
        let layer = model.layers[address.layer]
        let spec = layer.specs[address.weight]
        ledger.entries.append(
            Ledger.Entry(outcome: .missing, layer: layer.name, weight: spec.name, expected: spec.shape))
        if !rules.allowMissing, !rules.byName {
            fail(
                KerasError(
                    place ?? self.place,
                    .weightMissing(layer: layer.name, weight: spec.name, expected: spec.shape)))
        }
    }

    /// Notes an array that no weight takes.
    mutating func extra(_ array: StoredArray, layer: String) {
        ledger.entries.append(
            Ledger.Entry(
                outcome: .extra, layer: layer, weight: array.path.split(separator: "/").last.map(String.init) ?? "",
                path: "/" + array.path, found: array.shape, storedAs: array.datatype.description))
        if !rules.byName { fail(KerasError(array.place, .weightExtra(layer: layer, found: array.shape))) }
    }

    /// Notes a problem; the first one is what reading ends with.
    mutating func fail(_ error: KerasError) { if firstProblem == nil { firstProblem = error } }

    private mutating func record(
        _ outcome: Ledger.Outcome, _ address: WeightAddress, _ array: StoredArray, note: String? = nil
    ) {
        noted.insert(address)
        let spec = model.layers[address.layer].specs[address.weight]
        ledger.entries.append(
            Ledger.Entry(
                outcome: outcome, layer: model.layers[address.layer].name, weight: spec.name, path: "/" + array.path,
                expected: spec.shape, found: array.shape,
                storedAs: array.isBFloat16 ? "bfloat16" : array.datatype.description, note: note))
    }

    /// Reads all arrays.
    ///
    /// - Throws: the first problem that was noted, before anything is read.
    mutating func finish() throws(KerasError) {
        for (layer, entry) in model.layers.enumerated() {
            for weight in entry.specs.indices {
                let address = WeightAddress(layer: layer, weight: weight)
                if !noted.contains(address) { missing(address) }
            }
        }
        if let firstProblem { throw firstProblem }
        // What the file has not keeps its initializer's values; the ledger says so. Only these are drawn: what is read
        // would only take their memory twice.
        let given = Set(plan.map(\.address))
        let random = Random(seed: rules.seed)
        for layer in model.layers.indices {
            model.layers[layer].weights = model.layers[layer].specs.enumerated().map { weight, spec in
                if given.contains(WeightAddress(layer: layer, weight: weight)) { return Tensor([], repeating: 0) }
                return spec.initializer.draw(spec.shape, random.stream(UInt64(layer)).stream(UInt64(weight)))
            }
        }
        for (address, array, conversion) in plan {
            if let conversion {
                var parts: [Tensor] = []
                for part in conversion.arrays { parts.append(try part.tensor()) }
                let tensor = conversion.make(parts)
                let spec = model.layers[address.layer].specs[address.weight]
                guard tensor.shape == spec.shape else {
                    throw KerasError(
                        array.place,
                        .weightShape(
                            layer: model.layers[address.layer].name,
                            className: type(of: model.layers[address.layer].layer).kerasName, expected: spec.shape,
                            found: tensor.shape))
                }
                model[address] = tensor
            } else {
                model[address] = try array.tensor()
                let kept = try array.kept()
                if kept != .float32 { stored[address] = kept }
            }
        }
    }
}
