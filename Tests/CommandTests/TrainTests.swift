import Datasets
import Foundation
import Images
import KerasBridge
import TestSupport
import Testing

@Suite struct TrainTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    /// A model file and data, and the arguments of a short run.
    private func arguments(_ output: String, epochs: Int = 2, _ more: String...) throws -> [String] {
        if !FileManager.default.fileExists(atPath: folder.path("new.keras")) {
            try Tiny.write(Tiny.model(), "new.keras", in: folder)
            try Tiny.writeData(in: folder)
        }
        return ["train", "--data", "data", "--epochs", "\(epochs)", "--batch-size", "16", "-o", output] + more
    }

    @Test func printsOneLineForEachEpochWhereNobodyLooksOn() throws {
        let run = try Command.run(
            arguments("out.keras", epochs: 3) + ["--from", "new.keras"], in: folder)
        #expect(run.status == 0, "\(run.stderr)")
        let lines = run.stderr.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("Epoch ") }.count == 3)
        #expect(lines.last?.hasPrefix("Epoch 3/3") == true)
        #expect(lines.last?.contains("loss") == true)
        #expect(!run.stderr.contains("\r") && !run.stderr.contains("\u{1B}"))
        #expect(run.stdout.contains("test: loss"))
        #expect(run.stdout.contains("wrote out.keras"))
    }

    @Test func drawsABarOnATerminalThatFitsItsWidth() throws {
        for columns in [100, 50, 24] {
            let terminal = try PseudoTerminal(columns: columns)
            let run = try Command.start(
                arguments("bar\(columns).keras", epochs: 400) + ["--from", "new.keras"], in: folder,
                environment: ["TERM": "xterm", "NO_COLOR": "1"], stderr: terminal.child)
            terminal.child.closeFile()
            let text = terminal.text()
            #expect(try run.finish().status == 0)
            #expect(text.contains("\r"), "the bar is redrawn in place")
            let drawn = text.split(separator: "\r").filter { $0.contains("left") }
            #expect(!drawn.isEmpty)
            for line in drawn {
                let visible = line.prefix { $0 != "\u{1B}" && $0 != "\n" && $0 != "\r\n" }
                #expect(visible.count < columns, "\(visible)")
            }
        }
    }

    @Test func drawsNoBarOnADumbTerminal() throws {
        let terminal = try PseudoTerminal(columns: 80)
        let run = try Command.start(
            arguments("dumb.keras", epochs: 2) + ["--from", "new.keras"], in: folder, environment: ["TERM": "dumb"],
            stderr: terminal.child)
        terminal.child.closeFile()
        let text = terminal.text()
        #expect(try run.finish().status == 0)
        #expect(!text.contains("\u{1B}"))
    }

    @Test func givesTheSameBytesForTheSameSeedAndAnyNumberOfThreads() throws {
        for (name, options) in [
            ("a", ["--seed", "7", "--threads", "1"]), ("b", ["--seed", "7", "--threads", "3"]),
            ("c", ["--seed", "8", "--threads", "1"]),
        ] {
            let run = try Command.run(
                arguments("\(name).keras") + ["--architecture", "new.keras"] + options, in: folder)
            #expect(run.status == 0, "\(run.stderr)")
        }
        #expect(try folder.bytes("a.keras") == folder.bytes("b.keras"))
        #expect(try folder.bytes("a.keras") != folder.bytes("c.keras"))
    }

    @Test func saysAsJSONWhatItDid() throws {
        let run = try Command.run(arguments("out.keras") + ["--from", "new.keras", "--json"], in: folder)
        let json = try run.json
        #expect(json["schema"] as? String == "keras-bridge/1")
        #expect(json["command"] as? String == "train")
        #expect(json["end"] as? String == "finished")
        #expect(json["optimizer"] as? String == "Adadelta")
        #expect(json["learning_rate"] as? Double == 1)
        #expect(json["step"] as? Int == 8)
        let epochs = try #require(json["epochs"] as? [[String: Any]])
        #expect(epochs.map { $0["epoch"] as? Int } == [1, 2])
        #expect((epochs.last?["metrics"] as? [String: Double])?.keys.sorted() == ["accuracy", "loss"])
        #expect((json["test"] as? [String: Double])?["accuracy"] != nil)
    }

    @Test func goesOnWithTheFilesOptimizer() throws {
        let model = try Tiny.model()
        try Tiny.writeData(in: folder)
        try Tiny.write(model, "new.keras", in: folder, training: Tiny.training(Adam(), model))
        let first = try Command.run(arguments("one.keras") + ["--from", "new.keras", "--json"], in: folder)
        #expect(try first.json["optimizer"] as? String == "Adam")
        let second = try Command.run(arguments("two.keras") + ["--from", "one.keras", "--json"], in: folder)
        #expect(try second.json["step"] as? Int == 16)
        let changed = try Command.run(
            arguments("three.keras") + [
                "--from", "one.keras", "--optimizer", "sgd", "--learning-rate", "0.5", "--json",
            ],
            in: folder)
        #expect(try changed.json["optimizer"] as? String == "SGD")
        #expect(try changed.json["learning_rate"] as? Double == 0.5)
        #expect(try changed.json["step"] as? Int == 8)
    }

    @Test func warnsOfAnAdadeltaThatHardlyLearns() throws {
        let model = try Tiny.model()
        try Tiny.writeData(in: folder)
        try Tiny.write(model, "new.keras", in: folder, training: Tiny.training(Adadelta(learningRate: 0.001), model))
        let run = try Command.run(arguments("out.keras") + ["--from", "new.keras"], in: folder)
        #expect(run.status == 0)
        #expect(run.stderr.contains("keras-bridge: warning: Adadelta with a learning rate of 0.001"))
    }

    @Test func keepsAFileThatExistsUnlessForced() throws {
        let run = try Command.run(arguments("new.keras") + ["--from", "new.keras"], in: folder)
        #expect(run.status == 74)
        #expect(run.stderr == "keras-bridge: error: new.keras — the file exists and is kept; --force replaces it\n")
        let before = try folder.bytes("new.keras")
        let forced = try Command.run(arguments("new.keras") + ["--from", "new.keras", "--force"], in: folder)
        #expect(forced.status == 0)
        #expect(try folder.bytes("new.keras") != before)
    }

    @Test func stopsOnCtrlCWithItsModelWrittenAndGoesOnAsIfNeverStopped() throws {
        try Tiny.write(Tiny.model(), "new.keras", in: folder)
        try Tiny.writeData(train: 1200, in: folder)
        func arguments(_ output: String, _ checkpoint: String) -> [String] {
            [
                "train", "--from", "new.keras", "--data", "data", "--epochs", "500", "--batch-size", "16",
                "--seed", "3", "--checkpoint", checkpoint, "-o", output,
            ]
        }
        let whole = try Command.run(arguments("whole.keras", "whole-cp.keras"), in: folder)
        #expect(whole.status == 0, "\(whole.stderr)")

        let running = try Command.start(arguments("part.keras", "part-cp.keras"), in: folder)
        let deadline = Date(timeIntervalSinceNow: 20)
        while !running.stderrSoFar.contains("Epoch 3/"), Date() < deadline { usleep(1000) }
        running.process.interrupt()
        let stopped = try running.finish()
        try #require(stopped.status == 130, "\(stopped.stderr)")
        #expect(stopped.stdout.hasPrefix("stopped in epoch "))
        #expect(try folder.bytes("part.keras") != folder.bytes("whole.keras"))

        let resumed = try Command.run(
            arguments("part.keras", "part-cp.keras") + ["--resume", "--force"], in: folder)
        #expect(resumed.status == 0, "\(resumed.stderr)")
        #expect(resumed.stderr.contains("resuming from part-cp.keras: epoch "))
        #expect(try folder.bytes("part.keras") == folder.bytes("whole.keras"))
    }

    @Test func aSecondCtrlCStopsAtOnceAndWritesNothing() throws {
        // Batches that take so long that the second signal comes before the end of one.
        let running = try Command.start(
            [
                "train", "--architecture", "mnist-cnn", "--data", "embedded", "--batch-size", "4000", "-o", "out.keras",
                "--checkpoint", "cp.keras",
            ], in: folder)
        func wait(for text: String) {
            let deadline = Date(timeIntervalSinceNow: 20)
            while !running.stderrSoFar.contains(text), Date() < deadline { usleep(1000) }
        }
        wait(for: "batches of 4000")
        usleep(100_000)  // signals are watched from then on
        running.process.interrupt()
        wait(for: "once more stops at once")
        running.process.interrupt()
        let stopped = try running.finish()
        #expect(stopped.status == 130 && stopped.stdout.isEmpty, "\(stopped.stderr)")
        #expect(try folder.names.allSatisfy { !$0.hasSuffix(".keras") })
    }

    /// Stopped between epochs, by the number of them: what the callbacks remember goes along, the best weights too.
    @Test(arguments: ["cp.keras", "cp.h5"])
    func goesOnWithWhatItsCallbacksRemember(_ checkpoint: String) throws {
        func arguments(_ output: String, epochs: Int) throws -> [String] {
            try self.arguments(output, epochs: epochs) + [
                "--from", "new.keras", "--seed", "5", "--validation-split", "0.25", "--early-stopping", "4",
                "--reduce-lr-on-plateau", "1", "--learning-rate", "3", "--checkpoint", checkpoint, "--force",
            ]
        }
        let whole = try Command.run(arguments("whole.keras", epochs: 12), in: folder)
        #expect(whole.status == 0, "\(whole.stderr)")
        for epochs in [1, 4, 7] {
            let first = try Command.run(arguments("part.keras", epochs: epochs), in: folder)
            #expect(first.status == 0, "\(first.stderr)")
            let second = try Command.run(arguments("part.keras", epochs: 12) + ["--resume"], in: folder)
            #expect(second.status == 0, "\(second.stderr)")
            #expect(try folder.bytes("part.keras") == folder.bytes("whole.keras"), "\(epochs) epochs")
        }
        let other = try Command.run(arguments("part.keras", epochs: 13) + ["--resume", "--seed", "6"], in: folder)
        #expect(other.status == 64)
        #expect(other.stderr.contains("its run draws from seed 5"), "\(other.stderr)")
    }

    @Test func beginsAnotherHeadOnLearnedWeights() throws {
        try Tiny.write(Tiny.model(seed: 2, units: 5), "old.keras", in: folder)
        let plain = try Command.run(
            arguments("out.keras", epochs: 1) + ["--architecture", "new.keras", "--from", "old.keras"], in: folder)
        #expect(plain.status == 65)
        #expect(plain.stderr.contains("expected shape [18, 3] (Dense \"dense\"), found [18, 5]"), "\(plain.stderr)")
        let run = try Command.run(
            arguments("out.keras", epochs: 1) + [
                "--architecture", "new.keras", "--from", "old.keras", "--skip-mismatch",
            ], in: folder)
        #expect(run.status == 0, "\(run.stderr)")
        #expect(
            run.stderr.contains(
                "old.keras: dense/kernel of shape [18, 3]: found of shape [18, 5] (/layers/dense/vars/0), keeps initial values"
            ), "\(run.stderr)")
    }

    /// Everything that draws, remembers or sets the rate at once, stopped between and amid epochs.
    @Test(arguments: [
        ["--learning-rate-schedule", "cosine", "--warmup-epochs", "1"],
        ["--learning-rate-schedule", "exponential=0.8", "--warmup-epochs", "0.5"],
        ["--learning-rate-schedule", "piecewise=2:0.02,5:0.001", "--warmup-epochs", "1.5"],
        ["--reduce-lr-on-plateau", "1", "--early-stopping", "3", "--min-delta", "0.05"],
    ])
    func goesOnExactlyWithAugmentationAveragesAndAll(_ course: [String]) throws {
        func arguments(_ name: String) throws -> [String] {
            try self.arguments("\(name).keras", epochs: 8) + course + [
                "--from", "new.keras", "--seed", "5", "--optimizer", "adam", "--learning-rate", "0.05", "--ema", "0.8",
                "--weight-decay", "0.01", "--label-smoothing", "0.1", "--augment", "shift=1,rotate=20,noise,cutout=1",
                "--mixup", "0.3", "--class-weights", "balanced", "--validation-split", "0.25", "--save-best",
                "\(name)-best.keras", "--save-epochs", "\(name)-{epoch:02d}.keras", "--tensorboard", "\(name)-tb",
                "--histogram-freq", "2", "--terminate-on-nan", "--checkpoint", "\(name)-cp.keras", "--threads",
                name == "whole" ? "1" : "2",
            ]
        }
        let whole = try Command.run(arguments("whole"), in: folder)
        #expect(whole.status == 0, "\(whole.stderr)")
        // Told to stop at some time; a schedule spans all epochs, so their number stays.
        let running = try Command.start(arguments("part"), in: folder)
        running.process.interrupt()
        _ = try running.finish()
        let resumed = try Command.run(arguments("part") + ["--resume", "--force"], in: folder)
        #expect(resumed.status == 0, "\(resumed.stderr)")
        for file in ["", "-best", "-cp", "-08"] where try folder.names.contains("whole\(file).keras") {
            #expect(
                try folder.bytes("part\(file).keras") == folder.bytes("whole\(file).keras"), "\(file) \(resumed.stderr)"
            )
        }
        #expect(try folder.names.contains("whole-01.keras"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path("whole-tb")).sorted() == [
                "train", "validation",
            ])
    }

    @Test func saysThePeakOfAScheduleAndWhereTheRunStandsInIt() throws {
        let options = [
            "--from", "new.keras", "--optimizer", "adam", "--learning-rate", "0.02", "--warmup-epochs", "1",
            "--learning-rate-schedule", "cosine", "--checkpoint", "cp.keras", "--force",
        ]
        let first = try Command.run(arguments("out.keras", epochs: 4) + options, in: folder)
        #expect(first.stderr.contains(", Adam 0.02 by CosineDecay, seed 0"), "\(first.stderr)")
        let again = try Command.run(arguments("out.keras", epochs: 4) + options + ["--resume"], in: folder)
        #expect(again.stderr.contains(", Adam 0.02 by CosineDecay (now 0), seed 0"), "\(again.stderr)")
    }

    /// Whatever the course, the file holds all of it, as a schedule that Keras itself goes on with.
    @Test(arguments: [["exponential=0.8"], ["piecewise=1:0.05,2:0.01"], ["cosine"], ["one-cycle"]])
    func writesAScheduleThatKerasFollows(_ course: [String]) throws {
        let python = try LiveKeras.of(.keras3).python
        let run = try Command.run(
            arguments("out.keras", epochs: 3) + ["--from", "new.keras", "--optimizer", "adam"]
                + ["--learning-rate", "0.1", "--warmup-epochs", "0.5", "--learning-rate-schedule"] + course, in: folder)
        #expect(run.status == 0, "\(run.stderr)")
        let training = try #require(try KerasFile.read(folder.path("out.keras")).training)
        guard case .schedule(let ours) = try #require(try training.makeOptimizer()).settings.learningRate else {
            Issue.record("the file holds no schedule")
            return
        }
        let script = """
            import json, sys, keras
            schedule = keras.saving.load_model(sys.argv[1]).optimizer._learning_rate
            print(json.dumps([float(schedule(step)) for step in range(15)]))
            """
        let keras = Process()
        keras.executableURL = URL(fileURLWithPath: python)
        keras.arguments = ["-c", script, folder.path("out.keras")]
        let (output, errors) = (Pipe(), FileHandle.nullDevice)
        (keras.standardOutput, keras.standardError) = (output, errors)
        try keras.run()
        let rates = try JSONDecoder().decode([Float].self, from: output.fileHandleForReading.readDataToEndOfFile())
        keras.waitUntilExit()
        for (step, rate) in rates.enumerated() {
            #expect(abs(rate - ours(step: step)) <= 1e-6, "step \(step): Keras \(rate), ours \(ours(step: step))")
        }
    }

    @Test func printsALineOfJSONForEachEpochAndTheResultAsTheLast() throws {
        let run = try Command.run(
            arguments("out.keras", epochs: 3) + ["--from", "new.keras", "--json-events"], in: folder)
        #expect(run.status == 0, "\(run.stderr)")
        let lines = try run.stdout.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(lines.map { $0["event"] as? String } == ["begin", "epoch", "epoch", "epoch", nil])
        #expect(lines.allSatisfy { $0["command"] as? String == "train" && $0["schema"] as? String == "keras-bridge/1" })
        #expect(lines.dropFirst().dropLast().map { $0["epoch"] as? Int } == [1, 2, 3])
        let last = try #require(lines.last?["epochs"] as? [[String: Any]])
        let metrics = try #require(lines.dropLast().last?["metrics"] as? [String: Double])
        #expect(last.last?["metrics"] as? [String: Double] == metrics)
    }

    @Test func plotsTheCurvesOfTheWholeRunAfterAResumptionToo() throws {
        func plot(_ epochs: Int, _ more: String...) throws -> String {
            let run = try Command.run(
                arguments("out.keras", epochs: epochs) + [
                    "--from", "new.keras", "--checkpoint", "cp.keras", "--plot", "history.svg", "--validation-split",
                    "0.25", "--force",
                ] + more, in: folder)
            #expect(run.status == 0, "\(run.stderr)")
            return String(decoding: try folder.bytes("history.svg"), as: UTF8.self)
        }
        #expect(try plot(2).components(separatedBy: "<circle").count - 1 == 2 * (2 * 2 + 2))
        #expect(try plot(5, "--resume").components(separatedBy: "<circle").count - 1 == 2 * (2 * 5 + 2))
        let png = try Command.run(
            arguments("out.keras", epochs: 2) + ["--from", "new.keras", "--plot", "history.png", "--force"], in: folder)
        #expect(png.status == 0)
        #expect(try folder.bytes("history.png").prefix(4) == [137, 80, 78, 71])
    }

    /// As `digit-app --save-corrections` leaves it: one drawing of somebody who writes a digit the wrong way round.
    @Test func learnsOneCorrectionWithoutForgettingTheRest() throws {
        let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Fixtures/models/digits.keras").path
        let digits = try #require(try DatasetFinder().load(DatasetSpec("embedded"), scale: .none).test)
        func read(_ model: String, _ file: String) throws -> Int? {
            let json = try Command.run(["recognize", file, "--model", model, "--json"], in: folder).json
            let images = try #require(json["images"] as? [[String: Any]])
            return (images.first?["text"] as? String).flatMap { Int($0) }
        }
        var correction: (file: String, label: Int)?
        for (number, label) in try #require(digits.classes).enumerated() where correction == nil {
            let pixels = digits.inputs.batch([number], on: .shared).elements
            let mirrored = (0..<784).map { UInt8(pixels[$0 / 28 * 28 + 27 - $0 % 28]) }
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: "corrections/\(label)"), withIntermediateDirectories: true)
            let file = "corrections/\(label)/mirrored.png"
            try folder.write(RasterImage(width: 28, height: 28, bytes: mirrored).png(), file)
            guard let found = try read(model, file), found != label else {
                try FileManager.default.removeItem(at: folder.url.appending(path: file))
                continue
            }
            correction = (file, label)
        }
        let (file, label) = try #require(correction, "every digit is read the wrong way round, too")
        let run = try Command.run(
            [
                "train", "--from", model, "--data", "corrections", "--rehearse", "embedded", "--epochs", "1",
                "--learning-rate", "0.0003", "--optimizer", "adam", "-o", "better.keras", "--json",
            ], in: folder)
        #expect(run.status == 0, "\(run.stderr)")
        #expect(run.stderr.contains("4,400 samples of corrections and embedded"), "\(run.stderr)")
        #expect(try read("better.keras", file) == label)
        let accuracy = try #require((try run.json["test"] as? [String: Double])?["accuracy"])
        #expect(accuracy >= 0.995, "the test part of what is rehearsed")
    }

    @Test func learnsFromCorrectionsInFoldersByClass() throws {
        let model = try Model.sequential(
            name: "net", inputShape: [4, 4, 1],
            [("flat", Flatten()), ("out", Dense(units: 3, activation: .softmax))], seed: 1)
        try Tiny.write(model, "new.keras", in: folder)
        for (label, grey) in [(0, UInt8(20)), (2, UInt8(200))] {
            let url = folder.url.appending(path: "corrections/\(label)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            for number in 0..<4 {
                // One is larger than the model's input, and is resized.
                let side = number == 3 ? 8 : 4
                let image = RasterImage(width: side, height: side, bytes: [UInt8](repeating: grey, count: side * side))
                try Data(image.png()).write(to: url.appending(path: "\(number).png"))
            }
        }
        let run = try Command.run(
            [
                "train", "--from", "new.keras", "--data", "corrections", "--epochs", "40", "--optimizer", "adam",
                "--learning-rate", "0.05", "-o", "better.keras", "--json",
            ], in: folder)
        #expect(run.status == 0, "\(run.stderr)")
        #expect(run.stderr.contains("corrections: classes 0, 2"))
        let measured = try Command.run(["evaluate", "better.keras", "--data", "corrections", "--json"], in: folder)
        #expect((try measured.json["metrics"] as? [String: Double])?["accuracy"] == 1)
    }

    @Test func writesTheSchedulesOfKerasIntoTheFile() throws {
        for (course, name) in [
            ("cosine", "CosineDecay"), ("one-cycle", "CosineDecay"), ("piecewise", "PiecewiseConstantDecay"),
            ("exponential", "ExponentialDecay"),
        ] {
            let output = "\(course).keras"
            let run = try Command.run(
                arguments(output) + [
                    "--from", "new.keras", "--learning-rate-schedule", course, "--label-smoothing", "0.1", "--ema",
                    "0.9",
                ], in: folder)
            #expect(run.status == 0, "\(run.stderr)")
            let file = try KerasFile.read(folder.path(output))
            let options = try #require(file.training?.optimizer?.options)
            #expect(options["learning_rate"]?.object?["class_name"]?.string == name)
            #expect(options["use_ema"] == true)
            #expect(file.training?.loss.object?["config"]?.object?["label_smoothing"]?.double == 0.1)
        }
    }

    @Test func evaluatesOnChangedImagesTheSameForTheSameSeed() throws {
        try Tiny.write(Tiny.model(), "new.keras", in: folder)
        try Tiny.writeData(in: folder)
        func evaluate(_ more: String...) throws -> [String: Any] {
            try Command.run(["evaluate", "new.keras", "--data", "data", "--json"] + more, in: folder).json
        }
        let plain = try evaluate()
        let one = try evaluate("--augment", "warp", "--seed", "1")
        #expect(one["metrics"] as? [String: Double] != plain["metrics"] as? [String: Double])
        #expect(
            one["metrics"] as? [String: Double]
                == (try evaluate("--augment", "warp", "--seed", "1", "--threads", "3")["metrics"] as? [String: Double]))
        #expect(
            one["metrics"] as? [String: Double]
                != (try evaluate("--augment", "warp", "--seed", "2")["metrics"] as? [String: Double]))
        #expect((one["augment"] as? String)?.contains("rotate=15") == true)
        #expect(plain["augment"] == nil)
    }

    @Test func stopsAtOnceOnSIGTERMAfterCtrlC() throws {
        try Tiny.write(Tiny.model(), "new.keras", in: folder)
        try Tiny.writeData(in: folder)
        let running = try Command.start(
            ["train", "--from", "new.keras", "--data", "data", "--epochs", "10000000", "-o", "out.keras"], in: folder)
        let deadline = Date(timeIntervalSinceNow: 20)
        while !running.stderrSoFar.contains("Epoch 2/"), Date() < deadline { usleep(1000) }
        running.process.terminate()
        let stopped = try running.finish()
        #expect(stopped.status == 143)
        #expect(try folder.names.contains("out.keras"))
    }

    @Test func writesACSVLogAndStopsEarly() throws {
        let run = try Command.run(
            arguments("out.keras", epochs: 200)
                + [
                    "--from", "new.keras", "--csv-log", "log.csv", "--validation-split", "0.2", "--early-stopping", "2",
                    "--reduce-lr-on-plateau", "1", "--learning-rate", "0.0000001", "--json",
                ], in: folder)
        #expect(run.status == 0, "\(run.stderr)")
        let lines = String(decoding: try folder.bytes("log.csv"), as: UTF8.self).split(separator: "\n")
        #expect(lines.first?.hasPrefix("epoch,") == true)
        #expect(lines.first?.contains("val_loss") == true)
        let epochs = try #require(try run.json["epochs"] as? [Any])
        #expect(lines.count == epochs.count + 1)
    }

    @Test(arguments: [
        (["--data", "data"], "--architecture"),
        (["--from", "a.keras", "--architecture", "mnist-cnn", "--data", "data"], "--architecture"),
        (["--from", "a.keras", "--data", "data", "--epochs", "0"], "--epochs"),
        (["--from", "a.keras", "--data", "data", "--batch-size", "0"], "--batch-size"),
        (["--from", "a.keras", "--data", "data", "--learning-rate", "-1"], "--learning-rate"),
        (["--from", "a.keras", "--data", "data", "--validation-split", "1"], "--validation-split"),
        (["--from", "a.keras", "--data", "data", "--threads", "0"], "--threads"),
        (["--from", "a.keras", "--data", "data", "--resume"], "--checkpoint"),
        (["--from", "a.keras", "--data", "data", "--checkpoint", "c.weights.h5"], ".keras"),
        (["--architecture", "mnist-cnn", "--data", "data", "--by-name"], "--by-name"),
        (["--from", "a.keras"], "--data"),
        (["--from", "a.keras", "--data", "data", "--augment", "twirl"], "\"twirl\" is no augmentation"),
        (["--from", "a.keras", "--data", "data", "--learning-rate-schedule", "sine"], "one-cycle"),
        (["--from", "a.keras", "--data", "data", "--warmup-epochs", "-1"], "--warmup-epochs"),
        (["--from", "a.keras", "--data", "data", "--ema", "1"], "--ema"),
        (["--from", "a.keras", "--data", "data", "--mixup", "0"], "--mixup"),
        (["--from", "a.keras", "--data", "data", "--label-smoothing", "1"], "--label-smoothing"),
        (["--from", "a.keras", "--data", "data", "--weight-decay", "-1"], "--weight-decay"),
        (["--from", "a.keras", "--data", "data", "--class-weights", "0:1"], "--class-weights"),
        (["--from", "a.keras", "--data", "data", "--monitor", "loss"], "--save-best"),
        (["--from", "a.keras", "--data", "data", "--histogram-freq", "1"], "--tensorboard"),
        (
            [
                "--from", "a.keras", "--data", "data", "--learning-rate-schedule", "cosine", "--reduce-lr-on-plateau",
                "2",
            ], "both set the learning rate"
        ),
    ])
    func refusesWrongUsage(_ options: [String], _ named: String) throws {
        let run = try Command.run(["train", "-o", "out.keras"] + options, in: folder)
        #expect(run.status == 64)
        #expect(run.stderr.hasPrefix("keras-bridge: error: "))
        #expect(run.stderr.contains(named), "\(run.stderr)")
    }

    @Test func refusesAnOptimizerThatItDoesNotKnow() throws {
        let run = try Command.run(
            arguments("out.keras") + ["--from", "new.keras", "--optimizer", "adamant"], in: folder)
        #expect(run.status == 64)
        #expect(run.stderr.contains("optimizer \"adamant\" is not supported; supported: Adadelta"))
    }
}
