import Foundation
import KerasBridge
import Testing

/// What each command says to input that it cannot take: one clear sentence on stderr, nothing on stdout, the right status.
@Suite struct InputErrorTests {
    let folder: Folder

    init() throws {
        folder = try Folder()
        try Tiny.write(Tiny.model(), "tiny.keras", in: folder)
        try Tiny.write(Tiny.model(), "tiny.h5", in: folder, .legacyH5)
        try Tiny.write(Tiny.model(), "tiny.weights.h5", in: folder, .weightsH5)
        try Tiny.write(Tiny.model(units: 5), "five.keras", in: folder)
        try folder.write(Array("This is a letter to a friend, and no model at all.".utf8), "letter.h5")
        try folder.write([], "empty.keras")
        let bytes = try folder.bytes("tiny.h5")
        try folder.write(Array(bytes.prefix(bytes.count / 2)), "half.h5")
        try folder.write(Array(bytes.prefix(100)), "stub.h5")
        let archive = try folder.bytes("tiny.keras")
        try folder.write(Array(archive.prefix(archive.count - 100)), "half.keras")
        try folder.write(Array(Self.lambda.utf8), "lambda.json")
        try folder.write(Array("{\"class_name\": ".utf8), "broken.json")
        try NPY.write(Tiny.inputs(), path: folder.path("x.npy"))
        try NPY.write(Tensor([5, 3, 3, 1]), path: folder.path("small.npy"))
        try folder.write(Array("PK\u{5}\u{6}".utf8) + Array(repeating: 0, count: 18), "none.npz")
        try Tiny.writeData(in: folder)
        try Tiny.writeData("short", in: folder)
        let images = try folder.bytes("short/t10k-images-idx3-ubyte")
        try folder.write(Array(images.dropLast(7)), "short/t10k-images-idx3-ubyte")
        try Tiny.writeData("odd", in: folder)
        try folder.write(Tiny.idx([19], Array(repeating: 1, count: 19)), "odd/t10k-labels-idx1-ubyte")
    }

    private static let lambda = """
        {"class_name": "Sequential", "config": {"name": "m", "layers": [
            {"class_name": "InputLayer", "config": {"name": "in", "batch_shape": [null, 4, 4, 1]}},
            {"class_name": "Lambda", "config": {"name": "trick", "function": "x"}},
            {"class_name": "Flatten", "config": {"name": "flat"}}]}}
        """

