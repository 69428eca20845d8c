import Networks
import Tensors

/// What differs between two models: structure, options, and weights tensor by tensor.
///
/// Layers belong together by name; those left over, by class and order, are renamed.
public struct ModelDifference: Sendable {
    public let names: (String, String)
    public let tolerance: Tolerance
    /// One entry for each difference of structure, in the order of the layers.
    public private(set) var structure: [StructuralDifference] = []
    /// Every weight that both models have, in the order of the first.
    public private(set) var weights: [WeightDifference] = []
    /// How many layers each model has, input layers included.
    public let layerCounts: (Int, Int)

    /// A difference that is not one of numbers.
    public struct StructuralDifference: Hashable, Sendable, CustomStringConvertible {
        public enum Kind: String, Hashable, Sendable {
            case form, inputs, outputs, onlyInFirst, onlyInSecond, renamed, moved, layerClass, option, trainable, dtype
            case connections, weights
        }

        public var kind: Kind
        /// The layer, by its name in the first model where it is there.
        public var layer: String?
        /// What differs: an option's name.
        public var what: String?
        public var first: String?
        public var second: String?

        public var description: String {
            let place = layer.map { "layer \"\($0)\"" } ?? "the model"
            let pair = "\(first ?? "—") | \(second ?? "—")"
            switch kind {
            case .onlyInFirst: return "\(place): only in the first (\(first ?? ""))"
            case .onlyInSecond: return "\(place): only in the second (\(second ?? ""))"
            case .renamed: return "\(place): called \"\(second ?? "")\" in the second"
            case .moved: return "\(place): place \(pair)"
            case .option: return "\(place): option \"\(what ?? "")\" \(pair)"
            case .layerClass: return "\(place): class \(pair)"
            case .weights: return "\(place): weight \"\(what ?? "")\" \(pair)"
            case .form, .inputs, .outputs, .trainable, .dtype, .connections:
                return "\(place): \(kind.rawValue) \(pair)"
            }
        }
    }

    /// One weight on both sides.
    public struct WeightDifference: Sendable {
        /// `layer/weight`, with the names of the first model.
        public var name: String
        public var shape: Shape
        public var comparison: Comparison
        /// The cosine of the angle between both, 1 where they point the same way; `nil` where one is all zero.
        public var cosine: Double?
    }

    /// Compares two models.
    ///
    /// - Parameters:
    ///   - names: what the models are called in the result.
    ///   - tolerance: how far two weights may lie apart; the second model's count as "theirs".
    ///   - comparesWeights: whether to compare numbers too.
    public init(
        a: Model, b: Model, names: (String, String) = ("first", "second"), tolerance: Tolerance = .exact,
        comparesWeights: Bool = true, pool: WorkerPool = .shared
    ) {
        self.names = names
        self.tolerance = tolerance
        layerCounts = (a.layers.count, b.layers.count)
        if a.form != b.form { structure.append(.init(kind: .form, first: "\(a.form)", second: "\(b.form)")) }
        let pairs = ModelDifference.pairs(a, b)
        let partner = Dictionary(pairs.compactMap { pair in pair.a.flatMap { a in pair.b.map { (a, $0) } } }) { $1 }
        for pair in pairs {
            switch (pair.a, pair.b) {
            case (let i?, let j?):
                compare(a, i, b, j, partner)
                guard comparesWeights else { continue }
                compareWeights(a.layers[i], b.layers[j], pool)
            case (let i?, nil):
                let entry = a.layers[i]
                structure.append(.init(kind: .onlyInFirst, layer: entry.name, first: entry.className))
            case (nil, let j?):
                let entry = b.layers[j]
                structure.append(.init(kind: .onlyInSecond, layer: entry.name, second: entry.className))
            case (nil, nil): break
            }
        }
        let lists: [(StructuralDifference.Kind, [Source], [Source])] = [
            (.inputs, a.inputs.map { Source(layer: $0) }, b.inputs.map { Source(layer: $0) }),
            (.outputs, a.outputs, b.outputs),
        ]
        for (kind, first, second) in lists where first.translated(by: partner) != second {
            structure.append(.init(kind: kind, first: a.text(first), second: b.text(second)))
        }
    }

    /// Whether nothing differs beyond the tolerance.
    public var isEqual: Bool { structure.isEmpty && weights.allSatisfy(\.comparison.isEqual) }

    /// The exit status that says it: 0 equal, 2 different.
    public var exitStatus: Int32 { isEqual ? 0 : 2 }

