import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Triangles that gather frequencies into bins which lie as far apart as people hear them.
///
///     mel(f) = 1127 ln(1 + f / 700)
///
/// Computed in single precision as Keras does, whose roundings show in narrow triangles.
struct MelFilters {
    var binCount: Int
    var samplingRate: Int
    var minFrequency: Double
    var maxFrequency: Double

    private func mel(_ frequency: Float) -> Float { 1127 * log(1 + frequency / 700) }

    /// The share of each frequency in each bin, `[frequencies, bins]`; the lowest frequency is in none.
    func matrix(frequencies: Int) -> Tensor {
        func spread(_ low: Float, _ high: Float, _ count: Int) -> [Float] {
            let step = (high - low) / Float(max(1, count - 1))
            return (0..<count).map { low + step * Float($0) }
        }
        let places = spread(0, Float(samplingRate) / 2, frequencies).map(mel)
        let edges = spread(mel(Float(minFrequency)), mel(Float(maxFrequency)), binCount + 2)
        var matrix = Tensor([frequencies, binCount])
        for frequency in 1..<max(1, frequencies) {
            for bin in 0..<binCount {
                let rising = (places[frequency] - edges[bin]) / (edges[bin + 1] - edges[bin])
                let falling = (edges[bin + 2] - places[frequency]) / (edges[bin + 2] - edges[bin + 1])
                matrix[frequency * binCount + bin] = max(0, min(rising, falling))
            }
        }
        return matrix
    }
}
