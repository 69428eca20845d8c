import Foundation
import KerasBridge
import Parity
import TestSupport
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// The commands that read a model file and say something about it.
@Suite struct ModelCommandTests {
    let folder: Folder
    let model: Model

    init() throws {
        folder = try Folder()
        model = try Tiny.model()
        try Tiny.write(model, "tiny.keras", in: folder, training: Tiny.training(Adam(), model))
        try NPY.write(Tiny.inputs(), path: folder.path("x.npy"))
    }

    private func run(_ arguments: String...) throws -> Command {
        try Command.run(arguments, in: folder)
    }

    // MARK: summary

    @Test func summaryCountsWhatKerasCounts() throws {
        let text = try run("summary", "tiny.keras")
        #expect(text.status == 0)
        #expect(text.stdout.contains("conv (Conv2D)") && text.stdout.contains("(None, 3, 3, 2)"))
        #expect(text.stdout.contains("Total params: 67 (268.00 B)"))
        let json = try run("summary", "tiny.keras", "--json").json
        #expect(json["command"] as? String == "summary")
        #expect(json["parameters"] as? Int == 67)
        #expect(json["trainable_parameters"] as? Int == 67)
        let layers = try #require(json["layers"] as? [[String: Any]])
        #expect(layers.map { $0["name"] as? String } == ["conv", "drop", "flat", "dense"])
        #expect(layers.first?["class_name"] as? String == "Conv2D")
    }

    /// The same layers by other names, one less and one more.
    @Test(arguments: ["old.keras", "old.h5", "old.weights.h5", "legacy.h5"])
    func theLedgerTellsWhatBecameOfEveryWeight(_ name: String) throws {
        let other = try Model.sequential(
            name: "tiny", inputShape: [4, 4, 1],
            [
                ("first", Conv2D(filters: 3, kernelSize: [1, 1])), ("conv", Conv2D(filters: 2, kernelSize: [2, 2])),
                ("flat", Flatten()), ("dense", Dense(units: 5)),
            ], seed: 2)
        try Tiny.write(other, "other.keras", in: folder)
        try KerasFile(model).write(
            to: folder.path(name),
            format: name == "legacy.h5" ? .legacyWeightsH5 : outputFormat(name))
        let strict = try run("summary", name, "--architecture", "other.keras")
        #expect(strict.status == 65)
        #expect(strict.stdout == "" && strict.stderr.split(separator: "\n").count == 1, "\(strict.stderr)")
        let byName = try run("summary", name, "--architecture", "other.keras", "--by-name")
        #expect(byName.status == 65, "one kernel has another shape, another number of channels")
        let run = try run(
            "summary", name, "--architecture", "other.keras", "--by-name", "--skip-mismatch", "--json")
        #expect(run.status == 0, "\(run.stderr)")
        let ledger = try #require(try run.json["ledger"] as? [[String: Any]])
        let outcomes = Dictionary(grouping: ledger) { $0["outcome"] as? String ?? "" }
            .mapValues { Set($0.map { "\($0["layer"] ?? "")/\($0["weight"] ?? "")" }) }
        #expect(outcomes["matched"] == ["conv/bias"])
        #expect(outcomes["missing"] == ["first/kernel", "first/bias"])
        #expect(outcomes["mismatched"] == ["conv/kernel", "dense/kernel", "dense/bias"])
        #expect(outcomes["extra"] == nil)
        let text = try self.run(
            "summary", name, "--architecture", "other.keras", "--by-name", "--skip-mismatch", "--ledger")
        #expect(text.stdout.contains("1 matched, 2 missing, 3 mismatched"), "\(text.stdout)")
        #expect(text.stderr.contains("first/kernel of shape [1, 1, 1, 3]: missing, keeps initial values"))
    }

    private func outputFormat(_ name: String) -> KerasFile.Format {
        name.hasSuffix(".keras") ? .archive : name.hasSuffix(".weights.h5") ? .weightsH5 : .legacyH5
    }

