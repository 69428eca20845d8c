import Foundation
import Images
import KerasBridge
import Testing

/// Holds what `--json` prints against the README's table.
@Suite struct JSONResultTests {
    @Test func everyMemberIsInTheREADME() throws {
        let folder = try Folder()
        let model = try Tiny.model()
        try Tiny.write(model, "tiny.keras", in: folder, training: Tiny.training(Adam(), model))
        try Tiny.writeData(in: folder)
        try NPY.write(Tiny.inputs(), path: folder.path("x.npy"))
        try NPY.write(try Session(model).predict([Tiny.inputs()])[0], path: folder.path("y.npy"))
        let ink = (0..<784).map { UInt8($0 % 28 / 4 == 3 && $0 > 100 ? 255 : 0) }
        try folder.write(RasterImage(width: 28, height: 28, bytes: ink).png(), "ink.png")
        let runs: [String: [String]] = [
            "train": ["--from", "tiny.keras", "--data", "data", "--epochs", "1", "-o", "out.keras"],
            "evaluate": ["tiny.keras", "--data", "data"],
            "predict": ["tiny.keras", "--input", "x.npy"],
            "recognize": ["ink.png"],
            "convert": ["tiny.keras", "-o", "out.h5"],
            "verify": ["tiny.keras", "--reference", "y.npy", "--input", "x.npy"],
            "diff": ["tiny.keras", "tiny.keras"],
            "inspect": ["tiny.keras"],
            "summary": ["tiny.keras"],
            "doctor MODEL": ["tiny.keras"],
            "doctor": [],
            "bench": ["tiny.keras", "--batch-size", "1", "--threads", "1", "--seconds", "0.01"],
        ]
        let rows = try Self.documented()
        #expect(Set(rows.keys) == Set(runs.keys))
        for (name, arguments) in runs {
            let command = String(name.prefix { $0 != " " })
            let run = try Command.run(
                [command] + arguments + ["--json"], in: folder, environment: ["KERAS_BRIDGE_PYTHON": "/nowhere/python"])
            #expect(run.status == 0, "\(name): \(run.stderr)")
            let json = try run.json
            #expect(json["schema"] as? String == "keras-bridge/1")
            #expect(json["command"] as? String == command)
            let members = try #require(rows[name])
            for member in json.keys where !["schema", "command"].contains(member) {
                #expect(members.contains(member), "\(name) prints \(member), which the README does not list")
            }
        }
    }

    /// The words in the README's table, by command.
    private static func documented() throws -> [String: Set<String>] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let section = readme.components(separatedBy: "## What `--json` prints\n").last ?? ""
        let rows = (section.components(separatedBy: "\n## ").first ?? "").split(separator: "\n").filter {
            $0.hasPrefix("| `")
        }
        var found: [String: Set<String>] = [:]
        for row in rows {
            // Every second part stands between backticks.
            let parts = row.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
            let words = stride(from: 1, to: parts.count, by: 2).map { parts[$0] }
            if let command = words.first { found[command] = Set(words.dropFirst()) }
        }
        return found
    }
}
