import Tensors
import Testing

/// Numbers between −1 and 1, a pure function of the seed.
func noise(_ shape: Shape, _ seed: UInt64) -> Tensor {
    let random = Random(seed: seed)
    return Tensor(shape, (0..<shape.elementCount).map { 2 * random.uniform(at: $0) - 1 })
}

/// The largest difference of two tensors, relative to the largest element of the second; infinite for unequal shapes or NaN.
func gap(_ a: Tensor, _ b: Tensor) -> Float {
    guard a.shape == b.shape else { return .infinity }
    var largest: Float = 0
    var scale: Float = 0
    for (x, y) in zip(a.elements, b.elements) {
        if (x - y).isNaN { return .infinity }
        largest = max(largest, abs(x - y))
        scale = max(scale, abs(y))
    }
    return scale > 0 ? largest / scale : largest
}

/// A pool for each instruction set of this machine.
let pools = InstructionSet.available.map { WorkerPool(threads: 2, instructionSet: $0) }

extension WorkerPool: CustomTestStringConvertible {
    public var testDescription: String { "\(instructionSet)" }
}