    @Test func allowMissingTakesAFileWithFewerLayers() throws {
        let longer = try Model.sequential(
            name: "tiny", inputShape: [4, 4, 1],
            [
                ("conv", Conv2D(filters: 2, kernelSize: [2, 2], activation: .relu)), ("drop", Dropout(rate: 0.25)),
                ("flat", Flatten()), ("dense", Dense(units: 3)), ("more", Dense(units: 2)),
            ], seed: 2)
        try Tiny.write(longer, "longer.keras", in: folder)
        let strict = try run("predict", "tiny.keras", "--architecture", "longer.keras", "--input", "x.npy")
        #expect(strict.status == 65)
        #expect(strict.stderr.contains("layer \"more\": weight \"kernel\" of shape [3, 2] is missing"))
        let run = try run(
            "predict", "tiny.keras", "--architecture", "longer.keras", "--input", "x.npy", "--allow-missing")
        #expect(run.status == 0, "\(run.stderr)")
        #expect(run.stderr.contains("more/kernel of shape [3, 2]: missing, keeps initial values"))
    }

    // MARK: inspect

    @Test func inspectShowsTreeAttributesAndStatistics() throws {
        try Tiny.write(model, "tiny.h5", in: folder, .legacyH5)
        let brief = try run("inspect", "tiny.h5")
        #expect(brief.status == 0)
        #expect(brief.stdout.contains("Keras model in legacy HDF5 (.h5)"))
        #expect(brief.stdout.contains("Keras version: 3."))
        let full = try run("inspect", "tiny.h5", "--tree", "--attrs", "--stats")
        #expect(full.stdout.contains("/model_weights/conv/tiny/conv/kernel"))
        #expect(full.stdout.contains("[2, 2, 1, 2]"))
        #expect(full.stdout.contains("@weight_names = ["))
        let json = try run("inspect", "tiny.h5", "--stats", "--json").json
        let objects = try #require(json["objects"] as? [[String: Any]])
        let kernel = try #require(objects.first { ($0["path"] as? String)?.hasSuffix("conv/kernel") == true })
        let statistics = try #require(kernel["statistics"] as? [String: Any])
        let weight = model.layers[1].weights[0].elements
        #expect((statistics["min"] as? Double).map { Float($0) } == weight.min())
        #expect(statistics["nans"] as? Int == 0)
    }

    @Test func inspectLooksIntoArchives() throws {
        let run = try run("inspect", "tiny.keras", "--tree")
        #expect(run.stdout.contains("config.json"))
        #expect(run.stdout.contains("model.weights.h5:/layers/conv2d/vars/0"))
    }

    // MARK: predict

    @Test func predictWritesWhatTheLibraryComputes() throws {
        let expected = try Session(model).predict([Tiny.inputs()])[0]
        let one = try run("predict", "tiny.keras", "--input", "x.npy", "--output", "y.npy")
        #expect(one.status == 0, "\(one.stderr)")
        #expect(try NPY.read(path: folder.path("y.npy")).tensor() == expected)
        let named = try run("predict", "tiny.keras", "--input", "input_layer=x.npy", "--output", "all.npz", "--json")
        #expect(named.status == 0, "\(named.stderr)")
        let arrays = try NPZ.read(path: folder.path("all.npz"))
        #expect(arrays.map(\.name) == ["dense"])
        #expect(arrays.first?.array.tensor() == expected)
        let printed = try run("predict", "tiny.keras", "--input", "x.npy", "--json").json
        let outputs = try #require(printed["outputs"] as? [[String: Any]])
        #expect(outputs.first?["shape"] as? [Int] == [5, 3])
        #expect((outputs.first?["values"] as? [Double])?.map { Float($0) } == expected.elements)
    }

