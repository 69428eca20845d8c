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

    public func stateShapes(for input: Shape) throws(ShapeError) -> [Shape] { try shapes(for: input).states }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape { try shapes(for: input).output }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] { try shapes(for: input).weights }

    public func shapes(for input: Shape) throws(ShapeError) -> CellShapes {
        var found = CellShapes(output: Shape(Array(input.dropFirst())), states: [], weights: [], maskCount: 0)
        var used: [String: Int] = [:]
        for part in try parts(input) {
            // As Keras names the members of a list in its files: lstm_cell, lstm_cell_1, …
            let name = type(of: part.cell).kerasName.snakeCased
            let number = used[name, default: 0]
            used[name] = number + 1
            let place = "cells/\(name)" + (number == 0 ? "" : "_\(number)")
            found.states += part.shapes.states
            found.weights += part.shapes.weights.map { $0.inside(place) }
            found.maskCount += part.shapes.maskCount
            found.output = part.shapes.output
        }
        return found
    }

    public func temporaries(for input: Shape) throws(ShapeError) -> Int {
        var most = 0
        for part in try parts(input) { most = max(most, try part.cell.temporaries(for: part.input)) }
        return most
    }

    /// Each cell with the input that reaches it, and what it makes of that: asked once, for a cell may hold others.
    private func parts(
        _ input: Shape
    ) throws(ShapeError) -> [(cell: any RecurrentCell, input: Shape, shapes: CellShapes)] {
        var input = input
        var parts: [(cell: any RecurrentCell, input: Shape, shapes: CellShapes)] = []
        for cell in cells {
            let shapes = try cell.value.shapes(for: input)
            parts.append((cell.value, input, shapes))
            input = Shape([input[0]] + shapes.output)
        }
        return parts
    }

    public func dropoutMasks(input: Shape, _ context: Context) -> [Tensor?] {
        checkedParts(input).enumerated().flatMap { index, part in
            var own = context
            own.random = context.random.stream(UInt64(index))
            return part.cell.dropoutMasks(input: part.input, own)
        }
    }

    /// The same for a shape that was checked before the model ran.
    private func checkedParts(_ input: Shape) -> [(cell: any RecurrentCell, input: Shape, shapes: CellShapes)] {
        (try? parts(input)) ?? []
    }

    public var savedCount: Int { cells.reduce(0) { $0 + 2 + $1.value.savedCount } }

    // MARK: x_{k+1} = cell_k(x_k)

    public func step(
        _ x: Tensor, _ states: [Tensor], _ weights: [Tensor], _ masks: [Tensor?], on pool: WorkerPool
    ) -> CellStep {
        var (x, states, weights, masks) = (x, states[...], weights[...], masks[...])
        var done = CellStep(output: x, states: [], saved: [])
        for part in checkedParts(x.shape) {
            let step = part.cell.step(
                x, Array(states.prefix(part.shapes.states.count)), Array(weights.prefix(part.shapes.weights.count)),
                Array(masks.prefix(part.shapes.maskCount)), on: pool)
            states = states.dropFirst(part.shapes.states.count)
            weights = weights.dropFirst(part.shapes.weights.count)
            masks = masks.dropFirst(part.shapes.maskCount)
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
        let parts = checkedParts(call.x.shape)
        var (dOutput, found): (Tensor, [Tensor]) = (dOutput, [])
        var ends = (
            states: call.states.count, weights: weights.count, masks: call.masks.count, saved: call.step.saved.count
        )
        for part in parts.reversed() {
            let savedCount = 2 + part.cell.savedCount  // with its input and its output
            let states = ends.states - part.shapes.states.count..<ends.states
            let own = ends.weights - part.shapes.weights.count..<ends.weights
            let saved = Array(call.step.saved[ends.saved - savedCount..<ends.saved])
            let step = CellStep(
                output: saved[1], states: Array(call.step.states[states]), saved: Array(saved.dropFirst(2)))
            var sums = Array(gradients[own])
            let back = part.cell.back(
                dOutput, Array(dStates[states]),
                CellCall(
                    x: saved[0], states: Array(call.states[states]),
                    masks: Array(call.masks[ends.masks - part.shapes.maskCount..<ends.masks]), step: step),
                Array(weights[own]), &sums, on: pool)
            gradients.replaceSubrange(own, with: sums)
            (dOutput, found) = (back.input, back.states + found)
            ends = (states.lowerBound, own.lowerBound, ends.masks - part.shapes.maskCount, ends.saved - savedCount)
        }
        return (dOutput, found)
    }
}
