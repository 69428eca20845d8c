import Foundation
import HDF5
import KerasBridge
import Testing

/// What a file, a name or an option says reaches a terminal, a report or a picture as something to read alone.
@Suite struct CommandEscapingTests {
    let folder: Folder
    /// Sets a title, rings, hides what follows, turns its direction, and begins a line of its own.
    private static let evil = "a\u{1B}]0;title\u{7}\u{9B}8m\u{202E}b\u{2067}\u{7F}\r\nkeras-bridge: all is well"

    init() throws {
        folder = try Folder()
        let model = try Model.sequential(
            name: "m\(Self.evil)", inputShape: [4], [(Self.evil, Dense(units: 3, activation: .softmax))], seed: 1)
        try Tiny.write(model, "evil.keras", in: folder)
        try Tiny.write(model, "evil.h5", in: folder, .legacyH5)
        let other = try Model.sequential(
            name: "m", inputShape: [4], [("d" + Self.evil, Dense(units: 3, activation: .softmax))], seed: 2)
        try Tiny.write(other, "other.keras", in: folder)
        let draft = try FileDraft(named: "attributes.h5")
        try draft.root.attributes.write("x\u{1B}[31m", string: Self.evil)
        try draft.write(to: folder.path("attributes.h5"))
        let config =
            #"{"class_name": "Sequential", "config": {"name": "s", "layers": ["#
            + #"{"class_name": "InputLayer", "config": {"name": "i", "batch_shape": [null, 4], "dtype": "float32"}}, "#
            + #"{"class_name": "No\u001b[2J\u202eSuch", "#
            + #""config": {"name": "n\u009b\n\u2028keras-bridge: all is well"}}]}}"#
        try folder.write(Array(config.utf8), "unknown.json")
    }

    private func isClean(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.allSatisfy { scalar in
            scalar == "\n" || scalar == "\t"
                || scalar.properties.generalCategory != .control && !scalar.properties.isBidiControl
                    && scalar.properties.generalCategory != .lineSeparator
        }
    }

    @Test(arguments: [
        "summary evil.keras", "summary evil.h5 --untrusted", "doctor unknown.json",
        "doctor unknown.json --no-untrusted",
        "inspect evil.h5 --tree --attrs", "inspect evil.h5 --no-untrusted", "inspect attributes.h5 --attrs",
        "inspect attributes.h5", "inspect evil.keras --stats", "diff evil.keras other.keras", "diff evil.h5 evil.keras",
        "convert evil.h5 -o out.keras --dry-run", "inspect attributes.h5 --json", "summary evil.keras --json",
        "doctor unknown.json --json", "diff evil.keras other.keras --json",
        "inspect \"$(printf 'no\\033[31m\\302\\233such')\"", "summary evil.keras \"$(printf '\\033]0;t\\007')\"",
        "train --optimizer \"$(printf '\\033[2J')\" --from evil.keras --data none -o x.keras",
        "\"$(printf '\\342\\200\\256command')\"", "predict evil.keras --input \"$(printf 'x\\033[0m.npy')\"",
    ])
    func whatIsPrintedIsToBeRead(_ line: String) throws {
        let run = try Command.run(shell: "\"$0\" \(line)", in: folder)
        #expect(run.status <= 74)
        #expect(isClean(Array(run.stdout.utf8)), "\(run.stdout)")
        #expect(isClean(Array(run.stderr.utf8)), "\(run.stderr)")
        if line.contains("--json") {
            _ = try run.json
        } else if !line.hasPrefix("summary") {
            let lines = (run.stdout + run.stderr).split(separator: "\n")
            #expect(lines.allSatisfy { !$0.hasPrefix("keras-bridge: all is well") }, "\(run.stdout)\(run.stderr)")
        }
    }

    @Test func jsonSaysTheSame() throws {
        let run = try Command.run("inspect", "attributes.h5", "--json", in: folder)
        let objects = try #require(try run.json["objects"] as? [[String: Any]])
        let attributes = objects.compactMap { $0["attributes"] as? [[String: Any]] }.joined()
        #expect(attributes.contains { $0["name"] as? String == "x\u{1B}[31m" })
    }

    @Test func ourOwnColoursStay() throws {
        let terminal = try PseudoTerminal(columns: 80)
        let running = try Command.start(
            ["summary", "no\u{1B}[32msuch.keras"], in: folder, environment: ["TERM": "xterm", "NO_COLOR": ""],
            stderr: terminal.child)
        _ = try running.finish()
        try terminal.child.close()
        let text = terminal.text()
        #expect(text.contains("\u{1B}[31merror\u{1B}[0m: no\\u001b[32msuch.keras"), "\(text)")
    }

    @Test(arguments: ["html", "xml"]) func reportsAreToBeRead(_ form: String) throws {
        try NPY.write(Tensor([2, 4], [Float](repeating: 0.5, count: 8)), path: folder.path("x.npy"))
        let predicted = try Command.run("predict", "evil.keras", "--input", "x.npy", "--output", "y.npy", in: folder)
        #expect(predicted.status == 0, "\(predicted.stderr)")
        let run = try Command.run(
            "verify", "evil.keras", "--reference", "y.npy", "--input", "x.npy", "--report", "report.\(form)", in: folder
        )
        #expect(run.status == 0, "\(run.stderr)")
        #expect(isClean(try folder.bytes("report.\(form)")))
        let plot = try Command.run("plot", "evil.keras", "model", "-o", "model.svg", in: folder)
        #expect(plot.status == 0, "\(plot.stderr)")
        #expect(isClean(try folder.bytes("model.svg")))
    }
}
