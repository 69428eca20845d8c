import Datasets
import Foundation
import Images
import Parity
import Tensors
import Testing
import Training

@Suite struct DatasetLoaderTests {
    private let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "loader-tests-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func tidy() { try? FileManager.default.removeItem(atPath: folder) }

    @Test func readsTheEmbeddedDigits() throws {
        defer { tidy() }
        let data = try DatasetFinder(environment: [:]).load(.named(.embedded))
        let train = try #require(data.train)
        let test = try #require(data.test)
        #expect(train.inputs.shape == [4000, 28, 28, 1])
        #expect(test.inputs.shape == [1000, 28, 28, 1])
        for (part, each) in [(train, 400), (test, 100)] {
            let classes = try #require(part.classes)
            #expect((0..<10).map { digit in classes.count { $0 == digit } } == [Int](repeating: each, count: 10))
            #expect(part.classCount == 10)
            #expect(Array(classes.prefix(12)) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
        }
        #expect(data.evaluation.count == 1000)
    }

    /// The first training digit five is MNIST's first digit; a few of its pixels are known by heart.
    @Test(arguments: [(PixelScale.none, Float(1)), (.unit, 255)])
    func scalesPixels(_ scale: PixelScale, divisor: Float) throws {
        defer { tidy() }
        let data = try DatasetFinder(environment: [:]).load(.named(.embedded), scale: scale)
        let five = try #require(data.train).inputs.batch([5], on: .shared)
        let row = (0..<28).map { five[5 * 28 + $0] * divisor }
        let expected: [Float] = [3, 18, 18, 18, 126, 136, 175, 26, 166, 255, 247, 127]
        #expect(zip(row[12..<24], expected).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(row[0..<12].allSatisfy { $0 == 0 })
    }

    @Test func readsAFolderOfUnpackedFiles() throws {
        defer { tidy() }
        try write(idx: [2, 2, 3], (0..<12).map { UInt8($0) }, "t10k-images-idx3-ubyte")
        try write(idx: [2], [7, 1], "t10k-labels-idx1-ubyte")
        let data = try DatasetFinder(environment: [:]).load(DatasetSpec(folder), scale: .none)
        #expect(data.train == nil)
        #expect(data.evaluation.inputs.tensor() == Tensor([2, 2, 3, 1], (0..<12).map { Float($0) }))
        #expect(data.evaluation.classes == [7, 1])
        let rows = try data.evaluation.dataset(oneHot: 8)
        #expect(rows.targets[0].tensor() == Tensor([2, 8], [0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]))
    }