    /// A grey PNG of the model's size, a colour JPEG of another size, and one that is larger.
    @Test func predictTakesImagesAndFitsThemToTheModel() throws {
        try folder.write(Picture(width: 4, height: 4, bytes: (0..<16).map { UInt8($0 * 16) }).png, "grey.png")
        try folder.write(Picture(width: 8, height: 8, bytes: [UInt8](repeating: 51, count: 64)).png, "even.png")
        let photo = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Fixtures/images/baseline.jpg")
        try folder.write([UInt8](Data(contentsOf: photo)), "photo.JPG")
        let resized = try ImageFile.samples([photo.path], shape: [4, 4, 1], divisor: 255).batch(0..<1, on: .shared)
        let ramp: [Float] = (0..<16).map { Float($0 * 16) / 255 }
        let pixels: [Float] = ramp + [Float](repeating: 0.2, count: 16) + resized.elements
        let expected = try Session(model).predict([Tensor([3, 4, 4, 1], pixels)])[0]
        let run = try run(
            "predict", "tiny.keras", "--input", "grey.png", "even.png", "photo.JPG", "--output", "y.npy", "--json")
        #expect(run.status == 0, "\(run.stderr)")
        #expect(try run.json["images"] as? [String] == ["grey.png", "even.png", "photo.JPG"])
        let found = try NPY.read(path: folder.path("y.npy")).tensor()
        try #require(found.shape == [3, 3] && expected.shape == [3, 3])
        for position in 0..<9 {
            #expect(abs(found[position] - expected[position]) < 1e-6, "number \(position)")
        }
        let printed = try self.run("predict", "tiny.keras", "--input", "grey.png", "even.png")
        #expect(printed.stdout.contains("  grey.png  ") && printed.stdout.contains("  even.png  "))
        // Bytes as they are: a model that scales by itself.
        let bytes = try Session(model).predict([Tensor([1, 4, 4, 1], repeating: 51)])[0]
        let plain = try self.run("predict", "tiny.keras", "--input", "even.png", "--scale", "none", "--json").json
        let outputs = try #require(plain["outputs"] as? [[String: Any]])
        #expect((outputs.first?["values"] as? [Double])?.map { Float($0) } == bytes.elements)
    }

    @Test(arguments: [
        (["even.txt.png"], 65, "even.txt.png"), (["missing.jpg"], 66, "missing.jpg"),
        (["x.npy", "grey.png"], 65, "x.npy"),
        (["drawing.bmp"], 65, "drawing.bmp"),
    ])
    func predictSaysWhichImageItCannotRead(_ files: [String], _ status: Int32, _ name: String) throws {
        try folder.write(Picture(width: 4, height: 4, bytes: [UInt8](repeating: 9, count: 16)).png, "grey.png")
        try folder.write(Array("no picture".utf8), "even.txt.png")
        try folder.write(Array("BM, a bitmap".utf8), "drawing.bmp")
        let run = try Command.run(["predict", "tiny.keras", "--input"] + files, in: folder)
        #expect(run.status == status, "\(run.stderr)")
        #expect(run.stderr.hasPrefix("keras-bridge: error: \(name)"), "\(run.stderr)")
    }

    // MARK: convert

    @Test(arguments: [
        ("out.keras", "3"), ("out.keras", "2"), ("out.h5", "3"), ("out.h5", "2"), ("out.weights.h5", "3"),
    ])
    func convertKeepsEveryWeight(_ output: String, _ keras: String) throws {
        let run = try run("convert", "tiny.keras", "-o", output, "--keras", keras)
        #expect(run.status == 0, "\(run.stderr)")
        let file = try KerasFile.read(
            folder.path(output), architecture: output.hasSuffix(".weights.h5") ? folder.path("tiny.keras") : nil)
        #expect(file.model.layers.map(\.weights) == model.layers.map(\.weights))
    }

    @Test func convertOfADryRunWritesNothing() throws {
        let before = try folder.names
        let run = try run("convert", "tiny.keras", "-o", "out.h5", "--dry-run")
        #expect(run.status == 0)
        #expect(run.stdout.contains("Nothing was written"))
        #expect(run.stdout.contains("kernel [2, 2, 1, 2]"))
        #expect(try folder.names == before)
    }

