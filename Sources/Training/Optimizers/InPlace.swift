import Tensors

/// A part of a weight, its gradient and its slots, for one thread to change in place.
struct WeightPart {
    let range: Range<Int>
    let w: UnsafeMutablePointer<Float>
    let g: UnsafePointer<Float>
    let slots: [UnsafeMutablePointer<Float>]
}

extension OptimizerStep {
    /// Elements that one task takes: what a weight, its gradient and two slots fill of a level-2 cache.
    private static let grain = 16_384

    /// Calls `body` for parts of the weight that together are all of it, on the pool's threads.
    ///
    /// - Precondition: the gradient and all slots have as many elements as the weight.
    func inParts(of w: inout Tensor, _ g: Tensor, _ slots: inout [Tensor], _ body: @Sendable (WeightPart) -> Void) {
        let count = w.count
        precondition(g.count == count && slots.allSatisfy { $0.count == count }, "a slot differs from its weight")
        g.withElements { g in
            w.withMutableElements { w in
                slots.withMutableElements { slots in
                    guard let wStart = w.baseAddress, let gStart = g.baseAddress else { return }
                    // Each task writes its own range only.
                    nonisolated(unsafe) let (w, g, slots) = (wStart, gStart, slots)
                    pool.run(count, grain: Self.grain) { range in
                        body(WeightPart(range: range, w: w, g: g, slots: slots))
                    }
                }
            }
        }
    }
}

extension [Tensor] {
    /// Writes the elements of all tensors in place.
    mutating func withMutableElements(_ body: ([UnsafeMutablePointer<Float>]) -> Void) {
        open(0, [], body)
    }

    private mutating func open(
        _ position: Int, _ opened: [UnsafeMutablePointer<Float>], _ body: ([UnsafeMutablePointer<Float>]) -> Void
    ) {
        guard position < count else { return body(opened) }
        // Taken out meanwhile: the array itself must stay free for the tensors after this one.
        var tensor = self[position]
        self[position] = Tensor([0])
        tensor.withMutableElements { elements in
            if let start = elements.baseAddress { open(position + 1, opened + [start], body) }
        }
        self[position] = tensor
    }
}