    /// Writes an image of one grey.
    private func image(_ path: String, _ grey: UInt8, width: Int = 4, height: Int = 3) throws {
        let file = URL(fileURLWithPath: folder + "/" + path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        let image = RasterImage(width: width, height: height, bytes: [UInt8](repeating: grey, count: width * height))
        try Data(image.png()).write(to: file)
    }

    private func loaded(_ shape: Shape?, _ scale: PixelScale = .none) throws -> LoadedDataset {
        try DatasetFinder(environment: [:]).load(DatasetSpec(folder), scale: scale, imageShape: shape)
    }

    @Test func readsImagesByClassInTheOrderOfTheirNames() throws {
        defer { tidy() }
        for (name, greys) in [("dog", [10, 11]), ("cat", [20, 21, 22]), ("ant/brown", [30])] as [(String, [UInt8])] {
            for grey in greys { try image("\(name)/\(grey).png", grey) }
        }
        try Data("notes".utf8).write(to: URL(fileURLWithPath: folder + "/cat/readme.txt"))
        let data = try loaded([Shape.unknown, Shape.unknown, 1])
        let train = try #require(data.train)
        #expect(data.test == nil)
        #expect(data.classNames == [0: "ant", 1: "cat", 2: "dog"])
        #expect(train.inputs.shape == [6, 3, 4, 1])
        let greys = (0..<6).map { train.inputs.batch([$0], on: .shared)[0] }
        #expect(greys.sorted() == [10, 11, 20, 21, 22, 30])
        #expect(train.classes == greys.map { $0 < 20 ? 2 : $0 < 30 ? 1 : 0 })
        #expect(try loaded([Shape.unknown, Shape.unknown, 1]).train?.classes == train.classes, "always in one order")
        guard case .images(let found?, nil) = data.files else { return #expect(Bool(false)) }
        #expect(found.otherFiles == 1)
    }

    /// What digit-app keeps of corrections: a folder for each digit that was corrected, and no other.
    @Test func foldersNamedByNumbersAreTheNumbersOfTheirClasses() throws {
        defer { tidy() }
        try image("7/a.png", 70, width: 28, height: 28)
        try image("3/b.png", 30, width: 28, height: 28)
        let data = try loaded([28, 28, 1], .unit)
        let train = try #require(data.train)
        #expect(Set(train.classes ?? []) == [3, 7])
        let rows = try train.dataset(oneHot: 10).targets[0].tensor()
        #expect(rows.elements.reduce(0, +) == 2)
        #expect(train.inputs.batch([0], on: .shared)[0] == Float(train.classes?.first == 7 ? 70 : 30) / 255)
        // Models that take images without a channel axis get them so.
        #expect(try loaded([28, 28]).train?.inputs.shape == [2, 28, 28])
        #expect(try loaded([28, 28, 3]).train?.inputs.shape == [2, 28, 28, 3])
    }

    @Test func foldersTrainAndTestAreTheParts() throws {
        defer { tidy() }
        try image("train/0/a.png", 1)
        try image("train/1/a.png", 2)
        try image("test/1/a.png", 3)
        let data = try loaded(nil)
        #expect(data.train?.count == 2 && data.test?.count == 1)
        #expect(data.evaluation.classes == [1])
        #expect(data.evaluation.inputs.shape == [1, 3, 4, 3])
    }

    /// Half as many pixels: bilinear without filtering takes the middle of each pair, as TensorFlow does.
    @Test func imagesOfAnotherSizeAreResizedBilinearly() throws {
        defer { tidy() }
        let rows: [UInt8] = [0, 10, 20, 30, 40, 50, 60, 70]
        try FileManager.default.createDirectory(atPath: folder + "/a", withIntermediateDirectories: true)
        let image = RasterImage(width: 4, height: 2, bytes: rows)
        try Data(image.png()).write(to: URL(fileURLWithPath: folder + "/a/x.png"))
        #expect(try loaded([1, 2, 1]).train?.inputs.tensor() == Tensor([1, 1, 2, 1], [25, 45]))
        #expect(try loaded([2, 4, 1]).train?.inputs.tensor() == Tensor([1, 2, 4, 1], rows.map(Float.init)))
    }

    /// The same pixels as real Keras' `image_dataset_from_directory`, whatever the sizes.
    @Test(arguments: [(1, "grayscale"), (3, "rgb")])
    func imagesAreResizedAsKerasDoes(_ channels: Int, _ mode: String) throws {
        defer { tidy() }
        let random = Random(seed: 3)
        for (number, size) in [(9, 7), (20, 31), (3, 2), (50, 64)].enumerated() {
            let (width, height) = size
            // Colours become grey by Pillow's weights, as in `load_img`; TensorFlow has others for PNG, so grey stays grey.
            let bytes = (0..<(3 * width * height)).map {
                UInt8(truncatingIfNeeded: random.stream(UInt64(number)).word(at: channels == 3 ? $0 : $0 / 3))
            }
            let file = URL(fileURLWithPath: "\(folder)/images/\(number % 2)/\(number).png")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(RasterImage(width: width, height: height, channels: 3, bytes: bytes).png()).write(to: file)
        }
        let script = """
            import os, sys; os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
            import keras, numpy
            data = keras.utils.image_dataset_from_directory(
                sys.argv[1] + "/images", image_size=(7, 9), color_mode=sys.argv[2], shuffle=False, batch_size=8, verbose=False)
            for x, y in data: numpy.save(sys.argv[1] + "/x.npy", x.numpy()); numpy.save(sys.argv[1] + "/y.npy", y.numpy())
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try KerasPython.find())
        process.arguments = ["-c", script, folder, mode]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let expected = try NPY.read(path: folder + "/x.npy").tensor()
        let finder = DatasetFinder(environment: [:])
        let data = try #require(
            try finder.load(.folder(folder + "/images"), scale: .none, imageShape: [7, 9, channels]).train)
        // Ours come in an order drawn once for all, Keras' here by name.
        let order = Random(seed: 0).permutation(4)
        let found = data.inputs.tensor()
        #expect(found.shape == expected.shape)
        var gap: Float = 0
        for (place, image) in order.enumerated() {
            for k in 0..<(63 * channels) {
                gap = max(gap, abs(found[place * 63 * channels + k] - expected[image * 63 * channels + k]))
            }
        }
        #expect(gap < 1e-3, "\(gap)")
        let labels = try NPY.read(path: folder + "/y.npy").tensor().elements
        #expect(data.classes == order.map { Int(labels[$0]) })
    }

    @Test func samplesAreWeighedByAThirdArray() throws {
        defer { tidy() }
        try NPY.write(Tensor([3, 2], [1, 2, 3, 4, 5, 6]), path: folder + "/x.npy")
        try NPY.write(Tensor([3, 1], [0, 1, 2]), path: folder + "/y.npy")
        try NPY.write(Tensor([3], [0.5, 0, 2]), path: folder + "/w.npy")
        try NPY.write(Tensor([2], [1, 1]), path: folder + "/few.npy")
        try NPY.write(Tensor([3], [1, -1, 1]), path: folder + "/less.npy")
        func load(_ weights: String) throws -> LabeledSamples {
            let spec = try DatasetSpec("\(folder)/x.npy:\(folder)/y.npy:\(folder)/\(weights)")
            #expect(spec.description.hasSuffix(":\(folder)/\(weights)"))
            return try DatasetFinder(environment: [:]).load(spec).evaluation
        }
        #expect(try load("w.npy").dataset().sampleWeights == [0.5, 0, 2])
        #expect(try load("w.npy").dataset(oneHot: 3).sampleWeights == [0.5, 0, 2])
        for (name, part) in [
            ("few.npy", "a weight for each of 3 samples"), ("less.npy", "at least 0"), ("no.npy", "no.npy"),
        ] {
            let error = #expect(throws: DatasetError.self) { try load(name) }
            #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
        }
    }

    @Test func aFewNewSamplesAreRepeatedAmongThoseRehearsed() throws {
        defer { tidy() }
        func write(_ name: String, _ count: Int, from first: Float, weights: [Float]? = nil) throws -> LabeledSamples {
            let numbers = (0..<count).map { first + Float($0) }
            try NPY.write(Tensor([count, 1], numbers), path: "\(folder)/\(name)x.npy")
            try NPY.write(
                Tensor([count], numbers.map { $0.truncatingRemainder(dividingBy: 3) }), path: "\(folder)/\(name)y.npy")
            var spec = "\(folder)/\(name)x.npy:\(folder)/\(name)y.npy"
            if let weights {
                try NPY.write(Tensor([count], weights), path: "\(folder)/\(name)w.npy")
                spec += ":\(folder)/\(name)w.npy"
            }
            return try #require(try DatasetFinder(environment: [:]).load(DatasetSpec(spec)).train)
        }
        let new = try write("new", 2, from: 100, weights: [2, 3])
        let together = try new.rehearsing(write("old", 65, from: 0))
        #expect(together.count == 3 * 2 + 65)
        #expect(Array(together.inputs.tensor().elements.prefix(8)) == [100, 101, 100, 101, 100, 101, 0, 1])
        #expect(together.classes.map { Array($0.prefix(8)) } == [1, 2, 1, 2, 1, 2, 0, 1])
        #expect(together.weights.map { Array($0.prefix(8)) } == [2, 3, 2, 3, 2, 3, 1, 1])
        #expect(try new.rehearsing(write("few", 5, from: 0)).count == 2 + 5)
        let digits = try #require(try DatasetFinder(environment: [:]).load(.named(.embedded)).train)
        #expect(throws: DataError.self) { try new.rehearsing(digits) }
        let half = Samples(joining: [digits.inputs[0..<2], digits.inputs[7..<8]])
        #expect(half.tensor() == digits.inputs.batch([0, 1, 7], on: .shared))
        #expect(half.white == 1, "bytes stay bytes, scaled")
    }

    @Test func namesTheImageThatIsNone() throws {
        defer { tidy() }
        try image("a/good.png", 1)
        try Data("no image".utf8).write(to: URL(fileURLWithPath: folder + "/a/bad.jpg"))
        let error = #expect(throws: DatasetError.self) { try loaded([3, 4, 1]) }
        #expect(
            error?.description.contains("a/bad.jpg: expected a PNG or JPEG image") == true,
            "\(error?.description ?? "")")
    }

    @Test func saysWhereItLookedForImages() throws {
        defer { tidy() }
        let error = #expect(throws: DatasetError.self) { try loaded(nil) }
        #expect(error?.description.contains("\(folder)/CLASS/*.png|jpg|jpeg") == true, "\(error?.description ?? "")")
    }

    @Test func readsTheArchiveThatKerasKeeps() throws {
        defer { tidy() }
        try FileManager.default.createDirectory(atPath: folder + "/datasets", withIntermediateDirectories: true)
        func bytes(_ shape: Shape, _ bytes: [UInt8]) -> NumberArray { NumberArray(.uint8, shape, bytes: bytes) }
        try NPZ.write(
            [
                ("x_test", bytes([1, 2, 2], [0, 255, 51, 102])),
                ("x_train", bytes([2, 2, 2], [UInt8](repeating: 255, count: 8))),
                ("y_train", bytes([2], [3, 4])), ("y_test", bytes([1], [5])),
            ], path: folder + "/datasets/mnist.npz")
        let finder = DatasetFinder(
            environment: ["KERAS_HOME": folder, "HOME": folder], debian: folder + "/debian", sources: [:])
        let data = try finder.load(.named(.mnist))
        #expect(data.train?.classes == [3, 4])
        #expect(data.test?.inputs.tensor() == Tensor([1, 2, 2, 1], [0, 1, 0.2, 0.4]))
    }

    @Test func readsArraysAsTheyAre() throws {
        defer { tidy() }
        try NPY.write(Tensor([3, 2], [1, 2, 3, 4, 5, 300]), path: folder + "/x.npy")
        try NPY.write(Tensor([3, 1], [0.5, 1, 2]), path: folder + "/y.npy")
        let data = try DatasetFinder(environment: [:]).load(DatasetSpec("\(folder)/x.npy:\(folder)/y.npy"))
        #expect(data.evaluation.inputs.tensor() == Tensor([3, 2], [1, 2, 3, 4, 5, 300]))
        #expect(data.evaluation.classes == nil)
        #expect(throws: DataError.self) { try data.evaluation.dataset(oneHot: 3) }
    }

    @Test func saysWhichLabelsDoNotFit() throws {
        defer { tidy() }
        try write(idx: [2, 2, 3], [UInt8](repeating: 0, count: 12), "train-images-idx3-ubyte")
        try write(idx: [3], [7, 1, 2], "train-labels-idx1-ubyte")
        let error = #expect(throws: DatasetError.self) { try DatasetFinder(environment: [:]).load(DatasetSpec(folder)) }
        #expect(
            error?.description
                == "\(folder)/train-labels-idx1-ubyte: expected 2 labels as in \(folder)/train-images-idx3-ubyte, found shape [3]"
        )
    }

    @Test func saysWhichFileIsTooShort() throws {
        defer { tidy() }
        try write(idx: [2, 2, 3], [UInt8](repeating: 0, count: 11), "train-images-idx3-ubyte")
        try write(idx: [2], [7, 1], "train-labels-idx1-ubyte")
        let error = #expect(throws: DatasetError.self) { try DatasetFinder(environment: [:]).load(DatasetSpec(folder)) }
        #expect(
            error?.description
                == "\(folder)/train-images-idx3-ubyte: expected 28 bytes for shape [2, 2, 3], found 27")
    }

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist"),
            "Debian's package dataset-fashion-mnist is not installed"))
    func readsDebiansFashionMNIST() throws {
        defer { tidy() }
        let data = try DatasetFinder(environment: ["HOME": folder]).load(.named(.fashionMNIST))
        #expect(data.train?.inputs.shape == [60_000, 28, 28, 1])
        #expect(data.test?.classes?.prefix(5) == [9, 2, 1, 1, 6])
    }

    private func write(idx extents: [Int], _ body: [UInt8], _ name: String) throws {
        var header: [UInt8] = [0, 0, 8, UInt8(extents.count)]
        for extent in extents { header += [0, 0, UInt8(extent >> 8), UInt8(extent & 255)] }
        try Data(header + body).write(to: URL(fileURLWithPath: folder + "/" + name))
    }
}
