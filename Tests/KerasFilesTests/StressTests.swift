import Foundation
import HDF5
import KerasFiles
import Networks
import Runtime
import Tensors
import Testing

@Suite struct StressTests {
    /// `KERAS_BRIDGE_STRESS_SECONDS` says for how long; Scripts/sanitize.sh asks for 60.
    @Test func eightThreadsLoadAndPredictTheSame() throws {
        let seconds = ProcessInfo.processInfo.environment["KERAS_BRIDGE_STRESS_SECONDS"].flatMap(Double.init) ?? 1
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/keras")
        let paths = ["keras3-small.keras", "keras3-small.h5", "tf_keras-small.h5", "tf_keras-small.keras"].map {
            folder.appending(path: $0).path
        }
        let expected = try paths.map { try Self.prediction($0) }
        let deadline = ContinuousClock.now + .seconds(seconds)
        let tally = Tally()
        let group = DispatchGroup()
        for thread in 0..<8 {
            group.enter()
            Thread.detachNewThread {
                defer { group.leave() }
                var round = thread
                repeat {
                    let number = round % paths.count
                    round += 1
                    tally.add((try? Self.prediction(paths[number])) == expected[number])  // an error counts as wrong
                } while ContinuousClock.now < deadline
            }
        }
        group.wait()
        #expect(tally.wrong == 0)
        #expect(tally.right >= 8)
        // Tests beside this one open files of their own meanwhile, for moments; what was leaked stays open for ever.
        for _ in 0..<20_000 where openObjectCount > 0 { usleep(1000) }
        #expect(openObjectCount == 0, "an identifier of libhdf5 was leaked")
        print("stress: \(tally.right) loads and predictions on 8 threads in \(seconds) s, all the same bits")
    }

    private static func prediction(_ path: String) throws -> [UInt32] {
        let model = try KerasFile.read(path).model
        let inputs = model.inputs.map { number in
            let shape = (model.layers[number].layer as? InputLayer)?.batchShape.withBatch(3) ?? [3]
            return Tensor(shape, (0..<shape.elementCount).map { Float($0 % 17) / 17 - 0.4 })
        }
        return try Session(model).predict(inputs).flatMap { $0.elements.map(\.bitPattern) }
    }

    private final class Tally: @unchecked Sendable {
        private let lock = NSLock()
        private(set) var right = 0
        private(set) var wrong = 0

        func add(_ isRight: Bool) {
            lock.withLock { if isRight { right += 1 } else { wrong += 1 } }
        }
    }
}
