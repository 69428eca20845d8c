import Foundation
import Testing

@Suite struct PlotTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    @Test(arguments: ["model", "filters", "activations"], ["svg", "png"])
    func drawsWhatIsAskedFor(_ subject: String, _ ending: String) throws {
        try Tiny.write(Tiny.model(), "net.keras", in: folder)
        try Tiny.writeData(in: folder)
        let data = subject == "activations" ? ["--data", "data", "--sample", "3"] : []
        let run = try Command.run(["plot", "net.keras", subject, "-o", "out.\(ending)"] + data, in: folder)
        #expect(run.status == 0, "\(run.stderr)")
        let bytes = try folder.bytes("out.\(ending)")
        #expect(bytes.prefix(4) == (ending == "svg" ? Array("<svg".utf8) : [137, 80, 78, 71])[...])
        let again = try Command.run(["plot", "net.keras", subject, "-o", "out.\(ending)"] + data, in: folder)
        #expect(again.status == 74)
    }

    @Test(arguments: [
        (["model", "-o", "a.gif"], 64, ".svg or .png"),
        (["filters", "--data", "data", "-o", "a.svg"], 64, "activations"),
        (["activations", "-o", "a.svg"], 64, "--data or --input"),
        (["activations", "--data", "data", "--sample", "20", "-o", "a.svg"], 64, "below 20"),
        (["activations", "--data", "nothing", "-o", "a.svg"], 64, "nothing"),
    ])
    func refusesWhatItCannotDraw(_ options: [String], _ status: Int32, _ part: String) throws {
        try Tiny.write(Tiny.model(), "net.keras", in: folder)
        try Tiny.writeData(in: folder)
        let run = try Command.run(["plot", "net.keras"] + options, in: folder)
        #expect(run.status == status)
        #expect(run.stderr.contains(part), "\(run.stderr)")
    }

    @Test(arguments: ["svg", "png"])
    func evaluateDrawsConfusionsAndErrors(_ ending: String) throws {
        try Tiny.write(Tiny.model(), "net.keras", in: folder)
        try Tiny.writeData(in: folder)
        let run = try Command.run(
            ["evaluate", "net.keras", "--data", "data", "--confusion", "c.\(ending)", "--errors", "e.\(ending)"],
            in: folder)
        #expect(run.status == 0, "\(run.stderr)")
        for name in ["c", "e"] { #expect(try folder.bytes("\(name).\(ending)").count > 100) }
    }
}
