import Tensors

/// A sequence from both ends: one recurrent layer forwards, one backwards; Keras' `Bidirectional`.
///
/// Their outputs, the second turned back into the order of the steps, are joined by `mergeMode`. The inputs are the
/// sequence, then the states to start from, the first layer's before the second's; the last states follow likewise.
public struct Bidirectional: SequenceLayer, MaskReading, MaskRuled {
    public static let kerasName = "Bidirectional"

    /// How two outputs become one.
    public enum MergeMode: String, Hashable, Sendable, CaseIterable {
        /// Side by side along the last axis.
        case concat
        case sum
        case mul
        /// Their mean.
        case ave
        /// They stay two outputs: Keras' `None`.
        case none
    }

    public var forwardLayer: Nested<any RecurrentLayer>
    public var backwardLayer: Nested<any RecurrentLayer>
    public var mergeMode: MergeMode

    /// - Parameter backward: by default the same layer, which begins at the other end.
    public init(
        _ forward: any RecurrentLayer, backward: (any RecurrentLayer)? = nil, mergeMode: MergeMode = .concat
    ) {
        forwardLayer = Nested(forward)
        var other = backward ?? forward
        if backward == nil { other.sequence.goBackwards.toggle() }
        backwardLayer = Nested(other)
        self.mergeMode = mergeMode
        agree()
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        forwardLayer = try options.nestedRecurrentLayer("layer")
        backwardLayer = forwardLayer
        if options.value("backward_layer") != nil {
            backwardLayer = try options.nestedRecurrentLayer("backward_layer")
        } else {
            backwardLayer.value.sequence.goBackwards.toggle()
            backwardLayer.name = forwardLayer.name.map { "backward_" + $0 }
        }
        // null says that the outputs stay apart.
        let isApart = options.options["merge_mode"]?.isNull == true
        mergeMode = isApart ? .none : try options.choice("merge_mode", default: .concat)
        options.ignore("merge_mode")
        let (forward, back) = (forwardLayer.value.sequence, backwardLayer.value.sequence)
        guard forward.goBackwards != back.goBackwards, forward.returnSequences == back.returnSequences,
            forward.returnState == back.returnState
        else {
            throw .unsupported(
                layer: options.layer, option: "backward_layer", value: backwardLayer.optionValue,
                expected: "a layer that begins at the other end and returns the same as the first")
        }
        agree()
    }

    /// Masked steps give zeros where sequences are returned, whatever the layers say, as in Keras.
    private mutating func agree() {
        forwardLayer.value.sequence.zeroOutputForMask = forwardLayer.value.sequence.returnSequences
        backwardLayer.value.sequence.zeroOutputForMask = backwardLayer.value.sequence.returnSequences
    }

    public var options: Options {
        [
            "merge_mode": mergeMode == .none ? .null : .string(mergeMode.rawValue),
            "layer": forwardLayer.optionValue, "backward_layer": backwardLayer.optionValue,
        ]
    }

    private var returnsSequences: Bool { forwardLayer.value.sequence.returnSequences }

    // MARK: Masks

    public var maskUse: MaskUse { .reads }
    public var maskedInputs: [Int] {
        get { forwardLayer.value.maskedInputs }
        set {
            forwardLayer.value.maskedInputs = newValue
            backwardLayer.value.maskedInputs = newValue
        }
    }
    public var maskRules: MaskRules {
        get { forwardLayer.value.maskRules }
        set {
            forwardLayer.value.maskRules = newValue
            backwardLayer.value.maskRules = newValue
        }
    }

    public func readsMask(of input: Int, among count: Int) -> Bool {
        forwardLayer.value.readsMask(of: input, among: count)
    }

    public func carriesMask(to output: Int) -> Bool {
        returnsSequences && output < (mergeMode == .none ? 2 : 1)
    }

    // MARK: Shapes

