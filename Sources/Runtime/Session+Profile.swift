import Networks
import Tensors

/// How long a step of a model takes, and the least that its work can take.
public struct StepProfile: Sendable {
    /// The names of the layers that the step stands for.
    public let layers: [String]
    /// How its convolution is computed, where it is one that leaves a choice.
    public let algorithm: ConvolutionAlgorithm?
    public let use: Use
    public let timing: Timing
    /// Multiplications and additions, by the algorithm that is used.
    public let operations: Int
    /// Bytes that must be read and written: inputs, weights, outputs, each once.
    public let bytes: Int
    /// In prediction, the largest deviation from plain sums, layer by layer, relative to the largest number, for the
    /// same inputs.
    public let deviation: Float?

    /// What the step is run for.
    public enum Use: String, Sendable, CaseIterable {
        case prediction
        /// The way forward of a training step.
        case forward
        /// The way back of a training step: gradients of weights and inputs.
        case backward
    }

    /// The shortest time in which a machine can do this: `max(operations / peak, bytes / bandwidth)`, in seconds.
    public func floor(on machine: MachineSpeed) -> Double {
        max(Double(operations) / machine.operationsPerSecond, Double(bytes) / machine.bytesPerSecond)
    }
}

extension Session {
    /// Times each step of prediction for one batch, and holds its numbers against plain sums.
    ///
    /// - Parameters:
    ///   - inputs: one batch.
    ///   - time: how long to repeat it.
    public func profile(_ inputs: [Tensor], for time: Duration) throws(InputError) -> [StepProfile] {
        try checkTraining(inputs.map(\.shape))
        let shapes = inputs.map(\.shape.sample)
        _ = run(plan, inputs, predicting(shapes))  // prepares
        let observer = StepObserver()
        let compute = predicting(shapes)
        let end = ContinuousClock.now + time
        repeat {
            _ = run(plan, inputs) { position, step, arguments in
                let start = ContinuousClock.now
                let outputs = compute(position, step, arguments)
                observer.note(.now - start, .forward, position)
                return outputs
            }
        } while ContinuousClock.now < end

        let exact = Context(
            mode: .inference,
            pool: WorkerPool(threads: pool.threads, instructionSet: pool.instructionSet, convolutions: .direct))
        var profiles: [StepProfile] = []
        _ = run(plan, inputs) { position, step, arguments in
            let outputs = compute(position, step, arguments)
            let (algorithm, products) = products(of: step, arguments.map(\.shape))
            let tensors = arguments + outputs + step.sources.flatMap { model.layers[$0.layer].weights }
            if let timing = observer.timing(.forward, position), step.modelInput == nil {
                profiles.append(
                    StepProfile(
                        layers: names(of: step), algorithm: algorithm, use: .prediction, timing: timing,
                        operations: 2 * products, bytes: 4 * tensors.reduce(0) { $0 + $1.count },
                        deviation: zip(outputs, plain(step, arguments, exact)).map(Self.deviation).max() ?? 0))
            }
            return outputs
        }
        return profiles
    }

    /// Times each step of training for one batch, forward and backward; the loss and the optimizer are not in it.
    ///
    /// - Parameters: as ``profile(_:for:)``.
    public func profileTraining(_ inputs: [Tensor], for time: Duration) throws(InputError) -> [StepProfile] {
        let observer = StepObserver()
        var last: Run?
        let end = ContinuousClock.now + time
        repeat {
            let run = try forward(inputs, mode: .training, random: Random(seed: 0), observer: observer)
            let start: OutputGradients =
                run.logits.map { .logits(Tensor($0.shape, repeating: 1e-3)) }
                ?? .outputs(run.outputs.map { Tensor($0.shape, repeating: 1e-3) })
            _ = backward(run, start, observer: observer)
            if last == nil { observer.forget() }  // the first one warms up
            last = run
        } while ContinuousClock.now < end || observer.isEmpty

        guard let last else { return [] }
        return zip(trainingPlan.steps, last.passes).enumerated().flatMap { position, pair in
            let (step, pass) = pair
            guard step.modelInput == nil else { return [StepProfile]() }
            let (algorithm, products) = products(of: step, pass.inputs.map(\.shape))
            let weights = model.layers[step.source.layer].weights
            let bytes = 4 * (pass.inputs + pass.outputs + weights).reduce(0) { $0 + $1.count }
            let ways = (step.wantsInputGradients ? 1 : 0) + (step.wantsWeightGradients ? 1 : 0)
            return [(StepObserver.Direction.forward, StepProfile.Use.forward, 1), (.backward, .backward, ways)]
                .compactMap { direction, use, factor in
                    observer.timing(direction, position).map { timing in
                        StepProfile(
                            layers: names(of: step), algorithm: algorithm, use: use, timing: timing,
                            operations: 2 * products * factor, bytes: bytes * max(1, factor), deviation: nil)
                    }
                }
        }
    }

    private func names(of step: Plan.Step) -> [String] { step.sources.map { model.layers[$0.layer].name } }

    /// The products with weights of a step, by the algorithm that computes it here.
    private func products(of step: Plan.Step, _ inputs: [Shape]) -> (ConvolutionAlgorithm?, Int) {
        if let layer = step.layer as? Conv2D, inputs[0].count == 4 {
            let kernel = model.layers[step.source.layer].weights[0].shape
            let (algorithm, products) = pool.convolutionProducts(
                input: inputs[0], kernel: kernel, layer.window(over: inputs[0], padding: step.chain?.padding),
                groups: layer.groups)
            return (algorithm, products + ((try? productsBehind(step, inputs)) ?? 0))
        }
        return (nil, (try? step.layer.multiplyAdds(for: inputs) + productsBehind(step, inputs)) ?? 0)
    }

    /// Those of the convolutions that follow in the same step.
    private func productsBehind(_ step: Plan.Step, _ inputs: [Shape]) throws(ShapeError) -> Int {
        var (shapes, sum) = (inputs, 0)
        for source in step.sources where !step.following.isEmpty {
            let layer = model.layers[source.layer].layer
            if step.following.contains(where: { $0.source == source }) { sum += try layer.multiplyAdds(for: shapes) }
            shapes = try layer.outputShapes(for: shapes)
        }
        return sum
    }

    /// max |y − z| / max |z|.
    private static func deviation(_ y: Tensor, _ z: Tensor) -> Float {
        y.withElements { y in
            z.withElements { z in
                let largest = z.reduce(0) { max($0, abs($1)) }
                let difference = zip(y, z).reduce(0) { max($0, abs($1.0 - $1.1)) }
                return largest > 0 ? difference / largest : difference
            }
        }
    }
}
