import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension OptionReader {
    /// The option `rate` of the dropout layers: the fraction of elements that are dropped.
    mutating func rate() throws(OptionError) -> Double {
        try required("rate", "a number from 0 to 1") { value in
            value.double.flatMap { (0...1).contains($0) ? $0 : nil }
        }
    }

    /// The option `seed` of layers that draw random numbers.
    mutating func seed() throws(OptionError) -> Int? { try optional("seed", "a whole number or null", \.int64) }
}

extension Context {
    /// The random numbers of a layer's call, apart for a layer that has a seed of its own.
    public func random(_ seed: Int?) -> Random { seed.map { random.stream(UInt64(bitPattern: Int64($0))) } ?? random }
}

/// A tensor of `value` of uniform random numbers in [0, 1), one for each place.
func drawn(
    _ shape: Shape, _ random: Random, on pool: WorkerPool, _ value: @Sendable (Float) -> Float
) -> Tensor {
    Tensor(unsafeUninitialized: shape) { target in
        // Each task writes its own places, so the threads never meet.
        nonisolated(unsafe) let target = target
        pool.run(target.count, grain: 1 << 14) { range in
            for block in stride(from: range.lowerBound, to: range.upperBound, by: 4) {
                let words = random.words(at: UInt64(block / 4))
                for i in block..<min(block + 4, range.upperBound) {
                    target[i] = value(Float(words[i - block] >> 8) * 0x1p-24)
                }
            }
        }
    }
}

/// A tensor of normal random numbers (Box and Muller, 1958).
func drawnNormal(
    _ shape: Shape, _ random: Random, mean: Double, deviation: Double, on pool: WorkerPool
) -> Tensor {
    Tensor(unsafeUninitialized: shape) { target in
        // Each task writes its own places, so the threads never meet.
        nonisolated(unsafe) let target = target
        pool.run(target.count, grain: 1 << 13) { range in
            for pair in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
                let words = random.words(at: UInt64(pair / 2))
                let radius = (-2 * log((Double(words[0]) + 0.5) * 0x1p-32)).squareRoot() * deviation
                let angle = 2 * Double.pi * (Double(words[1]) + 0.5) * 0x1p-32
                target[pair] = Float(mean + radius * cos(angle))
                if pair + 1 < range.upperBound { target[pair + 1] = Float(mean + radius * sin(angle)) }
            }
        }
    }
}
