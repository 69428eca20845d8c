import HDF5
import Networks
import Tensors
import Training

/// The order in which files keep an optimizer's variables: every writer has its own.
enum OptimizerLayout {
    /// Keras 3: iteration, learning rate, averages, accumulators, slots by groups, shared numbers.
    case keras3
    /// tf_keras: as Keras 3 without learning rate, accumulators and shared numbers; SGD always has its momentum.
    case tfKeras
    /// tf.keras before 2.11 and its legacy optimizers, Keras 2.3: a counter, then all of the first slot, all of the
    /// second, …
    case slotMajor(hasIterations: Bool)

    /// What the names of a legacy file's variables say; `nil` where they say nothing.
    init?(names: [String]) {
        guard let first = names.first?.split(separator: "/").last?.split(separator: ":").first else { return nil }
        switch first {
        case "iteration": self = names[0].contains(":") ? .tfKeras : .keras3
        case "iter", "iterations": self = .slotMajor(hasIterations: true)
        default: self = .slotMajor(hasIterations: false)
        }
    }
}

extension OptimizerState {
    /// The state that a file's variables hold.
    ///
    /// - Parameters:
    ///   - order: for each of the file's weights its number among the trainable ones, where the file has another order.
    init(
        reading variables: [StoredArray], _ layout: OptimizerLayout, of optimizer: any Optimizer, for weights: [Tensor],
        order: [Int]? = nil
    ) throws(KerasError) {
        var values: [OptimizerVariable.Value] = []
        for variable in variables {
            if case .integer = variable.datatype {
                let number = try kerasErrors { () throws(HDF5Error) in
                    try variable.read(as: Int.self)
                }
                values.append(.integer(number.first ?? 0))
            } else {
                values.append(.tensor(try variable.tensor()))
            }
        }
        let place = Place(file: variables.first?.place.file ?? "", object: "optimizer")
        do throws(OptimizerStateError) {
            switch layout {
            case .keras3: self = try optimizer.state(from: Self.unwrapped(values, optimizer), for: weights)
            case .tfKeras: self = try Self.tfKeras(values, optimizer, weights)
            case .slotMajor(let hasIterations):
                self = try Self.slotMajor(values, hasIterations, optimizer, weights, order)
            }
        } catch {
            throw KerasError(place, .optimizerState(error))
        }
    }

    /// The values in our order, where Keras 3 has another: its LossScaleOptimizer stores a counter and a rate that it does
    /// not use, the count of finite steps and the scale before all of its inner optimizer's.
    private static func unwrapped(
        _ values: [OptimizerVariable.Value], _ optimizer: any Optimizer
    ) -> [OptimizerVariable.Value] {
        guard optimizer is LossScaleOptimizer, values.count > ownOfLossScale else { return values }
        return Array(values.dropFirst(ownOfLossScale) + values[2..<ownOfLossScale])
    }

    /// How many variables a LossScaleOptimizer has before its inner optimizer's.
    static let ownOfLossScale = 4

    private static func tfKeras(
        _ values: [OptimizerVariable.Value], _ optimizer: any Optimizer, _ weights: [Tensor]
    ) throws(OptimizerStateError) -> OptimizerState {
        let roles = optimizer.tfKerasRoles(for: weights)
        guard values.count == roles.count else {
            throw .count(optimizer: type(of: optimizer).kerasName, expected: roles.count, found: values.count)
        }
        let known = Set(optimizer.variables(of: optimizer.initialState(for: weights), for: weights).map(\.role))
        // SGD without momentum keeps one in tf_keras all the same.
        let variables = zip(roles, values).filter { known.contains($0.0) }.map { OptimizerVariable($0, $1) }
        return try optimizer.state(replaying: variables, for: weights)
    }

    private static func slotMajor(
        _ values: [OptimizerVariable.Value], _ hasIterations: Bool, _ optimizer: any Optimizer, _ weights: [Tensor],
        _ order: [Int]?
    ) throws(OptimizerStateError) -> OptimizerState {
        var variables: [OptimizerVariable] = []
        var rest = values[...]
        if hasIterations, let first = rest.popFirst() { variables.append(OptimizerVariable(.iteration, first)) }
        // Nadam's product of momenta is a number of its own here.
        if let next = rest.first, next.shape.isEmpty, let shared = optimizer.sharedVariables.first {
            variables.append(OptimizerVariable(.shared(name: shared.name), next))
            rest = rest.dropFirst()
        }
        let count = weights.count
        let names = weights.first.map { optimizer.slotNames(for: $0.shape) } ?? []
        for (group, name) in names.enumerated() {
            let slots = rest.dropFirst(group * count).prefix(count)
            guard slots.count == count else {
                throw .count(
                    optimizer: type(of: optimizer).kerasName, expected: values.count - rest.count + names.count * count,
                    found: values.count)
            }
            for (position, slot) in slots.enumerated() {
                variables.append(OptimizerVariable(.slot(weight: order?[position] ?? position, name: name), slot))
            }
        }
        return try optimizer.state(replaying: variables, for: weights)
    }

    /// The variables in the order of a dialect's files.
    func variables(
        _ dialect: Dialect, of optimizer: any Optimizer, for weights: [Tensor]
    ) -> [OptimizerVariable] {
        let variables = optimizer.variables(of: self, for: weights)
        guard dialect == .keras2 else {
            guard optimizer is LossScaleOptimizer else { return variables }
            var scaling = Array(variables.suffix(2))
            if case .tensor(let steps) = scaling[0].value { scaling[0].value = .integer(Int(exactly: steps[0]) ?? 0) }
            let unused = [
                OptimizerVariable(.iteration, .integer(0)), OptimizerVariable(.learningRate, .tensor(Tensor([], [0]))),
            ]
            return unused + scaling + variables.dropLast(2)
        }
        let byRole = Dictionary(variables.map { ($0.role, $0) }, uniquingKeysWith: { first, _ in first })
        return optimizer.tfKerasRoles(for: weights).map { role in
            if let variable = byRole[role] { return variable }
            guard case .slot(let weight, _) = role else { return OptimizerVariable(role, .integer(0)) }
            return OptimizerVariable(role, .tensor(Tensor(weights[weight].shape)))
        }
    }
}

extension Optimizer {
    /// The state with these variables, and with the numbers that only the steps tell: Nadam's product of momenta, which
    /// tf_keras does not keep.
    fileprivate func state(
        replaying variables: [OptimizerVariable], for weights: [Tensor]
    ) throws(OptimizerStateError) -> OptimizerState {
        var state = try state(assigning: variables, for: weights)
        let isKept = variables.contains { if case .shared = $0.role { true } else { false } }
        // After so many steps the product is zero in any case.
        if !isKept, !state.shared.isEmpty {
            for step in 0..<min(state.iterations, 100_000) { advance(&state.shared, step: step + 1) }
        }
        return state
    }

    /// What tf_keras stores, in its order.
    fileprivate func tfKerasRoles(for weights: [Tensor]) -> [OptimizerVariable.Role] {
        let roles = variables(of: initialState(for: weights), for: weights).map(\.role).filter { role in
            switch role {
            case .slot(let weight, let name):
                // It factors nothing where there is no matrix, and keeps no empty factors.
                Self.kerasName != "Adafactor" || weights[weight].shape.count >= 2 || name == "velocity"
            case .iteration, .average: true
            case .learningRate, .accumulator, .shared, .part: false
            }
        }
        if Self.kerasName == "SGD", !roles.contains(where: { if case .slot = $0 { true } else { false } }) {
            return roles + weights.indices.map { .slot(weight: $0, name: "momentum") }
        }
        return roles
    }
}
