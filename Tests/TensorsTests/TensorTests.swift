import Tensors
import Testing

@Suite struct TensorTests {
    @Test func keepsItsElementsWhenACopyIsWritten() {
        let a = Tensor([100_000], repeating: 1)
        var b = a
        b[7] = 2
        #expect(a[7] == 1 && b[7] == 2 && b[8] == 1)
    }

    @Test func sharesMemoryWithNoTensorThatIsAlive() async {
        // Buffers of tensors that are gone are used again, from many threads at once.
        let intact = await withTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var kept: [Tensor] = []
                    for step in 0..<200 {
                        kept.append(Tensor([9000 + step % 7], repeating: Float(task)))
                        if kept.count > 4 { kept.removeFirst() }
                    }
                    return kept.allSatisfy { $0.elements.allSatisfy { $0 == Float(task) } }
                }
            }
            return await group.reduce(true) { $0 && $1 }
        }
        #expect(intact)
    }
}
