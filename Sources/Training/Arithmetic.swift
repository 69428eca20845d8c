import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What keeps Keras from dividing by zero: `keras.config.epsilon()`.
let epsilon = 1e-7

// The C library's float32 functions under names that say what they are.

func power(_ base: Float, _ exponent: Float) -> Float { powf(base, exponent) }
func exponential(_ x: Float) -> Float { expf(x) }
func logarithm(_ x: Float) -> Float { logf(x) }
func naturalLogarithm(_ x: Double) -> Double { log(x) }
func naturalExponential(_ x: Double) -> Double { exp(x) }
func logarithm1p(_ x: Float) -> Float { log1pf(x) }
func cosine(_ x: Float) -> Float { cosf(x) }
func sine(_ x: Float) -> Float { sinf(x) }

func sign(_ x: Float) -> Float { x > 0 ? 1 : x < 0 ? -1 : 0 }
func softplus(_ x: Float) -> Float { max(x, 0) + logarithm1p(exponential(-abs(x))) }

/// The quotient `x / divisor` of each element.
func dividing(_ x: Tensor, by divisor: Float, on pool: WorkerPool) -> Tensor { mapped(x, on: pool) { $0 / divisor } }

/// The sum `Σ x²`, added up in double in an order that does not depend on the threads.
func sumOfSquares(_ x: Tensor, on pool: WorkerPool) -> Float {
    let grain = 65_536
    let parts = (x.count + grain - 1) / grain
    var sums = [Double](repeating: 0, count: parts)
    x.withElements { x in
        sums.withUnsafeMutableBufferPointer { sums in
            nonisolated(unsafe) let (x, sums) = (x, sums)
            pool.run(parts) { part in
                var lanes = SIMD4<Double>(repeating: 0)
                let range = (part * grain)..<min((part + 1) * grain, x.count)
                var i = range.lowerBound
                while i + 4 <= range.upperBound {
                    let v = SIMD4(Double(x[i]), Double(x[i + 1]), Double(x[i + 2]), Double(x[i + 3]))
                    lanes += v * v
                    i += 4
                }
                var sum = lanes.sum()
                for i in i..<range.upperBound { sum += Double(x[i]) * Double(x[i]) }
                sums[part] = sum
            }
        }
    }
    return Float(sums.reduce(0, +))
}
