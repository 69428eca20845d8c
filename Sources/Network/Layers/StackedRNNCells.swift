import Tensors

/// Cells one above the other as one cell: each takes the output of the one before; Keras' `StackedRNNCells`.
///
/// The states of all cells stand one after another, the first cell's first.
public struct StackedRNNCells: RecurrentCell {
    public static let kerasName = "StackedRNNCells"

    public var cells: [Nested<any RecurrentCell>]

    public init(_ cells: [any RecurrentCell]) { self.cells = cells.map { Nested($0) } }

    public init(from options: inout OptionReader) throws(OptionError) { cells = try options.cells("cells") }

    public var options: Options { ["cells": .array(cells.map(\.optionValue))] }

    public func stateShapes(for input: Shape) throws(ShapeError) -> [Shape] {
        var states: [Shape] = []
        for (cell, input) in try inputs(for: input) { states += try cell.stateShapes(for: input) }
        return states
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        let (last, input) = try inputs(for: input)[cells.count - 1]
        return try last.outputShape(for: input)
    }

    /// Each cell with the input that reaches it.
    private func inputs(for input: Shape) throws(ShapeError) -> [(any RecurrentCell, Shape)] {
        var input = input
        var found: [(any RecurrentCell, Shape)] = []
        for cell in cells {
            found.append((cell.value, input))
            input = Shape([input[0]] + (try cell.value.outputShape(for: input)))
        }
        return found
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        var used: [String: Int] = [:]
        var specs: [WeightSpec] = []
        for (cell, input) in try inputs(for: input) {
            // As Keras names the members of a list in its files: lstm_cell, lstm_cell_1, …
            let name = type(of: cell).kerasName.snakeCased
            let number = used[name, default: 0]
            used[name] = number + 1
            let own = try cell.weights(for: input)
            specs += own.map { $0.inside("cells/\(name)" + (number == 0 ? "" : "_\(number)")) }
        }
        return specs
    }

    public func dropoutMasks(input: Shape, _ context: Context) -> [Tensor?] {
        guard let inputs = try? inputs(for: input) else { return [] }
        return inputs.enumerated().flatMap { index, entry in
            var own = context
            own.random = context.random.stream(UInt64(index))
            return entry.0.dropoutMasks(input: entry.1, own)
        }
    }

    /// Where each cell's part of the states, weights, masks and saved tensors lies.
    private func parts(_ input: Shape) -> [(cell: any RecurrentCell, states: Int, weights: Int, masks: Int)] {
        // The shapes were checked when the model was built.
        let inputs = (try? inputs(for: input)) ?? []
        return inputs.map { cell, input in
            (
                cell, (try? cell.stateShapes(for: input).count) ?? 0, (try? cell.weights(for: input).count) ?? 0,
                cell.dropoutMasks(input: input, Context()).count
            )
        }
    }

    public var savedCount: Int { cells.reduce(0) { $0 + 2 + $1.value.savedCount } }

    // MARK: x_{k+1} = cell_k(x_k)

    public func step(
        _ x: Tensor, _ states: [Tensor], _ weights: [Tensor], _ masks: [Tensor?], on pool: WorkerPool
    ) -> CellStep {
        var (x, states, weights, masks) = (x, states[...], weights[...], masks[...])
        var done = CellStep(output: x, states: [], saved: [])
        for part in parts(x.shape) {
            let step = part.cell.step(
                x, Array(states.prefix(part.states)), Array(weights.prefix(part.weights)),
                Array(masks.prefix(part.masks)), on: pool)
            states = states.dropFirst(part.states)
            weights = weights.dropFirst(part.weights)
            masks = masks.dropFirst(part.masks)
            done.saved += [x, step.output] + step.saved
            done.states += step.states
            x = step.output
        }
        done.output = x
        return done
    }

    // MARK: dx_k = cell_k's dx, from the last cell to the first

    public func back(
        _ dOutput: Tensor, _ dStates: [Tensor], _ call: CellCall, _ weights: [Tensor],
        _ gradients: inout [Tensor], on pool: WorkerPool
    ) -> (input: Tensor, states: [Tensor]) {
        let parts = parts(call.x.shape)
        var (dOutput, found): (Tensor, [Tensor]) = (dOutput, [])
        var ends = (
            states: call.states.count, weights: weights.count, masks: call.masks.count, saved: call.step.saved.count
        )
        for part in parts.reversed() {
            let savedCount = 2 + part.cell.savedCount  // with its input and its output
            let states = ends.states - part.states..<ends.states
            let own = ends.weights - part.weights..<ends.weights
            let saved = Array(call.step.saved[ends.saved - savedCount..<ends.saved])
            let step = CellStep(
                output: saved[1], states: Array(call.step.states[states]), saved: Array(saved.dropFirst(2)))
            var sums = Array(gradients[own])
            let back = part.cell.back(
                dOutput, Array(dStates[states]),
                CellCall(
                    x: saved[0], states: Array(call.states[states]),
                    masks: Array(call.masks[ends.masks - part.masks..<ends.masks]), step: step),
                Array(weights[own]), &sums, on: pool)
            gradients.replaceSubrange(own, with: sums)
            (dOutput, found) = (back.input, back.states + found)
            ends = (states.lowerBound, own.lowerBound, ends.masks - part.masks, ends.saved - savedCount)
        }
        return (dOutput, found)
    }
}
