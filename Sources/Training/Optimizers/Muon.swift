import Networks
import Tensors

/// Muon (Jordan et al., 2024; Liu et al., 2025), with the arithmetic and the defaults of `keras.optimizers.Muon`.
///
/// For matrices, whose momentum is made nearly orthogonal:
///
///     m ← μ m + g,   u = g + μ m (Nesterov) or m
///     x = u / ‖u‖,   `steps` times: A = x xᵀ,  x ← a x + (b A + c A²) x
///     w ← w − α √max(rows, columns) · rate · x
///
/// All other weights, embeddings, and weights whose path holds one of `excludeLayers`, take a step of ``Adam``.
public struct Muon: Optimizer {
    public static let kerasName = "Muon"

    public var adam: Adam
    /// The decay of the weights that Adam changes.
    public var adamWeightDecay: Double?
    /// What the learning rate is multiplied by for them.
    public var adamLearningRateRatio: Double
    /// Regular expressions; a weight whose path one of them is found in is left to Adam.
    public var excludeLayers: [String]
    public var excludeEmbeddings: Bool
    /// a, b and c of the formula.
    public var coefficients: [Double]
    public var momentum: Double
    public var newtonSchulzSteps: Int
    public var nesterov: Bool
    /// What a step of a matrix is scaled by besides; `nil` scales it neither by this nor by its size.
    public var rmsRate: Double?
    /// Whether Adam changes a weight by its path, for each trainable weight; empty while no path is known.
    private var isExcluded: [Bool] = []

    public init(
        learningRate: LearningRate = 0.001, adamBeta1: Double = 0.9, adamBeta2: Double = 0.999,
        adamWeightDecay: Double? = 0.004, epsilon: Double = 1e-7, weightDecay: Double? = 0.004,
        excludeLayers: [String] = [], excludeEmbeddings: Bool = true,
        coefficients: [Double] = [3.4445, -4.7750, 2.0315], adamLearningRateRatio: Double = 1,
        momentum: Double = 0.95, newtonSchulzSteps: Int = 5, nesterov: Bool = true, rmsRate: Double? = 0.2
    ) {
        adam = Adam(learningRate: learningRate, beta1: adamBeta1, beta2: adamBeta2, epsilon: epsilon)
        adam.settings.weightDecay = weightDecay
        self.adamWeightDecay = adamWeightDecay
        self.adamLearningRateRatio = adamLearningRateRatio
        self.excludeLayers = excludeLayers
        self.excludeEmbeddings = excludeEmbeddings
        self.coefficients = coefficients
        self.momentum = momentum
        self.newtonSchulzSteps = newtonSchulzSteps
        self.nesterov = nesterov
        self.rmsRate = rmsRate
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        // Here null is an answer: no decay, no scaling.
        func orNull(_ name: String, _ value: Double?, _ fallback: Double) -> Double? {
            options.options[name] == nil ? fallback : value
        }
        let settings = try OptimizerSettings(from: &options)
        let adamDecay = try options.positive("adam_weight_decay", orZero: true)
        let rmsRate = try options.positive("rms_rate", orZero: true)
        self.init(
            adamBeta1: try options.double("adam_beta_1", default: 0.9),
            adamBeta2: try options.double("adam_beta_2", default: 0.999),
            adamWeightDecay: orNull("adam_weight_decay", adamDecay, 0.004),
            epsilon: try options.double("epsilon", default: 1e-7),
            weightDecay: orNull("weight_decay", settings.weightDecay, 0.004),
            excludeLayers: try options.optional("exclude_layers", "a list of regular expressions") { value in
                let words = value.array?.compactMap(\.string)
                let isValid = words?.allSatisfy { (try? Regex($0)) != nil } == true
                return isValid && words?.count == value.array?.count ? words : nil
            } ?? [],
            excludeEmbeddings: try options.bool("exclude_embeddings", default: true),
            coefficients: [
                try options.double("muon_a", default: 3.4445), try options.double("muon_b", default: -4.7750),
                try options.double("muon_c", default: 2.0315),
            ],
            adamLearningRateRatio: try options.double("adam_lr_ratio", default: 1),
            momentum: try options.double("momentum", default: 0.95),
            newtonSchulzSteps: try options.count("ns_steps", atLeast: 1) ?? 5,
            nesterov: try options.bool("nesterov", default: true), rmsRate: orNull("rms_rate", rmsRate, 0.2))
        let decay = adam.settings.weightDecay
        adam.settings = settings
        adam.settings.weightDecay = decay
    }

