import Networks
import Tensors

/// One variable of an optimizer as Keras' files hold it.
public struct OptimizerVariable: Sendable, Equatable {
    public enum Role: Sendable, Hashable {
        case iteration
        case learningRate
        case average(weight: Int)
        case accumulator(weight: Int)
        case slot(weight: Int, name: String)
        case shared(name: String)
        /// A variable of one of ``Optimizer/parts(of:)``; its weight is counted among all.
        indirect case part(Int, Role)
    }

    public enum Value: Sendable, Equatable {
        /// A whole number; Keras stores an int64.
        case integer(Int)
        /// Floats; a single number has shape `[]`.
        case tensor(Tensor)
    }

    public var role: Role
    public var value: Value

    public init(_ role: Role, _ value: Value) {
        self.role = role
        self.value = value
    }

    init(_ role: Role, number: Float) { self.init(role, .tensor(Tensor([], [number]))) }

    /// Keras' name of the variable, without the weight it belongs to.
    public var name: String { role.name }

    /// The number of the trainable weight that the variable belongs to.
    public var weight: Int? { role.weight }
}

extension OptimizerVariable.Role {
    fileprivate var name: String {
        switch self {
        case .iteration: "iteration"
        case .learningRate: "learning_rate"
        case .average: "average"
        case .accumulator: "gradient_accumulator"
        case .slot(_, let name), .shared(let name): name
        case .part(_, let role): role.name
        }
    }

    fileprivate var weight: Int? {
        switch self {
        case .average(let weight), .accumulator(let weight), .slot(let weight, _): weight
        case .iteration, .learningRate, .shared: nil
        case .part(_, let role): role.weight
        }
    }

    /// The same of the weight of another number.
    fileprivate func renumbered(_ number: (Int) -> Int) -> Self {
        switch self {
        case .average(let weight): .average(weight: number(weight))
        case .accumulator(let weight): .accumulator(weight: number(weight))
        case .slot(let weight, let name): .slot(weight: number(weight), name: name)
        case .iteration, .learningRate, .shared: self
        case .part(let part, let role): .part(part, role.renumbered(number))
        }
    }
}

extension OptimizerVariable.Value {
    public var shape: Shape {
        switch self {
        case .integer: []
        case .tensor(let tensor): tensor.shape
        }
    }

    var tensor: Tensor {
        switch self {
        case .integer(let value): Tensor([], [Float(value)])
        case .tensor(let tensor): tensor
        }
    }

    var integer: Int? {
        switch self {
        case .integer(let value): value
        case .tensor(let tensor): tensor.count == 1 ? Int(exactly: tensor[0]) : nil
        }
    }
}

extension Optimizer {
    /// All that Keras 3 stores about the optimizer, in the order of its files: `vars/0`, `vars/1`, ….
    ///
    /// - Parameter weights: the trainable weights that the state belongs to.
    public func variables(of state: OptimizerState, for weights: [Tensor]) -> [OptimizerVariable] {
        var variables = [OptimizerVariable(.iteration, .integer(state.iterations))]
        if let rate = state.learningRate { variables.append(OptimizerVariable(.learningRate, number: rate)) }
        variables += state.averages.enumerated().map { OptimizerVariable(.average(weight: $0), .tensor($1)) }
        variables += state.accumulators.enumerated().map { OptimizerVariable(.accumulator(weight: $0), .tensor($1)) }
        variables += slotPlaces(for: weights).map { weight, slot, name in
            OptimizerVariable(.slot(weight: weight, name: name), .tensor(state.slots[weight][slot]))
        }
        variables += zip(sharedVariables, state.shared).map { OptimizerVariable(.shared(name: $0.name), number: $1) }
        for (number, part) in parts(of: weights.count).enumerated() {
            let own = part.optimizer.variables(of: state.parts[number], for: part.weights.map { weights[$0] })
            // Keras gives an optimizer without weights nothing but these.
            variables += own.filter { !part.weights.isEmpty || [.iteration, .learningRate].contains($0.role) }.map {
                OptimizerVariable(.part(number, $0.role.renumbered { part.weights[$0] }), $0.value)
            }
        }
        return variables
    }

