import Tensors

extension Optimizer {
    public func apply(
        _ gradients: [Tensor], _ state: inout OptimizerState, on pool: WorkerPool,
        to visit: (_ update: (Int, inout Tensor) -> Void) -> Void
    ) {
        let scale = lossScale(state)
        var gradients = scale == 1 ? gradients : gradients.map { dividing($0, by: scale, on: pool) }
        let batches = settings.gradientAccumulationSteps ?? 1
        let isStep = (state.iterations + 1) % batches == 0
        let finished = state.iterations / batches  // steps before this one
        if batches > 1 {
            gradients = zip(gradients, state.accumulators).map { adding($0, $1, on: pool) }
            state.accumulators = isStep ? gradients.map { Tensor($0.shape) } : gradients
            if isStep { gradients = gradients.map { dividing($0, by: Float(batches), on: pool) } }
        }
        let rate = currentLearningRate(state)
        if isStep {
            gradients = clipped(gradients, on: pool)
            advance(&state.shared, step: finished + 1)
        }
        let common = OptimizerStep(number: finished + 1, learningRate: rate, shared: state.shared, pool: pool)
        visit { index, weight in
            if isStep {
                var step = common
                step.weight = index
                if let decay = weightDecay(ofWeight: index, weight.shape) {
                    self.decay(&weight, by: Float(decay), at: step)
                }
                update(&weight, gradient: gradients[index], slots: &state.slots[index], at: step)
            }
            if settings.useEMA { average(&weight, into: &state.averages[index], finished, on: pool) }
        }
        state.iterations += 1
    }

    /// The learning rate of the next step.
    public func currentLearningRate(_ state: OptimizerState) -> Float {
        switch settings.learningRate {
        case .constant(let rate): state.learningRate ?? Float(rate)
        case .schedule(let schedule): schedule(step: state.iterations)
        }
    }

    // MARK: w ← w − w · decay · α

    private func decay(_ w: inout Tensor, by decay: Float, at step: OptimizerStep) {
        let rate = step.learningRate
        w = mapped(w, on: step.pool) { $0 - $0 * decay * rate }
    }

    // MARK: average ← μ · average + (1 − μ) · w, with μ = 0 at the first step

    private func average(_ w: inout Tensor, into average: inout Tensor, _ finished: Int, on pool: WorkerPool) {
        let momentum = finished == 0 ? 0 : Float(settings.emaMomentum)
        average = zipped(average, w, on: pool) { momentum * $0 + (1 - momentum) * $1 }
        if let frequency = settings.emaOverwriteFrequency, (finished + 1) % frequency == 0 { w = average }
    }

    // MARK: g ← g · c / max(‖g‖, c)

    private func clipped(_ gradients: [Tensor], on pool: WorkerPool) -> [Tensor] {
        if let limit = settings.clipnorm.map(Float.init) {
            return gradients.map { g in
                let norm = max(sumOfSquares(g, on: pool).squareRoot(), limit)
                return mapped(g, on: pool) { $0 * limit / norm }
            }
        }
        if let limit = settings.globalClipnorm.map(Float.init) {
            let norm = gradients.reduce(0) { $0 + sumOfSquares($1, on: pool) }.squareRoot()
            // The difference is zero, or NaN where the norm is not finite: nobody should train on with that.
            let scale = limit * min(1 / norm, 1 / limit) + (norm - norm)
            return gradients.map { scaled($0, by: scale, on: pool) }
        }
        if let limit = settings.clipvalue.map(Float.init) {
            return gradients.map { g in mapped(g, on: pool) { min(max($0, -limit), limit) } }
        }
        return gradients
    }
}
