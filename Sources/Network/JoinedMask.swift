import Tensors

/// The mask `[batch, steps]` that the masks of several inputs make together; an input without one counts everywhere.
///
///     Keras 3: m = m₁ or m₂ or …;  Keras 2: m = m₁ and m₂ and …
func joinedMask(_ masks: [Tensor?], steps: Shape, _ rules: MaskRules) -> Tensor {
    Tensor(unsafeUninitialized: steps) { target in
        for i in target.indices {
            func counts(_ mask: Tensor?) -> Bool { mask.map { $0[i] != 0 } ?? true }
            target[i] = (rules == .keras3 ? masks.contains(where: counts) : masks.allSatisfy(counts)) ? 1 : 0
        }
    }
}
