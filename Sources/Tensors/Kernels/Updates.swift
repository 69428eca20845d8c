import CKernels

/// The steps of optimizers for a part of a weight, on the calling thread, with the vector instructions of the pool.
///
/// Each changes `count` weights `w`, and what the optimizer remembers of them, by the gradient `g`. `rest` is 1 − the factor
/// beside it, which the caller rounds as its optimizer does.
extension WorkerPool {
    /// Adadelta: `a ← ρ a + (1 − ρ) g²;  u = √(d + ε) g / √(a + ε);  d ← ρ d + (1 − ρ) u²;  w ← w − rate u`.
    public func adadelta(
        _ w: UnsafeMutablePointer<Float>, _ g: UnsafePointer<Float>, _ a: UnsafeMutablePointer<Float>,
        _ d: UnsafeMutablePointer<Float>, rho: Float, rest: Float, epsilon: Float, rate: Float, count: Int
    ) { updates.adadelta(w, g, a, d, rho, rest, epsilon, rate, count) }

    /// Adam: `m ← m + (g − m)(1 − β₁);  v ← v + (g² − v)(1 − β₂);  w ← w − m rate / (√v + ε)`.
    public func adam(
        _ w: UnsafeMutablePointer<Float>, _ g: UnsafePointer<Float>, _ m: UnsafeMutablePointer<Float>,
        _ v: UnsafeMutablePointer<Float>, rest1: Float, rest2: Float, epsilon: Float, rate: Float, count: Int
    ) { updates.adam(w, g, m, v, rest1, rest2, epsilon, rate, count) }

    /// RMSprop: `v ← ρ v + (1 − ρ) g²;  w ← w − rate g / √(v + ε)`.
    public func rmsprop(
        _ w: UnsafeMutablePointer<Float>, _ g: UnsafePointer<Float>, _ v: UnsafeMutablePointer<Float>, rho: Float,
        rest: Float, epsilon: Float, rate: Float, count: Int
    ) { updates.rmsprop(w, g, v, rho, rest, epsilon, rate, count) }

    /// Momentum: `v ← factor v − rate g;  w ← w + v`, or with Nesterov's foresight `w ← w + factor v − rate g`.
    public func momentum(
        _ w: UnsafeMutablePointer<Float>, _ g: UnsafePointer<Float>, _ v: UnsafeMutablePointer<Float>, factor: Float,
        rate: Float, nesterov: Bool, count: Int
    ) { updates.momentum(w, g, v, factor, rate, nesterov ? 1 : 0, count) }

    /// Plain descent: `w ← w − rate g`.
    public func descent(
        _ w: UnsafeMutablePointer<Float>, _ g: UnsafePointer<Float>, rate: Float, count: Int
    ) { updates.descent(w, g, rate, count) }
}
