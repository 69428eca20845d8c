import Tensors
import Testing

@Suite struct InstructionSetTests {
    @Test func alwaysHasTheReferenceAndABestOne() {
        #expect(InstructionSet.available.contains(.reference))
        #expect(InstructionSet.available.contains(.best))
    }
}