    // MARK: Pairing

    /// Layers that belong together, in the order of the first model, what is new in the second where it stands.
    private static func pairs(_ a: Model, _ b: Model) -> [(a: Int?, b: Int?)] {
        var partner: [Int: Int] = [:]
        var free = Set(b.layers.indices)
        for (i, entry) in a.layers.enumerated() {
            if let j = b.index(of: entry.name), b.layers[j].className == entry.className {
                partner[i] = j
                free.remove(j)
            }
        }
        for (i, entry) in a.layers.enumerated() where partner[i] == nil {
            // A layer of the same name and another class was changed; else one of the same class was renamed.
            let candidates = free.sorted()
            let named = candidates.first { b.layers[$0].name == entry.name }
            let alike = candidates.first { j in
                b.layers[j].className == entry.className && !a.layers.contains { $0.name == b.layers[j].name }
            }
            guard let j = named ?? alike else { continue }
            partner[i] = j
            free.remove(j)
        }
        var pairs: [(a: Int?, b: Int?)] = a.layers.indices.map { ($0, partner[$0]) }
        for j in free.sorted() {
            let before = pairs.lastIndex { ($0.b ?? .max) < j }
            pairs.insert((nil, j), at: before.map { $0 + 1 } ?? 0)
        }
        return pairs
    }

    // MARK: Comparing

    private mutating func compare(_ a: Model, _ i: Int, _ b: Model, _ j: Int, _ partner: [Int: Int]) {
        let (first, second) = (a.layers[i], b.layers[j])
        func note(_ kind: StructuralDifference.Kind, _ one: String?, _ other: String?, what: String? = nil) {
            guard one != other else { return }
            structure.append(.init(kind: kind, layer: first.name, what: what, first: one, second: other))
        }
        note(.renamed, first.name, second.name)
        note(.layerClass, first.className, second.className)
        if first.className == second.className {
            let (options, others) = (first.layer.options, second.layer.options)
            for name in options.names + others.names.filter({ options[$0] == nil }) {
                note(.option, options[name]?.description, others[name]?.description, what: name)
            }
        }
        note(.trainable, String(first.isTrainable), String(second.isTrainable))
        note(.dtype, first.dtype, second.dtype)
        let calls = first.calls.map { $0.translated(by: partner) }
        if calls != second.calls.map({ $0.map(Optional.some) }) {
            note(
                .connections, first.calls.map { a.text($0) }.joined(separator: "; "),
                second.calls.map { b.text($0) }.joined(separator: "; "))
        }
        for position in 0..<max(first.specs.count, second.specs.count) {
            let (one, other) = (first.specs.at(position), second.specs.at(position))
            let name = one?.name ?? other?.name ?? String(position)
            note(.weights, one?.shape.description, other?.shape.description, what: name)
        }
    }

    private mutating func compareWeights(_ first: ModelLayer, _ second: ModelLayer, _ pool: WorkerPool) {
        for (position, spec) in first.specs.enumerated() {
            guard let one = first.weights.at(position), let other = second.weights.at(position),
                one.shape == other.shape
            else { continue }
            weights.append(
                WeightDifference(
                    name: "\(first.name)/\(spec.name)", shape: one.shape,
                    comparison: Comparison(one, other, tolerance, pool: pool), cosine: cosine(one, other)))
        }
    }

    private func cosine(_ a: Tensor, _ b: Tensor) -> Double? {
        var (product, first, second) = (0.0, 0.0, 0.0)
        a.withElements { a in
            b.withElements { b in
                for i in a.indices {
                    let (x, y) = (Double(a[i]), Double(b[i]))
                    product += x * y
                    first += x * x
                    second += y * y
                }
            }
        }
        return first > 0 && second > 0 ? product / (first * second).squareRoot() : nil
    }
}

extension ModelLayer {
    /// Keras' class name of the layer.
    var className: String { type(of: layer).kerasName }
}

extension [Source] {
    /// The same sources in the other model; `nil` where a layer has no partner there.
    fileprivate func translated(by partner: [Int: Int]) -> [Source?] {
        map { source in partner[source.layer].map { Source(layer: $0, call: source.call, output: source.output) } }
    }
}

extension Model {
    fileprivate func text(_ sources: [Source]) -> String {
        sources.map { source in
            let number = source.call > 0 || source.output > 0 ? ":\(source.call).\(source.output)" : ""
            return layers[source.layer].name + number
        }.joined(separator: ", ")
    }
}

extension Array {
    fileprivate func at(_ index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
