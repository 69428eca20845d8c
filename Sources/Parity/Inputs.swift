import Networks
import Tensors

/// The samples that both sides get, made batch by batch.
public struct Inputs: Sendable {
    /// What they are, for the report: `mnist test`, `x.npy`, `random numbers (seed 0)`.
    public var description: String
    public let count: Int
    /// The right class of each sample, where it is known.
    public let labels: [Int]?
    private let make: @Sendable (Range<Int>) -> [Tensor]

    /// Samples that `make` gives for a range.
    public init(
        description: String, count: Int, labels: [Int]? = nil, _ make: @escaping @Sendable (Range<Int>) -> [Tensor]
    ) {
        precondition(labels == nil || labels?.count == count, "one label for each sample")
        self.description = description
        self.count = count
        self.labels = labels
        self.make = make
    }

    /// Samples at hand: one tensor for each input of the model.
    public init(description: String, _ tensors: [Tensor], labels: [Int]? = nil) {
        self.init(description: description, count: tensors.first?.shape.first ?? 0, labels: labels) { range in
            tensors.map { $0.samples(range) }
        }
    }

    /// The samples of a range.
    public func batch(_ range: Range<Int>) -> Batch {
        Batch(range: range, inputs: make(range), labels: labels.map { Array($0[range]) })
    }

    /// The first `count` samples.
    public func prefix(_ count: Int) -> Inputs {
        Inputs(
            description: description, count: min(count, self.count), labels: labels.map { Array($0.prefix(count)) },
            make)
    }

    /// The extent of random inputs where a model leaves one open besides the batch.
    public static let freeExtent = 32

    /// Uniform random numbers in [0, 1) of the shapes that the model takes; whole numbers where an `Embedding` reads them.
    ///
    /// A sample depends on the seed and its number alone, so the same samples come however they are cut into batches.
    ///
    /// - Parameter free: the extent taken where the model leaves one open besides the batch.
    public static func random(for model: Model, samples: Int, seed: UInt64, free: Int = freeExtent) -> Inputs {
        let random = Random(seed: seed)
        let kinds = model.inputs.map { input -> (shape: Shape, words: Int?) in
            let declared = (model.layers[input].layer as? InputLayer)?.batchShape.sample ?? []
            return (Shape(declared.map { $0 == Shape.unknown ? free : $0 }), model.vocabulary(readingFrom: input))
        }
        return Inputs(description: "random numbers (seed \(seed))", count: samples) { range in
            kinds.enumerated().map { position, kind in
                let stream = random.stream(UInt64(position))
                let first = range.lowerBound * kind.shape.elementCount
                return Tensor(unsafeUninitialized: [range.count] + kind.shape) { elements in
                    for i in elements.indices {
                        let value = stream.uniform(at: first + i)
                        elements[i] = kind.words.map { (value * Float($0)).rounded(.down) } ?? value
                    }
                }
            }
        }
    }
}

extension Model {
    /// How many words the `Embedding` knows that reads this input directly, if one does.
    fileprivate func vocabulary(readingFrom input: Int) -> Int? {
        let readers = layers.filter { $0.calls.contains { $0.contains { $0.layer == input } } }
        return readers.compactMap { $0.layer.options["input_dim"]?.int }.min()
    }
}
