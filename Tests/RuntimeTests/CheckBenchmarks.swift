import Foundation
import Networks
import Runtime
import Tensors
import Testing

/// What it costs to ask whether shapes that were seen before fit, beside the prediction of one image.
///
///     KERAS_BRIDGE_BENCH=1 swift test -c release --filter CheckBenchmarks
@Suite(
    .enabled(if: ProcessInfo.processInfo.environment["KERAS_BRIDGE_BENCH"] == "1", "KERAS_BRIDGE_BENCH is not 1"),
    .serialized)
struct CheckBenchmarks {
    @Test func theCheckOfKnownShapesTakesAHundredthOfAnImage() throws {
        let session = Session(Model.mnistCNN(seed: 1))
        let image = Tensor([1, 28, 28, 1], repeating: 0.5)
        let checks = 100_000
        let check = try Timing.measure(for: .seconds(2)) {
            for _ in 0..<checks { _ = try session.fittingBatch([image.shape], asked: 128) }
        }
        let predict = try Timing.measure(for: .seconds(2)) { _ = try session.predict([image]) }
        let (one, image1) = (check.median.inSeconds / Double(checks), predict.median.inSeconds)
        let share = one / image1
        print("check \(one * 1e9) ns, image \(image1 * 1e6) µs: \(share * 100) %")
        #expect(share < 0.01)
    }
}
