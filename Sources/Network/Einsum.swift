import Tensors

/// A product of two tensors over named axes: `"abc,cd->abd"`.
struct Einsum {
    var left: [Character]
    var right: [Character]
    var output: [Character]
    /// The axes that `...` stands for, at the left or at the right of input and output.
    var elided: [Character] = []
    var isLeftElided = false

    /// Reads an equation for an input of this many axes; `nil` if it has no such form.
    ///
    /// Every axis stands in two of the three terms at least, so that the product can go back.
    init?(_ equation: String, rank: Int?) {
        let sides = equation.filter { $0 != " " }.replacing("...", with: "…").split(separator: "->")
        guard sides.count == 2 else { return nil }
        let terms = sides[0].split(separator: ",")
        guard terms.count == 2 else { return nil }
        (left, right, output) = (Array(terms[0]), Array(terms[1]), Array(sides[1]))
        let hasDots = [left, right, output].map { $0.contains("…") }
        guard hasDots == [false, false, false] || hasDots == [true, false, true] else { return nil }
        if hasDots[0] {
            guard left.first == "…" && output.first == "…" || left.last == "…" && output.last == "…" else { return nil }
            isLeftElided = left.first == "…"
            left.removeAll { $0 == "…" }
            output.removeAll { $0 == "…" }
            // Small letters and capitals are Keras' names, so digits are free.
            let names = "0123456789αβγδεζηθ".map { $0 }
            let count = (rank ?? left.count) - left.count
            guard (0...names.count).contains(count) else { return nil }
            elided = Array(names.prefix(count))
            left = isLeftElided ? elided + left : left + elided
            output = isLeftElided ? elided + output : output + elided
        }
        for term in [left, right, output] where Set(term).count != term.count { return nil }
        for axis in Set(left + right + output) {
            guard [left, right, output].filter({ $0.contains(axis) }).count >= 2 else { return nil }
        }
    }

    /// `Σ a b` over the axes that the result has not.
    static func product(
        _ a: Tensor, _ aAxes: [Character], _ b: Tensor, _ bAxes: [Character], to result: [Character],
        on pool: WorkerPool
    ) -> Tensor {
        let shared = aAxes.filter { bAxes.contains($0) && result.contains($0) }
        let inner = aAxes.filter { bAxes.contains($0) && !result.contains($0) }
        let rows = aAxes.filter { !bAxes.contains($0) }
        let columns = bAxes.filter { !aAxes.contains($0) }
        var extents: [Character: Int] = [:]
        for (axis, extent) in Array(zip(aAxes, a.shape)) + Array(zip(bAxes, b.shape)) { extents[axis] = extent }
        func count(_ axes: [Character]) -> Int { axes.reduce(1) { $0 * (extents[$1] ?? 1) } }
        func ordered(_ x: Tensor, _ axes: [Character], _ order: [Character]) -> Tensor {
            axes == order ? x : transposed(x, axes: order.compactMap { axes.firstIndex(of: $0) }, on: pool)
        }
        let left = ordered(a, aAxes, shared + rows + inner)
        let right = ordered(b, bAxes, shared + inner + columns)
        let product = batchedProduct(
            left.reshaped(to: [count(shared), count(rows), count(inner)]),
            right.reshaped(to: [count(shared), count(inner), count(columns)]), on: pool)
        let axes = shared + rows + columns
        return ordered(product.reshaped(to: Shape(axes.map { extents[$0] ?? 1 })), axes, result)
    }
}