    /// The state that these values stand for, in the order of ``variables(of:for:)``.
    ///
    /// - Throws: ``OptimizerStateError`` where the count or a shape is not that of this optimizer for these weights.
    public func state(
        from values: [OptimizerVariable.Value], for weights: [Tensor]
    ) throws(OptimizerStateError) -> OptimizerState {
        let expected = variables(of: initialState(for: weights), for: weights)
        guard values.count == expected.count else {
            throw .count(optimizer: Self.kerasName, expected: expected.count, found: values.count)
        }
        return try state(assigning: zip(expected, values).map { OptimizerVariable($0.role, $1) }, for: weights)
    }

    /// The state with these variables, found by their roles; what is not among them keeps its first value.
    ///
    /// - Throws: ``OptimizerStateError`` where the optimizer has no such variable, or one of another shape.
    public func state(
        assigning variables: [OptimizerVariable], for weights: [Tensor]
    ) throws(OptimizerStateError) -> OptimizerState {
        var state = initialState(for: weights)
        var expected: [OptimizerVariable.Role: Shape] = [:]
        for variable in self.variables(of: state, for: weights) { expected[variable.role] = variable.value.shape }
        for variable in variables {
            guard let shape = expected[variable.role] else {
                throw .unknown(optimizer: Self.kerasName, variable: variable.name)
            }
            guard variable.value.shape == shape else {
                throw .shape(
                    optimizer: Self.kerasName, variable: variable.name, weight: variable.weight, expected: shape,
                    found: variable.value.shape)
            }
            assign(variable, to: &state, weights)
        }
        for found in ([state] + state.parts).map(\.iterations) where !(0...mostSteps).contains(found) {
            throw .iterations(optimizer: Self.kerasName, found: found)
        }
        return state
    }

    private func assign(_ variable: OptimizerVariable, to state: inout OptimizerState, _ weights: [Tensor]) {
        let tensor = variable.value.tensor
        switch variable.role {
        case .iteration: state.iterations = variable.value.integer ?? -1
        case .learningRate: state.learningRate = tensor[0]
        case .average(let weight): state.averages[weight] = tensor
        case .accumulator(let weight): state.accumulators[weight] = tensor
        case .slot(let weight, let name):
            if let slot = slotNames(ofWeight: weight, weights[weight].shape).firstIndex(of: name) {
                state.slots[weight][slot] = tensor
            }
        case .shared(let name):
            if let position = sharedVariables.firstIndex(where: { $0.name == name }) {
                state.shared[position] = tensor[0]
            }
        case .part(let number, let role):
            let part = parts(of: weights.count)[number]
            let own = role.renumbered { part.weights.firstIndex(of: $0) ?? 0 }
            part.optimizer.assign(
                OptimizerVariable(own, variable.value), to: &state.parts[number], part.weights.map { weights[$0] })
        }
    }

    /// Where the slots of all weights are, in the order of Keras' files.
    private func slotPlaces(for weights: [Tensor]) -> [(weight: Int, slot: Int, name: String)] {
        let groups = weights.enumerated().map { slotGroups(ofWeight: $0, $1.shape) }
        return (0..<(groups.map(\.count).max() ?? 0)).flatMap { group in
            weights.indices.flatMap { weight in
                let names = groups[weight].count > group ? groups[weight][group] : []
                let before = groups[weight].prefix(group).reduce(0) { $0 + $1.count }
                return names.enumerated().map { (weight, before + $0, $1) }
            }
        }
    }
}

/// Stored variables that are not those of an optimizer for these weights.
public enum OptimizerStateError: Error, Hashable, CustomStringConvertible {
    case count(optimizer: String, expected: Int, found: Int)
    case unknown(optimizer: String, variable: String)
    case shape(optimizer: String, variable: String, weight: Int?, expected: Shape, found: Shape)
    case iterations(optimizer: String, found: Int)

    public var description: String {
        switch self {
        case .count(let optimizer, let expected, let found):
            "the state of optimizer \(optimizer) has \(found) variables, expected \(expected) for this model"
        case .unknown(let optimizer, let variable):
            "optimizer \(optimizer) with these options has no variable \"\(variable)\""
        case .shape(let optimizer, let variable, let weight, let expected, let found):
            "variable \"\(variable)\"" + (weight.map { " of trainable weight \($0)" } ?? "")
                + " of optimizer \(optimizer): expected shape \(expected), found \(found)"
        case .iterations(let optimizer, let found):
            "variable \"iteration\" of optimizer \(optimizer): expected a whole number from 0 to 2^53, found \(found)"
        }
    }
}