    public var settings: OptimizerSettings {
        get { adam.settings }
        set { adam.settings = newValue }
    }

    public var ownOptions: Options {
        [
            "adam_beta_1": .double(adam.beta1), "adam_beta_2": .double(adam.beta2), "epsilon": .double(adam.epsilon),
            "exclude_layers": .array(excludeLayers.map { .string($0) }), "muon_a": .double(coefficients[0]),
            "muon_b": .double(coefficients[1]), "muon_c": .double(coefficients[2]),
            "adam_lr_ratio": OptionValue(whole: adamLearningRateRatio), "momentum": .double(momentum),
            "ns_steps": .int(newtonSchulzSteps), "nesterov": .bool(nesterov),
            "exclude_embeddings": .bool(excludeEmbeddings), "adam_weight_decay": OptionValue(adamWeightDecay),
            "rms_rate": OptionValue(rmsRate),
        ]
    }

    // MARK: Which weights

    public func knowing(paths: [String]) -> Muon {
        var knowing = self
        knowing.isExcluded = paths.map { path in
            excludeEmbeddings && path.lowercased().contains("embedding")
                || excludeLayers.contains { pattern in
                    guard let pattern = try? Regex(pattern) else { return false }
                    return path.firstMatch(of: pattern) != nil
                }
        }
        return knowing
    }

    private func isAdams(_ number: Int, _ shape: Shape) -> Bool {
        shape.count != 2 || isExcluded.indices.contains(number) && isExcluded[number]
    }

    public func slotGroups(for weight: Shape) -> [[String]] { slotGroups(ofWeight: -1, weight) }

    public func slotGroups(ofWeight number: Int, _ shape: Shape) -> [[String]] {
        isAdams(number, shape) ? adam.slotGroups(for: shape) : [["momentum"]]
    }

    public func weightDecay(ofWeight number: Int, _ shape: Shape) -> Double? {
        isAdams(number, shape) ? adamWeightDecay : settings.weightDecay
    }

    // MARK: One step

    public func update(_ w: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep) {
        guard !isAdams(step.weight, w.shape) else {
            var own = OptimizerStep(
                number: step.number, learningRate: step.learningRate * Float(adamLearningRateRatio),
                shared: step.shared, pool: step.pool)
            own.weight = step.weight
            return adam.update(&w, gradient: gradient, slots: &slots, at: own)
        }
        let (pool, momentum) = (step.pool, Float(momentum))
        slots[0] = zipped(slots[0], gradient, on: pool) { $0 + ($1 + $0 * (momentum - 1)) }
        let direction = nesterov ? zipped(gradient, slots[0], on: pool) { $0 + momentum * $1 } : slots[0]
        let update = orthogonal(direction, on: pool)
        let size = Float(max(w.shape[0], w.shape[1])).squareRoot()
        let (rate, rms) = (step.learningRate, rmsRate.map(Float.init))
        w = zipped(w, update, on: pool) { w, u in
            w - (rms.map { rate * u * size * $0 } ?? rate * u)
        }
    }

    /// The matrix with singular values near 1, by Newton and Schulz.
    private func orthogonal(_ matrix: Tensor, on pool: WorkerPool) -> Tensor {
        let isTall = matrix.shape[0] > matrix.shape[1]
        var x = isTall ? transposed(matrix, axes: [1, 0], on: pool) : matrix
        let norm = sumOfSquares(x, on: pool).squareRoot() + 1e-7
        x = dividing(x, by: norm, on: pool)
        let (a, b, c) = (Float(coefficients[0]), Float(coefficients[1]), Float(coefficients[2]))
        for _ in 0..<newtonSchulzSteps {
            let square = matmul(x, x, transposingB: true, on: pool)
            let mixed = zipped(square, matmul(mapped(square, on: pool) { c * $0 }, square, on: pool), on: pool) {
                b * $0 + $1
            }
            x = zipped(x, matmul(mixed, x, on: pool), on: pool) { a * $0 + $1 }
        }
        return isTall ? transposed(x, axes: [1, 0], on: pool) : x
    }
}
