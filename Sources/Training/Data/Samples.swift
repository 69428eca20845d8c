import Tensors

/// Many samples of one shape, from which batches are made.
///
/// Bytes stay bytes until a batch needs them: 60,000 images of 28×28 take 47 MB instead of 188 MB. Parts of samples
/// share their memory.
public struct Samples: Sendable {
    private enum Storage {
        case floats(Tensor)
        case bytes([UInt8], divisor: Float)
    }

    private let storage: Storage
    /// Which samples of the storage these are.
    private let range: Range<Int>
    /// The shape of one sample.
    public let sampleShape: Shape

    /// The samples along a tensor's first axis.
    public init(_ tensor: Tensor) {
        self.init(.floats(tensor), 0..<tensor.shape[0], tensor.shape.sample)
    }

    /// Samples of bytes along the first axis of `shape`; in a batch they are `byte / divisor`.
    ///
    /// - Precondition: as many bytes as the shape has elements.
    public init(bytes: [UInt8], shape: Shape, divisor: Float = 255) {
        precondition(bytes.count == shape.elementCount, "\(bytes.count) bytes do not fill shape \(shape)")
        self.init(.bytes(bytes, divisor: divisor), 0..<shape[0], shape.sample)
    }

    /// The samples of several in a row; where all are bytes of one scale, they stay bytes.
    ///
    /// - Precondition: there is one at least, and all have the same shape of a sample.
    public init(joining parts: [Samples]) {
        let shape = parts[0].sampleShape
        precondition(parts.allSatisfy { $0.sampleShape == shape }, "samples of several shapes cannot be joined")
        let count = parts.reduce(0) { $0 + $1.count }
        let bytes = parts.compactMap { part -> (bytes: ArraySlice<UInt8>, divisor: Float)? in
            guard case .bytes(let bytes, let divisor) = part.storage else { return nil }
            let size = shape.elementCount
            return (bytes[(part.range.lowerBound * size)..<(part.range.upperBound * size)], divisor)
        }
        if bytes.count == parts.count, Set(bytes.map(\.divisor)).count == 1 {
            self.init(bytes: Array(bytes.map(\.bytes).joined()), shape: [count] + shape, divisor: bytes[0].divisor)
        } else {
            self.init(Tensor(concatenatingSamples: parts.map { $0.tensor() }))
        }
    }

    private init(_ storage: Storage, _ range: Range<Int>, _ sampleShape: Shape) {
        self.storage = storage
        self.range = range
        self.sampleShape = sampleShape
    }

    /// How many samples there are.
    public var count: Int { range.count }

    /// The shape of all samples together.
    public var shape: Shape { [count] + sampleShape }

    /// The samples in this range; no element moves.
    public subscript(part: Range<Int>) -> Samples {
        precondition(part.upperBound <= count, "samples \(part) of \(count)")
        return Samples(
            storage, (range.lowerBound + part.lowerBound)..<(range.lowerBound + part.upperBound), sampleShape)
    }

    /// The same samples under another shape of one sample: `[28, 28]` as `[28, 28, 1]`.
    ///
    /// - Precondition: both have the same number of elements.
    public func reshaped(to sample: Shape) -> Samples {
        precondition(sample.elementCount == sampleShape.elementCount, "cannot reshape \(sampleShape) to \(sample)")
        return Samples(storage, range, sample)
    }

    /// These samples, in this order, as a tensor.
    public func batch(_ indices: some Collection<Int>, on pool: WorkerPool) -> Tensor {
        let size = sampleShape.elementCount
        let sources = indices.map { index in
            precondition(index >= 0 && index < count, "sample \(index) of \(count)")
            return (range.lowerBound + index) * size
        }
        let grain = max(1, 16_384 / max(1, size))  // samples to a task: enough work to be worth a thread
        return Tensor(unsafeUninitialized: [sources.count] + sampleShape) { batch in
            nonisolated(unsafe) let batch = batch
            switch storage {
            case .floats(let tensor):
                tensor.withElements { elements in
                    nonisolated(unsafe) let elements = elements
                    pool.run(sources.count, grain: grain) { range in
                        for i in range {
                            _ = batch[(i * size)...].update(fromContentsOf: elements[sources[i]..<(sources[i] + size)])
                        }
                    }
                }
            case .bytes(let bytes, let divisor):
                bytes.withUnsafeBufferPointer { bytes in
                    nonisolated(unsafe) let bytes = bytes
                    pool.run(sources.count, grain: grain) { range in
                        for i in range {
                            let (target, source) = (i * size, sources[i])
                            for k in 0..<size { batch[target + k] = Float(bytes[source + k]) / divisor }
                        }
                    }
                }
            }
        }
    }

    /// What a white pixel is in a batch: 1, unless bytes keep their numbers.
    public var white: Float {
        switch storage {
        case .floats: 1
        case .bytes(_, let divisor): 255 / divisor
        }
    }

    /// The samples as an augmentation changes them in one epoch: each the same as in training with this seed.
    ///
    /// Samples that are no images stay as they are.
    public func augmented(
        by augmentation: Augmentation, seed: UInt64, epoch: Int = 0, on pool: WorkerPool = .shared
    ) -> Samples {
        var images = tensor(on: pool)
        let random = Augmentation.random(seed: seed, epoch: epoch)
        augmentation.apply(to: &images, white: white, samples: 0..<count, random, on: pool)
        return Samples(images)
    }

    /// All samples as a tensor.
    public func tensor(on pool: WorkerPool = .shared) -> Tensor { batch(0..<count, on: pool) }

    /// The samples as whole numbers, the numbers of classes; `nil` where one is something else.
    public var integers: [Int]? {
        guard sampleShape.elementCount == 1 else { return nil }
        let tensor = tensor()
        let integers = tensor.withElements { $0.compactMap { Int(exactly: $0) } }
        return integers.count == count ? integers : nil
    }
}
