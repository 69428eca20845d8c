import Datasets
import Foundation
import Images
import KerasBridge
import Testing

@Suite struct RecognizeTests {
    private let folder: Folder
    private let labels: [Int]

    /// Ten test digits as pictures of 28×28, white on black, and one on paper.
    init() throws {
        folder = try Folder()
        let part = try #require(try DatasetFinder().load(DatasetSpec("embedded")).test)
        labels = Array(try #require(part.classes).prefix(10))
        try #require(labels.count == 10 && part.count >= 10)
        for number in 0..<10 {
            let digit = part.inputs.batch(number..<(number + 1), on: .shared).elements
            let bytes = digit.map { UInt8($0 * 255) }
            try folder.write(RasterImage(width: 28, height: 28, bytes: bytes).png(), "\(number).png")
        }
        // All of them on one page, dark on light.
        var page = [UInt8](repeating: 230, count: 400 * 60)
        for number in 0..<10 {
            let digit = part.inputs.batch(number..<(number + 1), on: .shared).elements
            for (place, value) in digit.enumerated() {
                page[(16 + place / 28) * 400 + 10 + number * 38 + place % 28] = UInt8(230 - value * 200)
            }
        }
        try folder.write(RasterImage(width: 400, height: 60, bytes: page).png(), "page.png")
    }

    private func run(_ arguments: String...) throws -> Command {
        try Command.run(["recognize"] + arguments, in: folder)
    }

    @Test func readsPictures() throws {
        let run = try run("0.png", "1.png", "2.png", "3.png", "4.png", "5.png", "6.png", "7.png", "8.png", "9.png")
        #expect(run.status == 0, "\(run.stderr)")
        let read = run.stdout.split(separator: "\n").compactMap { $0.split(separator: " ").dropFirst().first }
        #expect(zip(read, labels).count { String($0) == "\($1)" } >= 9, "\(run.stdout)")
    }

    @Test func drawsBarsForOnePicture() throws {
        let run = try run("0.png")
        #expect(run.status == 0 && run.stdout.split(separator: "\n").count == 11, "\(run.stdout)\(run.stderr)")
        #expect(run.stdout.contains("0.png: \(labels[0])  ") && run.stdout.contains("█"))
    }

    @Test func readsAllDigitsOfAPage() throws {
        let run = try run("page.png", "--multi", "--json")
        #expect(run.status == 0, "\(run.stderr)")
        let images = try #require(try run.json["images"] as? [[String: Any]])
        let image = try #require(images.first)
        let digits = try #require(image["digits"] as? [[String: Any]])
        #expect(digits.count == 10)
        let read = digits.compactMap { $0["digit"] as? Int }
        #expect(zip(read, labels).count { $0 == $1 } >= 9, "\(read) for \(labels)")
        #expect(image["text"] as? String == read.map { "\($0)" }.joined())
        let places = digits.compactMap { ($0["box"] as? [String: Int])?["x"] }
        #expect(places == places.sorted() && places.count == 10)
        let probabilities = try #require(digits.first?["probabilities"] as? [Double])
        #expect(probabilities.count == 10 && abs(probabilities.reduce(0, +) - 1) < 1e-3)
    }

    @Test func drawsItsSteps() throws {
        let run = try run("3.png", "--steps", "steps.png")
        #expect(run.status == 0, "\(run.stderr)")
        let sheet = try RasterImage(decoding: folder.bytes("steps.png"), name: "steps")
        #expect(sheet.width > 600 && sheet.height > 150 && Set(sheet.bytes).count > 10)
        let again = try self.run("3.png", "--steps", "steps.png")
        #expect(again.status == 74 && again.stderr.contains("--force"))
    }

    @Test func readsWithAnyModelThatFits() throws {
        let model = try Model.sequential(
            name: "flat", inputShape: [784], [("dense", Dense(units: 10, activation: .linear))], seed: 2)
        try Tiny.write(model, "flat.h5", in: folder, .legacyH5)
        let run = try run("0.png", "--model", "flat.h5", "--no-centring", "--json")
        #expect(run.status == 0, "\(run.stderr)")
        #expect(try run.json["model"] as? String == "flat.h5")
    }

    @Test func saysWhatAModelMustTake() throws {
        try Tiny.write(try Tiny.model(), "tiny.keras", in: folder)
        let run = try run("0.png", "--model", "tiny.keras")
        #expect(run.status == 65 && run.stdout.isEmpty)
        #expect(run.stderr.contains("takes inputs of shape [4, 4, 1]") && run.stderr.contains("[28, 28, 1]"))
    }

    @Test func saysThatThereIsNoInk() throws {
        let blank = RasterImage(width: 50, height: 40, bytes: [UInt8](repeating: 255, count: 2000))
        try folder.write(blank.png(), "blank.png")
        let run = try run("blank.png")
        #expect(run.status == 0 && run.stdout == "blank.png: nothing to read, there is no ink\n")
        #expect(try self.run("blank.png", "--multi").stdout == run.stdout)
    }

    @Test func refusesWhatIsNoPicture() throws {
        try folder.write(Array("GIF89a, and more".utf8), "a.gif")
        try folder.write(Array(folder.bytes("0.png").prefix(60)), "cut.png")
        for (arguments, status, words) in [
            (["missing.png"], 66, ["missing.png", "no such file"]),
            (["a.gif"], 65, ["a.gif", "expected a PNG or JPEG image, found a GIF"]),
            (["cut.png"], 65, ["cut.png", "PNG ends inside its part"]),
            (["page.png", "--max-pixels", "1000"], 65, ["400 × 60 pixels", "--max-pixels allows more"]),
            (["page.png", "--max-data", "100"], 65, ["more than the limit of 100", "--max-data allows more"]),
            (["0.png", "--steps", "steps.jpg"], 64, ["--steps", ".png"]),
            (["0.png", "--architecture", "a.json"], 64, ["--model"]),
            ([], 64, ["images"]),
        ] as [([String], Int32, [String])] {
            let run = try Command.run(["recognize"] + arguments, in: folder)
            #expect(run.status == status, "\(arguments): \(run.stderr)")
            #expect(words.allSatisfy(run.stderr.contains), "\(arguments): \(run.stderr)")
            #expect(run.stdout.isEmpty)
        }
    }

    @Test func readsPicturesOfStrangersApart() throws {
        let run = try run("0.png", "--untrusted")
        #expect(run.status == 0 && run.stdout.contains("0.png: \(labels[0])  "), "\(run.stdout)\(run.stderr)")
        let refused = try self.run("0.png", "--untrusted", "--max-pixels", "10")
        #expect(refused.status == 65 && refused.stderr.contains("28 × 28 pixels"))
    }
}
