import Foundation
import KerasFiles
import Networks
import Parity
import Runtime
import Tensors
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct ReportTests {
    private static let equal = Result { try verdict(planting: false) }
    private static let different = Result { try verdict(planting: true) }

    // MARK: Text

    @Test func theTextBeginsWithTheVerdict() throws {
        let equal = try Self.equal.get().text()
        #expect(equal.hasPrefix("equal  a<b>&\"c.keras: ours against theirs, 40 samples of random numbers (seed 5)\n"))
        let different = try Self.different.get().text()
        #expect(different.hasPrefix("different  a<b>"))
        let reason = try #require(different.split(separator: "\n").dropFirst().first)
        #expect(reason.hasPrefix("  layer 1 \"conv\" (Conv2D), element [0, ") && reason.contains(", 1]: theirs "))
        #expect(!different.contains("\u{1B}"))
        #expect(try Self.different.get().text(colour: true).hasPrefix("\u{1B}[1;31mdifferent\u{1B}[0m"))
    }

    // MARK: JSON

    @Test func theJSONTellsTheVerdict() throws {
        let verdict = try Self.different.get()
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(verdict.json().utf8)) as? [String: Any])
        #expect(object["schema"] as? String == "keras-bridge/verify/1")
        #expect(object["equal"] as? Bool == false)
        let output = try #require((object["outputs"] as? [[String: Any]])?.first)
        let comparison = try #require(verdict.outputs.first).comparison
        #expect(output["violations"] as? Int == comparison.violations)
        #expect(
            (output["absolute_error"] as? [String: Any])?["max"] as? Double
                == comparison.absoluteError.maximum)
        let layers = try #require(object["layers"] as? [String: Any])
        #expect(layers["first_difference"] as? String == "conv" && layers["first_faulty"] as? String == "conv")
        #expect((object["classification"] as? [String: Any])?["samples"] as? Int == 40)
    }

    @Test func theJSONHoldsNaNAsText() throws {
        var verdict = try Self.equal.get()
        verdict.outputs = [NamedComparison("y", Comparison(Tensor([2], [.nan, 1]), Tensor([2], [.infinity, 1])))]
        let object = try JSONSerialization.jsonObject(with: Data(verdict.json().utf8)) as? [String: Any]
        let first = (object?["outputs"] as? [[String: Any]])?.first?["first"] as? [String: Any]
        #expect(first?["ours"] as? String == "NaN" && first?["theirs"] as? String == "Infinity")
        _ = try JSON.parse(verdict.json())
    }

    // MARK: JUnit

    @Test(arguments: [false, true])
    func theXMLCountsFailures(planted: Bool) throws {
        let verdict = try (planted ? Self.different : Self.equal).get()
        let reader = JUnitReader()
        let parser = XMLParser(data: Data(verdict.junit().utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        #expect(reader.cases == 1 + 1 + 4)  // the output, the classes, four layers
        #expect(reader.declared == [reader.cases, reader.failures])
        #expect((reader.failures > 0) == planted)
    }

    // MARK: HTML

    @Test(arguments: [false, true])
    func thePageNeedsNothingFromOutside(planted: Bool) throws {
        let page = try (planted ? Self.different : Self.equal).get().html()
        #expect(!page.contains("<script") && !page.contains("<link") && !page.contains("<iframe"))
        let text = page.replacing(/base64,[^"]*/, with: "")
        #expect(!text.contains("http:") && !text.contains("https:") && !text.contains("//"))
        #expect(!page.contains("@import") && !page.contains("url("))
        for source in page.matches(of: /src="([^"]*)"/) { #expect(source.output.1.hasPrefix("data:image/png;base64,")) }
        #expect(page.contains("default-src 'none'"))
        #expect(!page.contains("<b>&\"c"), "what comes from outside is escaped")
    }

    @Test func thePageIsWellFormed() throws {
        for verdict in [try Self.equal.get(), try Self.different.get()] {
            // The page is written so that, but for void elements, it is XML too.
            var page = verdict.html().replacing("<!DOCTYPE html>\n", with: "")
            page = page.replacing(/<(meta|img|br)([^>]*)>/) { "<\($0.output.1)\($0.output.2)/>" }
            let parser = XMLParser(data: Data(page.utf8))
            let reader = JUnitReader()
            parser.delegate = reader
            #expect(parser.parse(), "\(String(describing: parser.parserError))")
        }
    }

    @Test func thePageShowsVerdictReasonPicturesAndCommand() throws {
        let page = try Self.different.get().html()
        #expect(page.contains("✗ Different"))
        #expect(page.contains("layer 1 &quot;conv&quot; (Conv2D)"))
        #expect(page.contains("<img alt=\"sample "))
        #expect(page.contains("keras-bridge verify &#39;it&#39;\\&#39;&#39;s.keras&#39;"))
        #expect(page.contains("instruction set") && page.contains("threads"))
        #expect(try Self.equal.get().html().contains("The closest calls"))
    }

    // MARK: Files

    @Test func writesByTheEndingAndKeepsWhatExists() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let verdict = try Self.equal.get()
        for (name, start) in [("r.html", "<!DOCTYPE html>"), ("r.json", "{"), ("r.xml", "<?xml")] {
            let path = folder.appendingPathComponent(name).path
            try verdict.writeReport(to: path)
            #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix(start))
            let error = #expect(throws: ParityError.self) { try verdict.writeReport(to: path) }
            #expect(error?.exitStatus == 74)
            try verdict.writeReport(to: path, overwriting: true)
        }
        let other = #expect(throws: ParityError.self) { try verdict.writeReport(to: folder.path + "/r.pdf") }
        #expect(other?.description.hasSuffix("a report ends in .html, .json or .xml (JUnit)") == true)
    }

    /// A small CNN against itself, or against itself with one bias changed.
    private static func verdict(planting: Bool) throws -> Verdict {
        let theirs = try Model.sequential(
            inputShape: [8, 8, 1],
            [
                ("conv", Conv2D(filters: 4, kernelSize: [3, 3], activation: .relu)), ("flatten", Flatten()),
                ("dense", Dense(units: 5)), ("softmax", Softmax()),
            ], seed: 2)
        var ours = theirs
        if planting { ours.layers[1].weights[1][1] = 0.5 }
        let inputs = Inputs.random(for: theirs, samples: 40, seed: 5)
        let labelled = Inputs(
            description: inputs.description, [inputs.batch(0..<40).inputs[0]], labels: (0..<40).map { $0 % 5 })
        var verification = Verification(
            model: "a<b>&\"c.keras", ours: SessionSide(Session(ours), description: SideDescription(name: "ours")),
            theirs: SessionSide(Session(theirs), description: SideDescription(name: "theirs")), inputs: labelled)
        verification.layers = LayerInspection(bisects: true)
        verification.command = ["keras-bridge", "verify", "it's.keras"]
        return try verification.run()
    }
}

/// Counts what a JUnit file holds.
private final class JUnitReader: NSObject, XMLParserDelegate {
    var cases = 0
    var failures = 0
    var declared: [Int] = []

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        if name == "testcase" { cases += 1 }
        if name == "failure" { failures += 1 }
        if name == "testsuite" { declared = ["tests", "failures"].compactMap { attributes[$0].flatMap { Int($0) } } }
    }
}
