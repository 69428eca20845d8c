import Foundation
import Testing

/// A short run of what `Scripts/fuzz.sh` does for long, without libFuzzer and AddressSanitizer, which need a build of
/// their own.
@Suite(.serialized) struct FuzzTests {
    private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// `KERAS_BRIDGE_FUZZ_MUTANTS` says how many.
    private static let mutants =
        ProcessInfo.processInfo.environment["KERAS_BRIDGE_FUZZ_MUTANTS"].flatMap(Int.init) ?? 1000

    @Test(arguments: Target.allCases)
    func noMutantCrashesOrHangs(target: Target) async {
        // In a process of its own: what crashes ends this test only.
        await #expect(processExitsWith: .success) { [name = target.rawValue as String] in
            let target = try #require(Target(rawValue: name))
            let seeds = target.seeds(in: Self.package).compactMap { FileManager.default.contents(atPath: $0) }
            try #require(!seeds.isEmpty)
            var mutants = Mutants(seed: 1)
            for number in 0..<Self.mutants {
                let whole = [UInt8](seeds[number % seeds.count])
                // Each seed as it is, first.
                let bytes = number < seeds.count ? whole : mutants.mutant(of: whole, front: 12_000)
                alarm(10)
                target.run(bytes)
                alarm(0)
            }
        }
    }
}
