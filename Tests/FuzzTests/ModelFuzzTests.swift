import Foundation
import ModelFuzzing
import Testing

/// A short run of what `Scripts/fuzz_models.sh` does for long, without sanitizers, which need a build of their own.
@Suite struct ModelFuzzTests {
    /// `KERAS_BRIDGE_FUZZ_MODELS` says how many.
    private static let models =
        ProcessInfo.processInfo.environment["KERAS_BRIDGE_FUZZ_MODELS"].flatMap(UInt64.init) ?? 300

    @Test func randomModelsAreRefusedOrComputedAsLayerByLayer() async {
        // In a process of its own: what crashes ends this test only.
        await #expect(processExitsWith: .success) {
            let path = FileManager.default.temporaryDirectory.appending(path: "fuzz-\(UUID().uuidString).json").path
            defer { try? FileManager.default.removeItem(atPath: path) }  // what is left over is the system's to clean
            var ran = 0
            for seed in 1...Self.models {
                let model = GeneratedModel(seed: seed, path: path) { _ in }
                let verdict = ModelRun(model, path: path) { _ in }.verdict()
                #expect(verdict.kind != .wrong, "seed \(seed): \(verdict.what)")
                if verdict.kind == .computed { ran += 1 }
            }
            #expect(ran * 3 > Int(Self.models), "too few models run: \(ran) of \(Self.models)")
        }
    }

    /// Every class that files may hold is among those that models are made of.
    @Test func everyClassIsFuzzed() {
        #expect(classesWithoutTemplate == ["InputLayer"])
    }
}
