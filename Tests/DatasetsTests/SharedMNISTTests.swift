import Datasets
import TestSupport
import Testing

@Suite(.enabled(if: SharedFolder.isNamed, "\(SharedFolder.reason)"))
struct SharedMNISTTests {
    @Test func readsTheFullMNIST() throws {
        let data = try DatasetFinder(environment: [:]).load(.folder(SharedFolder.path("mnist")))
        #expect(data.train?.inputs.shape == [60_000, 28, 28, 1])
        #expect(data.test?.inputs.shape == [10_000, 28, 28, 1])
        #expect(data.train?.classes?.prefix(5) == [5, 0, 4, 1, 9])
        #expect(data.test?.classes?.prefix(5) == [7, 2, 1, 0, 4])
    }
}
