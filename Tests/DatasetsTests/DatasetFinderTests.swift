import Datasets
import Foundation
import Testing

/// Every test has a home folder of its own, and finds nothing on this machine or the web.
@Suite struct DatasetFinderTests {
    private let home: String

    init() throws {
        home = FileManager.default.temporaryDirectory.appending(path: "finder-tests-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    }

    private func finder(
        _ environment: [String: String] = [:], sources: [DatasetName: [RemoteFile]] = [:]
    ) -> DatasetFinder {
        DatasetFinder(
            environment: ["HOME": home].merging(environment) { $1 }, debian: home + "/debian", sources: sources)
    }

    private static let parts = [
        "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
    ]

    private func put(_ files: [String], in folder: String) throws {
        try FileManager.default.createDirectory(atPath: home + "/" + folder, withIntermediateDirectories: true)
        for file in files { try Data([1]).write(to: URL(fileURLWithPath: "\(home)/\(folder)/\(file)")) }
    }

    private func tidy() { try? FileManager.default.removeItem(atPath: home) }

    private func idx(_ folder: String, ending: String = "") -> DatasetFiles {
        let paths = Self.parts.map { "\(home)/\(folder)/\($0)\(ending)" }
        return .idx(
            train: .init(inputs: paths[0], labels: paths[1]), test: .init(inputs: paths[2], labels: paths[3]))
    }

    @Test(arguments: [
        ("embedded", DatasetSpec.named(.embedded)), ("mnist", .named(.mnist)), ("fashion-mnist", .named(.fashionMNIST)),
        ("/tmp", .folder("/tmp")), ("a/x.npy:b/y.npy", .arrays(x: "a/x.npy", y: "b/y.npy")),
    ])
    func understandsASpec(_ text: String, _ spec: DatasetSpec) throws {
        #expect(try DatasetSpec(text) == spec)
        #expect(spec.description == text)
    }

    @Test func saysWhatASpecMayBe() {
        let error = #expect(throws: DatasetError.self) { try DatasetSpec("minst") }
        #expect(
            error?.description
                == "\"minst\" is no data set; expected embedded, mnist, fashion-mnist, a folder of IDX files or of images by class, or x.npy:y.npy"
        )
    }

    @Test func hasTheEmbeddedDigitsEverywhere() throws {
        defer { tidy() }
        #expect(try finder().find(.named(.embedded)) == .embedded)
    }

    @Test func prefersTheFolderThatTheEnvironmentNames() throws {
        defer { tidy() }
        for folder in ["data/mnist", "debian/mnist", ".cache/keras-bridge/mnist"] { try put(Self.parts, in: folder) }
        try put(["mnist.npz"], in: ".keras/datasets")
        let set = ["KERAS_BRIDGE_DATA": home + "/data"]
        #expect(try finder(set).find(.named(.mnist)) == idx("data/mnist"))
        #expect(try finder().find(.named(.mnist)) == idx("debian/mnist"))
        try FileManager.default.removeItem(atPath: home + "/debian")
        #expect(try finder().find(.named(.mnist)) == .npz(home + "/.keras/datasets/mnist.npz"))
        try FileManager.default.removeItem(atPath: home + "/.keras")
        #expect(try finder().find(.named(.mnist)) == idx(".cache/keras-bridge/mnist"))
    }

    @Test func takesGzippedFilesAndDottedNames() throws {
        defer { tidy() }
        try put(Self.parts.map { $0 + ".gz" }, in: "debian/fashion-mnist")
        #expect(try finder().find(.named(.fashionMNIST)) == idx("debian/fashion-mnist", ending: ".gz"))
        try put(["t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"], in: "mine")
        let folder = home + "/mine"
        #expect(
            try finder().find(.folder(folder))
                == .idx(
                    train: nil,
                    test: .init(inputs: folder + "/t10k-images.idx3-ubyte", labels: folder + "/t10k-labels.idx1-ubyte"))
        )
    }

    @Test func namesEveryPlaceWhereItLooked() throws {
        defer { tidy() }
        try put(Array(Self.parts.dropLast()), in: "data/mnist")
        let error = #expect(throws: DatasetError.self) {
            try finder(["KERAS_BRIDGE_DATA": home + "/data"]).find(.named(.mnist))
        }
        #expect(
            error
                == .notFound(
                    spec: "mnist",
                    places: [
                        "\(home)/data/mnist (without t10k-labels-idx1-ubyte)", "\(home)/debian/mnist",
                        "\(home)/.keras/datasets/mnist", "\(home)/.cache/keras-bridge/mnist",
                    ]))
    }

    @Test func downloadsIntoTheCacheWhatIsNowhere() throws {
        defer { tidy() }
        let content = Array("a small archive".utf8)
        let server = try LoopbackServer { _ in LoopbackServer.response("200 OK", content) }
        defer { server.stop() }
        let remote = RemoteFile(
            url: server.url("mnist.npz"), name: "mnist.npz", byteCount: content.count,
            sha256: Checksum.digits(of: content))
        let finder = finder(["XDG_CACHE_HOME": home + "/xdg"], sources: [.mnist: [remote]])
        let expected = DatasetFiles.npz(home + "/xdg/keras-bridge/mnist/mnist.npz")
        #expect(try finder.find(.named(.mnist)) == expected)
        #expect(try finder.find(.named(.mnist)) == expected)
        #expect(server.requests.count == 1)
    }

    @Test func saysWhereItLookedWhenADownloadFails() throws {
        defer { tidy() }
        let remote = RemoteFile(url: "http://127.0.0.1:1/mnist.npz", name: "mnist.npz", byteCount: 1, sha256: "")
        let error = #expect(throws: DatasetError.self) { try finder(sources: [.mnist: [remote]]).find(.named(.mnist)) }
        #expect(error?.description.contains("not found in \(home)/debian/mnist, ") == true)
        #expect(error?.description.contains("http://127.0.0.1:1/mnist.npz could not be downloaded") == true)
    }

    @Test func saysWhichArrayIsMissing() {
        defer { tidy() }
        #expect(throws: DatasetError.notFound(spec: "/no/x.npy:/no/y.npy", places: ["/no/x.npy", "/no/y.npy"])) {
            try finder().find(.arrays(x: "/no/x.npy", y: "/no/y.npy"))
        }
    }
}