    /// The inputs of each layer: the sequence, its own states, the mask.
    private func split<Element>(_ inputs: [Element]) -> (forward: [Element], backward: [Element]) {
        let states = inputs.dropFirst().dropLast(readsMask ? 1 : 0)
        let mask = inputs.suffix(readsMask && inputs.count > 1 ? 1 : 0)
        let half = states.count / 2
        return (
            Array(inputs.prefix(1) + states.prefix(half) + mask),
            Array(inputs.prefix(1) + states.dropFirst(half) + mask)
        )
    }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        let (first, second) = split(inputs)
        let (forward, back) = (
            try forwardLayer.value.checkedOutputShapes(for: first),
            try backwardLayer.value.checkedOutputShapes(for: second)
        )
        let states = Array(forward.dropFirst() + back.dropFirst())
        if mergeMode == .none { return [forward[0], back[0]] + states }
        if mergeMode == .concat {
            var joined = forward[0]
            joined[joined.count - 1] += back[0][back[0].count - 1]
            return [joined] + states
        }
        guard forward[0] == back[0] else {
            throw ShapeError(layer: "Bidirectional", expected: "two outputs of one shape", found: forward[0], back[0])
        }
        return [forward[0]] + states
    }

    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int {
        let (first, second) = split(inputs)
        return ShapeLimits.sum(
            try forwardLayer.value.temporaries(for: first), try backwardLayer.value.temporaries(for: second))
    }

    public func keptStates(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        let (first, second) = split(inputs)
        return try forwardLayer.value.keptStates(for: first) + backwardLayer.value.keptStates(for: second)
    }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] {
        let (first, second) = split(inputs)
        return try forwardLayer.value.weights(for: first).map { forwardLayer.spec($0, inside: "forward_layer") }
            + backwardLayer.value.weights(for: second).map { backwardLayer.spec($0, inside: "backward_layer") }
    }

    public func multiplyAdds(for inputs: [Shape]) throws(ShapeError) -> Int {
        let (first, second) = split(inputs)
        return ShapeLimits.sum(
            try forwardLayer.value.multiplyAdds(for: first), try backwardLayer.value.multiplyAdds(for: second))
    }

    // MARK: y = merge(forward(x), turned(backward(x)))

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let (first, second) = split(inputs)
        let count = weightCount(first)
        let one = forwardLayer.value.forward(first, Array(weights.prefix(count)), apart(context, 1, first))
        let two = backwardLayer.value.forward(second, Array(weights.dropFirst(count)), apart(context, 2, first))
        let (a, b) = (one.outputs[0], returnsSequences ? turnedSteps(two.outputs[0]) : two.outputs[0])
        let merged: [Tensor] =
            switch mergeMode {
            case .concat: [joinedAlongLastAxis([a, b])]
            case .sum: [adding(a, b, on: context.pool)]
            case .ave: [scaled(adding(a, b, on: context.pool), by: 0.5, on: context.pool)]
            case .mul: [multiplying(a, b, on: context.pool)]
            case .none: [a, b]
            }
        let saved = one.outputs + one.saved + two.outputs + two.saved
        var pass = Pass(inputs, merged + one.outputs.dropFirst() + two.outputs.dropFirst(), saved: saved)
        pass.states = one.states + two.states
        return pass
    }

    // MARK: dx = forward's dx + backward's dx, each of its part of dy

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let pool = context.pool
        let (first, second) = split(pass.inputs)
        let count = weightCount(first)
        let (one, two, states) = passes(pass, first, second)
        let (a, b) = (one.y, returnsSequences ? turnedSteps(two.y) : two.y)
        var (da, db): (Tensor, Tensor)
        switch mergeMode {
        case .concat: (da, db) = halves(dy[0], a, b)
        case .sum: (da, db) = (dy[0], dy[0])
        case .ave:
            da = scaled(dy[0], by: 0.5, on: pool)
            db = da
        case .mul: (da, db) = (multiplying(dy[0], b, on: pool), multiplying(dy[0], a, on: pool))
        case .none: (da, db) = (dy[0], dy[1])
        }
        if returnsSequences { db = turnedSteps(db) }
        let ofStates = dy.dropFirst(mergeMode == .none ? 2 : 1)
        func back(
            _ layer: any RecurrentLayer, _ dy: [Tensor], _ pass: Pass, _ weights: ArraySlice<Tensor>, _ stream: UInt64
        ) -> Gradients {
            let context = apart(context, stream, first)
            return layer.backward(
                layer.addingActivityGradients(to: dy, of: pass, context), pass, Array(weights), context)
        }
        let forward = back(forwardLayer.value, [da] + ofStates.prefix(states), one, weights.prefix(count), 1)
        let back = back(backwardLayer.value, [db] + ofStates.dropFirst(states), two, weights.dropFirst(count), 2)
        var dx: Tensor?
        if let one = forward.inputs[0], let two = back.inputs[0] { dx = adding(one, two, on: pool) }
        let given = first.count - 1 - (readsMask ? 1 : 0)
        let started = forward.inputs.dropFirst().prefix(given) + back.inputs.dropFirst().prefix(given)
        return Gradients(
            inputs: [dx] + started + (readsMask ? [nil] : []), weights: forward.weights + back.weights)
    }

    /// What each layer took, gave and saved, and how many states the first gave.
    private func passes(_ pass: Pass, _ first: [Tensor], _ second: [Tensor]) -> (Pass, Pass, states: Int) {
        func outputs(_ layer: any RecurrentLayer, _ inputs: [Tensor]) -> Int {
            (try? layer.outputShapes(for: inputs.map(\.shape)).count) ?? 1
        }
        let (one, two) = (outputs(forwardLayer.value, first), outputs(backwardLayer.value, second))
        // What the first layer gave and saved, then the second's.
        let border = one + forwardLayer.value.savedCount(first.map(\.shape))
        func own(_ inputs: [Tensor], _ saved: ArraySlice<Tensor>, _ outputs: Int) -> Pass {
            Pass(inputs, Array(saved.prefix(outputs)), saved: Array(saved.dropFirst(outputs)))
        }
        return (own(first, pass.saved.prefix(border), one), own(second, pass.saved.dropFirst(border), two), one - 1)
    }

    public var hasActivityLoss: Bool { forwardLayer.value.hasActivityLoss || backwardLayer.value.hasActivityLoss }

    public func activityLoss(of pass: Pass, _ weights: [Tensor], _ context: Context) -> Float {
        guard hasActivityLoss else { return 0 }
        let (first, second) = split(pass.inputs)
        let (one, two, _) = passes(pass, first, second)
        return forwardLayer.value.activityLoss(of: one, [], context)
            + backwardLayer.value.activityLoss(of: two, [], context)
    }

    private func weightCount(_ inputs: [Tensor]) -> Int {
        (try? forwardLayer.value.weights(for: inputs.map(\.shape)).count) ?? 0
    }

    /// The gradient of two outputs that stand side by side.
    private func halves(_ dy: Tensor, _ a: Tensor, _ b: Tensor) -> (Tensor, Tensor) {
        let (left, right) = (a.shape[a.shape.count - 1], b.shape[b.shape.count - 1])
        var (da, db) = (a, b)
        for i in 0..<dy.count {
            let (row, column) = (i / (left + right), i % (left + right))
            if column < left { da[row * left + column] = dy[i] } else { db[row * right + column - left] = dy[i] }
        }
        return (da, db)
    }

    /// The context of the first layer or the second, with its part of the kept states.
    private func apart(_ context: Context, _ stream: UInt64, _ first: [Tensor]) -> Context {
        var own = context
        own.random = context.random.stream(stream)
        guard !context.states.isEmpty else { return own }
        let count = (try? forwardLayer.value.keptStates(for: first.map(\.shape)).count) ?? 0
        own.states = Array(stream == 1 ? context.states.prefix(count) : context.states.dropFirst(count))
        return own
    }

    /// The steps in the opposite order.
    private func turnedSteps(_ x: Tensor) -> Tensor {
        stackedSteps((0..<x.shape[1]).reversed().map { step($0, of: x) })
    }
}