    @Test func convertCanLeaveTheArchitectureOut() throws {
        let run = try run("convert", "tiny.keras", "-o", "out.h5", "--weights-only", "--json")
        #expect(run.status == 0)
        #expect(try run.json["format"] as? String == "legacyWeightsH5")
        #expect(try self.run("summary", "out.h5").status == 65)
        #expect(try self.run("summary", "out.h5", "--architecture", "tiny.keras").status == 0)
    }

    // MARK: verify

    @Test func verifySaysEqualOrDifferent() throws {
        let right = try Session(model).predict([Tiny.inputs()])[0]
        var wrong = right
        wrong[7] += 0.001
        try NPY.write(right, path: folder.path("right.npy"))
        try NPY.write(wrong, path: folder.path("wrong.npy"))
        let equal = try run("verify", "tiny.keras", "--input", "x.npy", "--reference", "right.npy")
        #expect(equal.status == 0, "\(equal.stderr)")
        #expect(equal.stdout.hasPrefix("equal"))
        let different = try run(
            "verify", "tiny.keras", "--input", "x.npy", "--reference", "wrong.npy", "--report", "report.json")
        #expect(different.status == 2)
        #expect(different.stdout.hasPrefix("different") && different.stdout.contains("[2, 1]"))
        #expect(try folder.names.contains("report.json"))
        let loose = try run(
            "verify", "tiny.keras", "--input", "x.npy", "--reference", "wrong.npy", "--atol", "0.01", "--json")
        #expect(loose.status == 0)
        let json = try loose.json
        #expect(json["schema"] as? String == "keras-bridge/1")
        #expect(json["command"] as? String == "verify")
        #expect(json["equal"] as? Bool == true)
    }

    @Test func verifyAsksARealKeras() throws {
        let keras = try LiveKeras.of(.keras3).python
        let run = try Command.run(
            [
                "verify", "tiny.keras", "--against", "keras", "--samples", "4", "--layers", "--gradients",
                "--train-steps", "2", "--report", "report.html",
            ], in: folder, environment: ["KERAS_BRIDGE_PYTHON": keras])
        #expect(run.status == 0, "\(run.stdout)\(run.stderr)")
        #expect(run.stdout.contains("layers") && run.stdout.contains("gradients") && run.stdout.contains("training"))
        #expect(String(decoding: try folder.bytes("report.html"), as: UTF8.self).contains("<html"))
    }

    @Test func verifyTakesASecondModelFile() throws {
        try Tiny.write(model, "same.h5", in: folder, .legacyH5)
        try Tiny.write(Tiny.model(seed: 2), "other.keras", in: folder)
        let same = try run("verify", "tiny.keras", "--against", "same.h5", "--layers")
        #expect(same.status == 0 && same.stdout.contains("equal  tiny.keras: KerasBridge against same.h5"))
        let other = try run("verify", "tiny.keras", "--against", "other.keras", "--bisect")
        #expect(other.status == 2 && other.stdout.contains("differs, alone too"))
    }

    @Test func verifyTakesImages() throws {
        let right = try Session(model).predict([Tensor([2, 4, 4, 1], (0..<32).map { Float($0 * 8) / 255 })])[0]
        try NPY.write(right, path: folder.path("right.npy"))
        for number in 0..<2 {
            let bytes = (0..<16).map { UInt8((number * 16 + $0) * 8) }
            try folder.write(Picture(width: 4, height: 4, bytes: bytes).png, "\(number).png")
        }
        try folder.write(Picture(width: 5, height: 4, bytes: [UInt8](repeating: 0, count: 20)).png, "wide.png")
        let equal = try run("verify", "tiny.keras", "--input", "0.png", "1.png", "--reference", "right.npy")
        #expect(equal.status == 0, "\(equal.stdout)\(equal.stderr)")
        #expect(equal.stdout.contains("2 samples of 2 images"))
        let wide = try run("verify", "tiny.keras", "--input", "wide.png", "--reference", "right.npy")
        #expect(wide.status == 65 && wide.stderr.contains("wide.png") && wide.stderr.contains("[4, 5, 1]"))
    }

