import Foundation
import ModelFuzzing
import Testing

/// Models that `Scripts/fuzz_models.sh` found, each of which ended the process or computed what nobody wrote before the
/// cause was mended.
@Suite struct FoundModelTests {
    private static let lines: [String] = {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = package.appending(path: "Fuzz/Corpus/models/found.jsonl")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""  // an empty list fails below
        return text.split(separator: "\n").map(String.init)
    }()

    @Test func thereAreSome() { #expect(!Self.lines.isEmpty) }

    @Test(arguments: lines.indices)
    func isRefusedOrComputed(_ number: Int) async {
        // In a process of its own: what crashes ends this test only.
        await #expect(processExitsWith: .success) { [number = number as Int] in
            let model = try #require(GeneratedModel(line: Self.lines[number]))
            let path = FileManager.default.temporaryDirectory.appending(path: "found-\(UUID().uuidString).json").path
            defer { try? FileManager.default.removeItem(atPath: path) }  // what is left over is the system's to clean
            alarm(60)
            let verdict = ModelRun(model, path: path) { _ in }.verdict()
            #expect(verdict.kind != .wrong, "\(verdict.what)")
        }
    }
}
