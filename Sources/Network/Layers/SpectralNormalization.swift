import Tensors

/// A layer whose kernel training divides by its largest singular value (Miyato et al., 2018).
///
///     v = u Wᵀ / ‖u Wᵀ‖,  u = v W / ‖v W‖,  W ← W / (v W uᵀ), before each step of training; then y = layer(x)
///
/// Shapes are those of the layer; `vector_u` has shape `[1, filters]`; Keras' `SpectralNormalization`.
public struct SpectralNormalization: UnaryLayer {
    public static let kerasName = "SpectralNormalization"

    public var layer: Nested<any Layer>
    /// How often `u` and `v` are brought nearer at each step.
    public var powerIterations: Int

    public init(_ layer: any Layer, powerIterations: Int = 1) {
        self.layer = Nested(layer)
        self.powerIterations = powerIterations
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        layer = try options.nestedLayer("layer")
        powerIterations = try options.ints("power_iterations", count: 1, default: [1])[0]
    }

    public var options: Options { ["layer": layer.optionValue, "power_iterations": .int(powerIterations)] }

    public var activityRegularizer: Regularizer? { layer.value.activityRegularizer }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        try layer.value.checkedOutputShapes(for: [input])[0]
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        let inner = try layer.value.weights(for: [input])
        guard let kernel = inner.first, ["kernel", "embeddings"].contains(kernel.name) else {
            throw ShapeError(
                layer: "SpectralNormalization",
                expected: "a layer with a kernel, not a \(type(of: layer.value).kerasName)",
                found: input)
        }
        let vector = WeightSpec(
            "vector_u", [1, kernel.shape[kernel.shape.count - 1]], .truncatedNormal(mean: 0, standardDeviation: 0.02),
            isTrainable: false)
        return inner.map { layer.spec($0, inside: "layer") } + [vector]
    }

    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int { try layer.value.temporaries(for: inputs) }

    public func multiplyAdds(for inputs: [Shape]) throws(ShapeError) -> Int {
        try layer.value.multiplyAdds(for: inputs)
    }

    // MARK: in training W ← W / σ first; the gradients are those of the divided kernel

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        var inner = Array(weights.dropLast())
        var updates: [Int: Tensor] = [:]
        if context.mode == .training, weights[0].elements.contains(where: { $0 != 0 }) {
            let (kernel, u) = normalized(weights[0], weights[weights.count - 1], context.pool)
            inner[0] = kernel
            updates = [0: kernel, weights.count - 1: u]
        }
        let pass = layer.value.forward([x], inner, layer.context(context))
        return Pass(x, pass.outputs[0], saved: [inner[0], pass.outputs[0]] + pass.saved, updates: updates)
    }

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        var inner = Array(weights.dropLast())
        inner[0] = pass.saved[0]
        let own = Pass([pass.x], [pass.saved[1]], saved: Array(pass.saved.dropFirst(2)))
        let found = layer.value.backward([dy], own, inner, layer.context(context))
        return Gradients(input: found.inputs[0], weights: found.weights + [nil])
    }

    private func normalized(_ kernel: Tensor, _ u: Tensor, _ pool: WorkerPool) -> (kernel: Tensor, u: Tensor) {
        let columns = u.shape[1]
        let matrix = kernel.reshaped(to: [kernel.count / columns, columns])
        var (u, v) = (u, u)
        for _ in 0..<powerIterations {
            v = unit(matmul(u, matrix, transposingB: true, on: pool), pool)
            u = unit(matmul(v, matrix, on: pool), pool)
        }
        let sigma = matmul(matmul(v, matrix, on: pool), u, transposingB: true, on: pool)[0]
        return (mapped(kernel, on: pool) { $0 / sigma }, u)
    }

    private func unit(_ x: Tensor, _ pool: WorkerPool) -> Tensor {
        let square = Float(x.elements.reduce(0) { $0 + Double($1) * Double($1) })
        let length = max(square, 1e-12).squareRoot()
        return mapped(x, on: pool) { $0 / length }
    }
}