    @Test func convertWritesAProofThatVerifyReplays() throws {
        let keras = try LiveKeras.of(.keras3).python
        let run = try Command.run(
            ["convert", "tiny.keras", "-o", "proven.h5", "--with-proof"], in: folder,
            environment: ["KERAS_BRIDGE_PYTHON": keras])
        #expect(run.status == 0 && run.stdout.contains("equal  proven.h5"), "\(run.stdout)\(run.stderr)")
        let replayed = try self.run("verify", "proven.h5")
        #expect(replayed.status == 0 && replayed.stdout.contains("4 samples of the proof in proven.h5"))
        #expect(try self.run("convert", "proven.h5", "-o", "carried.keras").status == 0)
        #expect(try self.run("verify", "carried.keras").status == 0)
        #expect(try self.run("verify", "tiny.keras").status == 64)
    }

    @Test func everyCommandOfTheGuidePrintsWhatItShows() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let python = try LiveKeras.of(.keras3).python
        let guide = Process()
        guide.executableURL = URL(fileURLWithPath: python)
        guide.arguments = [root.appending(path: "Scripts/guide.py").path]
        guide.environment = ProcessInfo.processInfo.environment.merging(
            ["KERAS_BRIDGE_PYTHON": python, "KERAS_BRIDGE": try Command.executable.path]
        ) { $1 }
        let output = Pipe()
        guide.standardOutput = output
        guide.standardError = output
        try guide.run()
        let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        guide.waitUntilExit()
        #expect(guide.terminationStatus == 0, "\(printed)")
    }

    // MARK: diff

    @Test func diffTellsEqualFromDifferent() throws {
        try Tiny.write(model, "same.h5", in: folder, .legacyH5)
        try Tiny.write(Tiny.model(seed: 2), "other.keras", in: folder)
        #expect(try run("diff", "tiny.keras", "same.h5").status == 0)
        let other = try run("diff", "tiny.keras", "other.keras", "--json")
        #expect(other.status == 2)
        #expect(try other.json["command"] as? String == "diff")
        #expect(try run("diff", "tiny.keras", "other.keras", "--atol", "10").status == 0)
        #expect(try run("diff", "tiny.keras", "other.keras", "--no-weights").status == 0)
    }

    // MARK: doctor

    @Test func doctorListsEverythingAtOnce() throws {
        try folder.write(
            Array(
                """
                {"class_name": "Sequential", "config": {"name": "m", "layers": [
                    {"class_name": "InputLayer", "config": {"name": "in", "batch_shape": [null, 4, 4, 1]}},
                    {"class_name": "Lambda", "config": {"name": "trick", "function": "x"}},
                    {"class_name": "Conv2D", "config": {"name": "c", "filters": 2, "kernel_size": [2, 2], "padding": "round"}},
                    {"class_name": "Unheard", "config": {"name": "of"}}]}}
                """.utf8), "odd.json")
        let run = try run("doctor", "odd.json", "--json")
        #expect(run.status == 2)
        let findings = try #require(try run.json["findings"] as? [[String: Any]])
        #expect(findings.map { $0["layer"] as? String } == ["trick", "c", "of"])
        #expect(findings.dropFirst().first?["option"] as? String == "padding")
        #expect(findings.allSatisfy { $0["remedy"] is String })
        let fine = try self.run("doctor", "tiny.keras")
        #expect(fine.status == 0)
        #expect(fine.stdout.contains("everything in it is supported"))
    }

    @Test func doctorDescribesTheInstallation() throws {
        let run = try Command.run(
            ["doctor", "--json"], in: folder, environment: ["KERAS_BRIDGE_PYTHON": "/nowhere/python"])
        #expect(run.status == 0)
        let facts = try #require(try run.json["installation"] as? [String: String])
        #expect(facts["libhdf5"]?.split(separator: ".").count == 3)
        #expect(facts["Keras 3"]?.hasPrefix("not found") == true)
    }

    // MARK: bench

    @Test func benchMeasures() throws {
        let run = try run(
            "bench", "tiny.keras", "--batch-size", "1", "8", "--threads", "1", "--seconds", "0.01", "--json")
        #expect(run.status == 0, "\(run.stderr)")
        let runs = try #require(try run.json["runs"] as? [[String: Any]])
        #expect(runs.map { $0["kind"] as? String } == ["predict", "train", "predict", "train"])
        #expect(runs.allSatisfy { ($0["samples_per_second"] as? Double ?? 0) > 0 })
        #expect((try run.json["peak_memory_bytes"] as? Int ?? 0) > 1_000_000)
    }

    @Test func benchTimesEachStepOverItsFloor() throws {
        let run = try run("bench", "tiny.keras", "--batch-size", "4", "--seconds", "0.01", "--layers", "--json")
        #expect(run.status == 0, "\(run.stderr)")
        let steps = try #require(try run.json["steps"] as? [[String: Any]])
        for use in ["prediction", "forward", "backward"] {
            let part = steps.filter { $0["use"] as? String == use }
            #expect(!part.isEmpty, "no step for \(use)")
            #expect(part.allSatisfy { ($0["median_seconds"] as? Double ?? 0) > 0 })
            #expect(part.contains { ($0["operations"] as? Int ?? 0) > 0 && ($0["floor_seconds"] as? Double ?? 0) > 0 })
        }
        #expect((try run.json["operations_per_second"] as? Double ?? 0) > 1e8)
        #expect(try self.run("bench", "tiny.keras", "--seconds", "0.01", "--layers").stdout.contains("Floor"))
    }

    // MARK: evaluate

    @Test func evaluateCountsRightAndWrong() throws {
        try Tiny.writeData(in: folder)
        let run = try run("evaluate", "tiny.keras", "--data", "data", "--json")
        #expect(run.status == 0, "\(run.stderr)")
        let json = try run.json
        #expect(json["samples"] as? Int == 20)
        let metrics = try #require(json["metrics"] as? [String: Double])
        let confusion = try #require(json["confusion"] as? [[Int]])
        try #require(confusion.map(\.count) == [3, 3, 3])
        let right = (0..<3).reduce(0) { $0 + confusion[$1][$1] }
        #expect(confusion.flatMap(\.self).reduce(0, +) == 20)
        #expect(abs((metrics["accuracy"] ?? -1) - Double(right) / 20) < 1e-12)
        #expect((json["errors"] as? [Any])?.count == 20 - right)
        let text = try self.run("evaluate", "tiny.keras", "--data", "data")
        #expect(text.stdout.contains("\(right) right, \(20 - right) wrong"))
    }

    @Test func evaluateDrawsConfusionsAndErrors() throws {
        try Tiny.writeData(in: folder)
        let run = try run("evaluate", "tiny.keras", "--data", "data", "--confusion", "c.svg", "--errors", "e.png")
        #expect(run.status == 0, "\(run.stderr)")
        let parser = XMLParser(data: Data(try folder.bytes("c.svg")))
        #expect(parser.parse(), "the SVG is well-formed")
        #expect(try folder.bytes("e.png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(try self.run("evaluate", "tiny.keras", "--data", "data", "--confusion", "c.svg").status == 74)
    }

    @Test func evaluateTakesArraysAsTheyAre() throws {
        try NPY.write(Tensor([5], [0, 1, 2, 0, 1]), path: folder.path("y.npy"))
        let run = try run("evaluate", "tiny.keras", "--data", "x.npy:y.npy", "--json")
        #expect(run.status == 0, "\(run.stderr)")
        #expect(try run.json["samples"] as? Int == 5)
    }
}
