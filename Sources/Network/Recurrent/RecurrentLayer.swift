import Tensors

/// A layer that lets a cell go over the steps of a sequence.
///
/// The inputs are the sequence `[batch, steps, …]`, then the states to start from, zeros where there are none, then,
/// for a layer that ``readsMask``, a mask `[batch, steps]`. The output is `[batch, steps, …]` or, without
/// `returnSequences`, the last step's `[batch, …]`; the last states follow with `returnState`.
public protocol RecurrentLayer: SequenceLayer, MaskReading, MaskRuled {
    /// What happens at one step.
    var recurrentCell: any RecurrentCell { get }
    var sequence: SequenceOptions { get set }
}

extension RecurrentLayer {
    public var activityRegularizer: Regularizer? { sequence.activityRegularizer }

    public var maskUse: MaskUse { .reads }

    /// Keras 3 finds no mask for a call that is given states too.
    public func readsMask(of input: Int, among count: Int) -> Bool {
        input == 0 && (count == 1 || maskRules == .keras2)
    }

    public func carriesMask(to output: Int) -> Bool { output == 0 && sequence.returnSequences }

    /// The shape of one step's input.
    private func stepShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
        guard let input = inputs.first, input.count >= 3 else {
            var error = ShapeError(layer: Self.kerasName, expected: "[batch, steps, …]")
            error.found = inputs
            throw error
        }
        return Shape([input[0]] + input.dropFirst(2))
    }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        let step = try stepShape(inputs)
        guard inputs[0][1] != 0 else {
            throw ShapeError(layer: Self.kerasName, expected: "at least one step", found: inputs[0])
        }
        guard !readsMask || inputs.last?.count == 2 else {
            throw ShapeError(layer: "\(Self.kerasName) with a mask", expected: "a mask [batch, steps]", found: inputs)
        }
        guard !sequence.stateful || inputs[0][0] != Shape.unknown else {
            throw ShapeError(
                layer: "\(Self.kerasName) with stateful", expected: "a fixed number of samples, which the input names",
                found: inputs[0])
        }
        let states = try recurrentCell.stateShapes(for: step)
        let given = inputs.dropFirst().dropLast(readsMask ? 1 : 0)
        guard given.isEmpty || given.map(\.sample) == states && given.allSatisfy({ $0.keeps(batch: step[0]) }) else {
            var error = ShapeError(
                layer: Self.kerasName,
                expected: "no states or states of shape \(states.map { [Shape.unknown] + $0 })")
            error.found = inputs
            throw error
        }
        let output = try recurrentCell.outputShape(for: step)
        let first = Shape((sequence.returnSequences ? Array(inputs[0].prefix(2)) : [inputs[0][0]]) + output)
        return [first] + (sequence.returnState ? states.map { Shape([inputs[0][0]] + $0) } : [])
    }

    /// What every step saves: a few tensors of a state's size.
    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int {
        let states = try recurrentCell.stateShapes(for: try stepShape(inputs))
        let largest = states.map { ShapeLimits.product($0) }.max() ?? 1
        return ShapeLimits.sum(
            try recurrentCell.temporaries(for: try stepShape(inputs)),
            ShapeLimits.product(
                inputs[0][0], inputs[0][1], recurrentCell.savedCount + 2 * states.count + 2, largest))
    }

    public func keptStates(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        guard sequence.stateful else { return [] }
        return try recurrentCell.stateShapes(for: try stepShape(inputs)).map { Shape([inputs[0][0]] + $0) }
    }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] {
        try recurrentCell.weights(for: try stepShape(inputs)).map { $0.inside("cell") }
    }

    /// Every kernel once for each step.
    public func multiplyAdds(for inputs: [Shape]) throws(ShapeError) -> Int {
        let kernels = try weights(for: inputs).filter { $0.name.hasSuffix("kernel") }
        guard let output = try outputShapes(for: inputs).first else { return 0 }
        // Kernels of images meet each place of the output.
        let places = ShapeLimits.product(output.dropFirst(sequence.returnSequences ? 2 : 1).dropLast())
        return kernels.reduce(0) { sum, kernel in
            ShapeLimits.sum(
                sum, ShapeLimits.product(ShapeLimits.product(kernel.shape), inputs[0][0], inputs[0][1], places))
        }
    }

    // MARK: (y_t, s_t) = cell(x_t, s_{t−1});  where the mask is 0: s_t = s_{t−1}, y_t = y_{t−1} or 0

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let run = run(inputs, weights, context)
        let outputs = sequence.returnSequences ? [stackedSteps(run.outputs)] : [run.outputs[run.outputs.count - 1]]
        let states = sequence.returnState ? run.states : []
        let saved = run.calls.flatMap { $0.step.saved + $0.step.states + [$0.step.output] }
        var pass = Pass(inputs, outputs + states, saved: saved)
        if sequence.stateful { pass.states = run.states }
        return pass
    }

    /// How many tensors `forward` saves for inputs of these shapes.
    func savedCount(_ inputs: [Shape]) -> Int {
        let states = (try? recurrentCell.stateShapes(for: stepShape(inputs)).count) ?? 0
        return inputs[0][1] * (recurrentCell.savedCount + states + 1)
    }

    /// Where the sequence starts from.
    private func initialStates(_ inputs: [Tensor], _ context: Context) -> [Tensor] {
        let given = Array(inputs.dropFirst().dropLast(readsMask ? 1 : 0))
        guard given.isEmpty else { return given }
        guard context.states.isEmpty else { return context.states }
        let x = inputs[0].shape
        // The shapes were checked when the model was built.
        let shapes = (try? recurrentCell.stateShapes(for: Shape([x[0]] + x.dropFirst(2)))) ?? []
        return shapes.map { Tensor(Shape([x[0]] + $0)) }
    }

    /// The steps in the order in which they are taken.
    private func order(_ steps: Int) -> [Int] {
        sequence.goBackwards ? Array((0..<steps).reversed()) : Array(0..<steps)
    }

    /// - Parameter saved: what `forward` saved; `nil` computes every step.
    private func run(
        _ inputs: [Tensor], _ weights: [Tensor], _ context: Context, saved: [Tensor]? = nil
    ) -> SequenceRun {
        let (cell, pool, x) = (recurrentCell, context.pool, inputs[0])
        var run = SequenceRun(states: initialStates(inputs, context))
        let masks = cell.dropoutMasks(input: Shape([x.shape[0]] + x.shape.dropFirst(2)), context)
        let perStep = (saved?.count ?? 0) / max(1, x.shape[1])
        for (position, time) in order(x.shape[1]).enumerated() {
            let input = step(time, of: x)
            let done: CellStep
            if let saved {
                let own = saved[position * perStep..<(position + 1) * perStep]
                let states = run.states.count
                done = CellStep(
                    output: own[own.endIndex - 1], states: Array(own.suffix(states + 1).dropLast()),
                    saved: Array(own.dropLast(states + 1)))
            } else {
                done = cell.step(input, run.states, weights, masks, on: pool)
            }
            run.calls.append(CellCall(x: input, states: run.states, masks: masks, step: done))
            guard readsMask else {
                run.outputs.append(done.output)
                run.states = done.states
                continue
            }
            let keep = step(time, of: inputs[inputs.count - 1])
            let before =
                sequence.zeroOutputForMask ? nil : run.outputs.last
            run.outputs.append(choosing(done.output, before, keep, pool))
            run.states = zip(done.states, run.states).map { choosing($0, $1, keep, pool) }
        }
        return run
    }

    // MARK: back through time: ds_{t−1} = cell's ds, and past masked steps unchanged

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let (cell, pool, x) = (recurrentCell, context.pool, pass.inputs[0])
        let run = run(pass.inputs, weights, context, saved: pass.saved)
        var sums = weights.map { Tensor($0.shape) }
        var dStates = run.states.map { Tensor($0.shape) }
        if sequence.returnState { dStates = Array(dy.dropFirst()) }
        var dxs = [Tensor?](repeating: nil, count: x.shape[1])
        var carried: Tensor?  // what masked steps after this one hand on to its output
        for (position, time) in order(x.shape[1]).enumerated().reversed() {
            let call = run.calls[position]
            var dOutput: Tensor
            if sequence.returnSequences {
                dOutput = step(position, of: dy[0])
            } else {
                dOutput = position == x.shape[1] - 1 ? dy[0] : Tensor(dy[0].shape)
            }
            if let carried { dOutput = adding(dOutput, carried, on: pool) }
            guard readsMask else {
                let back = cell.back(dOutput, dStates, call, weights, &sums, on: pool)
                (dxs[time], dStates) = (back.input, back.states)
                continue
            }
            let keep = step(time, of: pass.inputs[pass.inputs.count - 1])
            let own = dStates.map { choosing($0, nil, keep, pool) }
            let back = cell.back(choosing(dOutput, nil, keep, pool), own, call, weights, &sums, on: pool)
            dxs[time] = back.input
            dStates = zip(dStates, back.states).map { adding(choosing(nil, $0, keep, pool), $1, on: pool) }
            carried = sequence.zeroOutputForMask ? nil : choosing(nil, dOutput, keep, pool)
        }
        let dx: Tensor? = context.wantsInputGradients ? stackedSteps(dxs.compactMap { $0 }) : nil
        let given = pass.inputs.count - 1 - (readsMask ? 1 : 0)
        let ofStates = given > 0 ? dStates.map(Optional.some) : []
        return Gradients(inputs: [dx] + ofStates + (readsMask ? [nil] : []), weights: sums)
    }

    /// `yes` for samples that are kept, `no` for the others; `nil` stands for zeros.
    private func choosing(_ yes: Tensor?, _ no: Tensor?, _ keep: Tensor, _ pool: WorkerPool) -> Tensor {
        guard let shape = (yes ?? no)?.shape else { return keep }
        let size = shape.dropFirst().reduce(1, *)
        return Tensor(unsafeUninitialized: shape) { target in
            target.update(repeating: 0)
            for sample in 0..<shape[0] {
                guard let source = keep[sample] != 0 ? yes : no else { continue }
                source.withElements { source in
                    for i in sample * size..<(sample + 1) * size { target[i] = source[i] }
                }
            }
        }
    }
}

extension WeightSpec {
    /// The weight of an object that a layer keeps under this name: `cell/kernel`.
    func inside(_ object: String) -> WeightSpec {
        var spec = self
        spec.name = object + "/" + name
        return spec
    }
}

/// A cell's way over a sequence, in the order of the steps that were taken.
private struct SequenceRun {
    /// What each step gives, masked steps what they give instead.
    var outputs: [Tensor] = []
    /// The states after the last step.
    var states: [Tensor]
    var calls: [CellCall] = []
}
