import Networks
import Tensors

/// A loss of how far a region of targets and a region of outputs overlap, for segmentation.
///
/// Sums run over `axes`, or over the whole batch where there are none: then the loss is one number, which sample weights
/// only scale. The values have the shape of the outputs without those axes.
protocol RegionLoss: Loss {
    var axes: [Int]? { get }

    /// The loss of sums of `t y`, `t` and `y`, and its derivatives with respect to the first and the last.
    func value(_ common: Double, _ targets: Double, _ outputs: Double) -> (
        loss: Double, common: Double, outputs: Double
    )
}

extension RegionLoss {
    public func valueShape(for outputs: Shape) -> Shape {
        Shape(outputs.indices.filter { !reduced(outputs).contains($0) }.map { outputs[$0] })
    }

    public func problem(outputs: Shape) -> String? {
        let wrong = axes?.first { $0 >= outputs.count || $0 < -outputs.count }
        return wrong.map { "its axis \($0) is no axis of outputs of shape \(outputs)" }
    }

    public func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        let shape = prediction.outputs.shape
        let sums = sums(targets, prediction.outputs, cells: shape.cells(reducing: reduced(shape)))
        return Tensor(valueShape(for: shape), sums.map { Float(value($0.common, $0.targets, $0.outputs).loss) })
    }

    // MARK: dy = w (∂loss/∂Σty · t + ∂loss/∂Σy)

    public func gradient(
        _ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool
    ) -> LossGradient {
        let shape = prediction.outputs.shape
        let cells = shape.cells(reducing: reduced(shape))
        let slopes = sums(targets, prediction.outputs, cells: cells).map { value($0.common, $0.targets, $0.outputs) }
        return .outputs(
            Tensor(
                shape,
                cells.indices.map { i in
                    let slope = slopes[cells[i]]
                    return Float(Double(weights[cells[i]]) * (slope.common * Double(targets[i]) + slope.outputs))
                }))
    }

    private func reduced(_ shape: Shape) -> Set<Int> {
        Set(axes?.map { $0 < 0 ? $0 + shape.count : $0 } ?? Array(shape.indices))
    }

    private func sums(
        _ targets: Tensor, _ outputs: Tensor, cells: [Int]
    ) -> [(common: Double, targets: Double, outputs: Double)] {
        let count = valueShape(for: outputs.shape).elementCount
        var sums = [(common: Double, targets: Double, outputs: Double)](repeating: (0, 0, 0), count: count)
        targets.withElements { targets in
            outputs.withElements { outputs in
                for (i, cell) in cells.enumerated() {
                    let (t, y) = (Double(targets[i]), Double(outputs[i]))
                    sums[cell].common += t * y
                    sums[cell].targets += t
                    sums[cell].outputs += y
                }
            }
        }
        return sums
    }
}

extension OptionReader {
    /// The option `axis` of losses of regions: null, a whole number or a list of them.
    mutating func regionAxes() throws(OptionError) -> [Int]? {
        try optional("axis", "null, a whole number or a list of them") { value in
            let list = value.array ?? [value]
            let axes = list.compactMap(\.int)
            return axes.count == list.count && !axes.isEmpty ? axes : nil
        }
    }
}

extension RegionLoss {
    /// The option `axis` as Keras writes it.
    var axisOption: OptionValue {
        guard let axes else { return nil }
        return axes.count == 1 ? .int(axes[0]) : .array(axes.map { .int($0) })
    }
}
