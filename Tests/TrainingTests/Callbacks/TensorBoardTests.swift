import Foundation
import Networks
import Parity
import Tensors
import Testing
import Training

@Suite struct TensorBoardTests {
    /// A run of two epochs with validation, and the folder that it wrote.
    private func run(histograms: Int = 0, updates: Int = 0) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keras-bridge-tb-\(UUID().uuidString)")
        let model = try Model.sequential(inputShape: [2], [("dense", Dense(units: 1))], seed: 3)
        var trainer = Trainer(model, optimizer: SGD(learningRate: 0.125), loss: MeanSquaredError(), metrics: [])
        let data = try Dataset(Samples(Tensor([2, 2], [1, 2, 3, 4])), Samples(Tensor([2, 1], [1, 0])))
        let board = TensorBoard(
            folder: folder.path, histogramFrequency: histograms, updateFrequency: updates,
            architecture: #"{"class_name": "Sequential"}"#, now: { 1_700_000_000.5 })
        let player = LambdaCallback(onEpochEnd: { epoch, logs, _ in
            (logs["loss"], logs["val_loss"]) = (Double(4 - epoch), Double(epoch) + 0.5)
        })
        _ = try trainer.fit(data, epochs: 2, batchSize: 1, validation: data, callbacks: [player, board])
        return folder
    }

    @Test func theChecksumIsCastagnolis() {
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    }

    @Test func recordsAreFramedAndChecked() throws {
        let folder = try run()
        defer { try? FileManager.default.removeItem(at: folder) }
        for part in ["train", "validation"] {
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/" + part)
            #expect(files.count == 1)
            let name = try #require(files.first)
            #expect(name.hasPrefix("events.out.tfevents.1700000000."))
            let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "\(part)/\(name)")))
            func number(_ at: Int, _ size: Int) -> Int {
                bytes[at..<(at + size)].reversed().reduce(0) { $0 << 8 | Int($1) }
            }
            var (position, events) = (0, 0)
            while position < bytes.count {
                try #require(bytes.count - position >= 16, "a record's frame")
                let length = number(position, 8)
                try #require((0...(bytes.count - position - 16)).contains(length), "the record is whole")
                #expect(number(position + 8, 4) == Int(CRC32C.masked(Array(bytes[position..<(position + 8)]))))
                let message = Array(bytes[(position + 12)..<(position + 12 + length)])
                #expect(number(position + 12 + length, 4) == Int(CRC32C.masked(message)))
                position += 16 + length
                events += 1
            }
            #expect(position == bytes.count)
            // The version, the model, and for each epoch the loss and the learning rate; the loss by epochs and by steps.
            #expect(events == (part == "train" ? 6 : 5))
        }
    }

    @Test func histogramsCountEveryWeight() throws {
        let rows = TensorBoard.histogram(of: Tensor([5], [0, 1, 1.5, 3, 3]))
        try #require(rows.count == 30)
        #expect(rows.reduce(0) { $0 + $1.2 } == 5)
        #expect(rows[0].0 == 0 && rows[29].1 == 3 && rows[29].2 == 2 && rows[10].2 == 1)
        let even = TensorBoard.histogram(of: Tensor([4], repeating: 2))
        try #require(even.count == 30)
        #expect(even[29].2 == 4 && even[29].0 == 1.5 && even[29].1 == 2.5)
    }

    @Test func aSecondRunOverwritesNothing() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keras-bridge-tb-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try EventFile(in: folder, time: 5)
        let second = try EventFile(in: folder, time: 5)
        #expect(first.path != second.path)
    }

    @Test func tensorBoardOrTensorFlowReadsThem() throws {
        let python = try KerasPython.find()
        let folder = try run(histograms: 1, updates: 2)
        defer { try? FileManager.default.removeItem(at: folder) }
        // TensorBoard where it is installed, else TensorFlow's own reader of the same records.
        let script = """
            import sys, json, glob
            out = {}
            def plain(array):
                value = array.tolist()
                return value.decode() if isinstance(value, bytes) else value
            try:
                from tensorboard.backend.event_processing import event_accumulator as ea
                from tensorboard.util import tensor_util
                for part in ["train", "validation"]:
                    a = ea.EventAccumulator(sys.argv[1] + "/" + part, size_guidance={ea.TENSORS: 0}); a.Reload()
                    for tag in a.Tags()["tensors"]:
                        plugin = a.SummaryMetadata(tag).plugin_data.plugin_name
                        out[part + " " + plugin + " " + tag] = [
                            [e.wall_time, e.step, plain(tensor_util.make_ndarray(e.tensor_proto))]
                            for e in a.Tensors(tag)]
            except ImportError:
                import tensorflow as tf
                from tensorflow.core.util import event_pb2
                for part in ["train", "validation"]:
                    for record in tf.data.TFRecordDataset(glob.glob(sys.argv[1] + "/" + part + "/*")):
                        event = event_pb2.Event.FromString(record.numpy())
                        for v in event.summary.value:
                            key = part + " " + v.metadata.plugin_data.plugin_name + " " + v.tag
                            out.setdefault(key, []).append(
                                [event.wall_time, event.step, plain(tf.make_ndarray(v.tensor))])
            print(json.dumps(out))
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = ["-c", script, folder.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let found = try #require(try JSONSerialization.jsonObject(with: text) as? [String: [[Any]]])
        #expect(
            found.keys.sorted() == [
                "train graph_keras_model keras", "train histograms dense/bias/histogram",
                "train histograms dense/kernel/histogram", "train scalars batch_loss",
                "train scalars epoch_learning_rate", "train scalars epoch_loss", "validation scalars epoch_loss",
                "validation scalars evaluation_loss_vs_iterations",
            ], "the tags of Keras' own callback, with update_freq and histogram_freq")
        func scalars(_ tag: String) -> [[Double]] {
            (found[tag] ?? []).map { $0.map { ($0 as? Double) ?? Double($0 as? Int ?? -1) } }
        }
        #expect(scalars("train scalars epoch_loss") == [[1_700_000_000.5, 0, 4], [1_700_000_000.5, 1, 3]])
        #expect(scalars("validation scalars epoch_loss") == [[1_700_000_000.5, 0, 0.5], [1_700_000_000.5, 1, 1.5]])
        #expect(scalars("train scalars epoch_learning_rate").map { $0.last } == [0.125, 0.125])
        #expect(
            scalars("train scalars batch_loss").map { $0.dropFirst().first } == [2, 4],
            "each second batch of all, counted from 1")
        #expect(scalars("validation scalars evaluation_loss_vs_iterations").map { $0.dropFirst().first } == [2, 4])
        #expect(found["train graph_keras_model keras"]?.first?.last as? String == #"{"class_name": "Sequential"}"#)
        let rows = try #require(found["train histograms dense/kernel/histogram"]?.first?.last as? [[Double]])
        #expect(rows.count == 30 && rows.reduce(0) { $0 + ($1.last ?? .nan) } == 2)
    }
}