    @Test(arguments: [
        // command, status, words of the sentence
        (["summary", "nowhere.h5"], 66, ["nowhere.h5", "no such file"]),
        (["evaluate", "nowhere.keras", "--data", "data"], 66, ["nowhere.keras", "no such file"]),
        (["evaluate", "tiny.keras", "--data", "./nowhere"], 66, ["nowhere"]),
        (["evaluate", "tiny.keras", "--data", "nonsense"], 64, ["nonsense", "embedded"]),
        (["predict", "tiny.keras", "--input", "nowhere.npy"], 66, ["nowhere.npy", "no such file"]),
        (["convert", "nowhere.keras", "-o", "out.h5"], 66, ["nowhere.keras", "no such file"]),
        (["inspect", "nowhere.h5"], 66, ["nowhere.h5", "no such file"]),
        (["verify", "tiny.keras", "--reference", "nowhere.npy", "--input", "x.npy"], 66, ["nowhere.npy"]),
        (["train", "--from", "nowhere.keras", "--data", "data", "-o", "out.keras"], 66, ["nowhere.keras"]),
        (["train", "--architecture", "nowhere.json", "--data", "data", "-o", "out.keras"], 66, ["nowhere.json"]),
        (["diff", "tiny.keras", "nowhere.keras"], 66, ["nowhere.keras"]),
        (["doctor", "nowhere.keras"], 66, ["nowhere.keras"]),
        (["bench", "nowhere.keras"], 66, ["nowhere.keras"]),

        (["summary", "letter.h5"], 65, ["letter.h5", "neither HDF5 nor"]),
        (["inspect", "letter.h5"], 65, ["letter.h5", "not an HDF5 file"]),
        (["doctor", "letter.h5"], 65, ["letter.h5"]),
        (["summary", "empty.keras"], 65, ["empty.keras", "empty"]),
        (["summary", "half.h5"], 65, ["half.h5"]),
        (["summary", "stub.h5"], 65, ["stub.h5"]),
        (["inspect", "half.h5"], 65, ["half.h5"]),
        (["summary", "half.keras"], 65, ["half.keras"]),
        (["summary", "."], 65, ["not a regular file"]),
        (["summary", "tiny.weights.h5"], 65, ["tiny.weights.h5", "no architecture", "--architecture"]),
        (["summary", "tiny.weights.h5", "--architecture", "lambda.json"], 65, ["trick", "Lambda", "not supported"]),
        (["summary", "tiny.weights.h5", "--architecture", "broken.json"], 65, ["broken.json", "JSON"]),
        (
            ["summary", "tiny.weights.h5", "--architecture", "five.keras"], 65,
            ["dense", "[18, 5]", "[18, 3]"]
        ),
        (
            ["train", "--architecture", "lambda.json", "--data", "data", "-o", "out.keras"], 65, ["trick", "Lambda"]
        ),
        (["predict", "tiny.keras", "--input", "small.npy"], 65, ["[?, 4, 4, 1]", "[5, 3, 3, 1]"]),
        (["predict", "tiny.keras", "--input", "letter.h5"], 65, ["letter.h5", ".npy"]),
        (["predict", "tiny.keras", "--input", "none.npz"], 65, ["none.npz", "no array"]),
        (["evaluate", "tiny.keras", "--data", "short"], 65, ["t10k-images-idx3-ubyte", "336", "329"]),
        (["evaluate", "tiny.keras", "--data", "odd"], 65, ["t10k-labels-idx1-ubyte", "20", "19"]),
        (["evaluate", "tiny.keras", "--data", "embedded"], 65, ["[?, 4, 4, 1]", "[1000, 28, 28, 1]"]),

        (["convert", "tiny.keras", "-o", "out.onnx"], 64, ["out.onnx", ".keras"]),
        (["convert", "tiny.keras", "-o", "out.keras", "--weights-only"], 64, ["--weights-only"]),
        (["convert", "tiny.keras"], 64, ["--output"]),
        (["convert", "tiny.keras", "-o", "out.h5", "--keras", "4"], 64, ["--keras"]),
        (["predict", "tiny.keras", "--input", "other=x.npy"], 64, ["other", "input_layer"]),
        (["predict", "tiny.keras", "--input", "x.npy", "x.npy"], 64, ["1 input", "found 2"]),
        (["predict", "tiny.keras", "--input", "x.npy", "--output", "y.csv"], 64, ["y.csv"]),
        (["predict", "tiny.keras", "--input", "x.npy", "--output", "a.npy", "b.npy"], 64, ["1 output", "2 file"]),
        (["verify", "tiny.keras"], 64, ["no proof", "--against keras", "--reference"]),
        (["verify", "tiny.keras", "--against", "keras", "--reference", "y.npy"], 64, ["--against", "--reference"]),
        (["verify", "tiny.keras", "--reference", "x.npy", "--input", "x.npy", "--atol", "nobody:1"], 64, ["nobody"]),
        (["convert", "tiny.keras", "-o", "out.h5", "--proof-input", "x.npy"], 64, ["--with-proof"]),
        (["verify", "tiny.keras", "--against", "torch"], 64, ["--against"]),
        (["verify", "tiny.keras", "--against", "keras", "--atol", "many"], 64, ["many"]),
        (["verify", "tiny.keras", "--against", "keras", "--report", "r.doc"], 64, ["r.doc"]),
        (["verify", "tiny.keras", "--reference", "x.npy"], 64, ["--input", "--data"]),
        (["diff", "tiny.keras"], 64, ["<b>"]),
        (["bench", "tiny.keras", "--seconds", "0"], 64, ["--seconds"]),

        (["convert", "tiny.keras", "-o", "tiny.h5"], 74, ["tiny.h5", "--force"]),
        (["convert", "tiny.keras", "-o", "nowhere/out.h5"], 74, ["nowhere"]),
        (["convert", "tiny.keras", "-o", "/dev/null/out.h5"], 74, ["/dev/null"]),
        (["predict", "tiny.keras", "--input", "x.npy", "--output", "x.npy"], 74, ["x.npy", "--force"]),
        (["train", "--from", "tiny.keras", "--data", "data", "-o", "five.keras"], 74, ["five.keras", "--force"]),
    ])
    func isOneSentenceAndAStatus(_ arguments: [String], _ status: Int, _ words: [String]) throws {
        let before = try folder.names
        let command = try Command.run(arguments, in: folder)
        #expect(command.status == status, "\(command.stderr)")
        #expect(command.stdout.isEmpty, "\(command.stdout)")
        let sentences = command.stderr.split(separator: "\n").filter { $0.hasPrefix("keras-bridge: error: ") }
        #expect(sentences.count == 1, "\(command.stderr)")
        for word in words { #expect(sentences.first?.contains(word) == true, "\(word) in \(command.stderr)") }
        #expect(try folder.names == before, "nothing is written")
    }

    @Test(.disabled(if: Command.sanitizer == "thread", "ThreadSanitizer writes more than the limit as it starts"))
    func keepsTheOldFileWhereTheDiskIsFull() throws {
        let before = try folder.bytes("tiny.h5")
        // A limit on the size of files stands for a full disk.
        let run = try Command.run(
            shell: "ulimit -f 1; exec \"$0\" convert five.keras -o tiny.h5 --force", in: folder)
        #expect(run.status == 74, "\(run.stderr)")
        #expect(run.stderr.contains("tiny.h5"))
        #expect(try folder.bytes("tiny.h5") == before)
        #expect(try folder.names.filter { $0.contains("tiny.h5") } == ["tiny.h5"], "no stray temporary file")
    }

    @Test func saysThatStdoutIsFull() throws {
        let run = try Command.run(shell: "exec \"$0\" summary tiny.keras > /dev/full", in: folder)
        #expect(run.status == 74)
        #expect(run.stderr.contains("No space left on device"))
    }

    @Test func refusesAnInstructionSetThatIsNotThere() throws {
        let run = try Command.run("summary", "tiny.keras", in: folder, environment: ["KERAS_BRIDGE_ISA": "mmx"])
        #expect(run.status == 64)
        #expect(
            run.stderr.contains("KERAS_BRIDGE_ISA") && run.stderr.contains("mmx") && run.stderr.contains("reference"))
    }
}
