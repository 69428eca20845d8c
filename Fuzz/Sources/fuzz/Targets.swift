import Digits
import Foundation
import HDF5
import Images
import KerasBridge

/// What is fuzzed: each takes bytes from outside to the end, or to its error.
enum Target: String, CaseIterable {
    case hdf5, config, archive, npy, npz, idx, png, jpeg, photo, pixels

    func run(_ bytes: [UInt8]) {
        // Errors are what a damaged file should give; crashes, hangs and memory are looked for.
        switch self {
        case .hdf5: _ = readEverything(bytes)
        case .config:
            _ = try? JSON.parse(bytes)
            withFile(bytes, "json") { _ = try? KerasFile.readArchitecture($0) }
        case .archive:
            withFile(bytes, "keras") {
                _ = try? KerasFile.read($0)
                _ = try? Inspection($0, withStatistics: true)
            }
        case .npy: _ = try? NPY.read(bytes, name: "fuzz.npy")
        case .npz: withFile(bytes, "npz") { _ = try? NPZ.read(path: $0) }
        case .idx: _ = try? IDX.read(bytes, name: "fuzz.idx")
        case .png, .jpeg:
            _ = try? ImageFile.read(bytes, name: "fuzz image", channels: 1)
            _ = try? ImageFile.read(bytes, name: "fuzz image", channels: 3)
        case .photo:
            // Whatever picture it is, it becomes ink, and the ink boxes.
            var limits = ImageLimits()
            limits.pixels = 1 << 20
            guard let image = try? RasterImage(decoding: bytes, name: "fuzz image", limits: limits) else { return }
            guard let ink = try? Photo.ink(from: image) else { return }
            Target.prepare(ink)
        case .pixels:
            // What the digit app takes over HTTP.
            guard let message = try? PixelMessage(reading: Data(bytes), limit: 1 << 16) else { return }
            Target.prepare(message.ink)
        }
    }

    /// The files that fuzzing begins with, by their paths in `package`.
    func seeds(in package: String) -> [String] {
        let places: [(folder: String, endings: [String])] =
            switch self {
            case .hdf5: [("Fixtures/keras", [".h5"]), ("Fixtures/hdf5", ["types.h5"])]
            case .config: [("Fixtures/keras", [".json"])]
            case .archive: [("Fixtures/keras", [".keras"])]
            case .photo: [("Fixtures/images", [".png", ".jpg"])]
            case .npy, .npz, .idx, .png, .jpeg, .pixels: [("Fuzz/Corpus/\(rawValue)", [""])]
            }
        return places.flatMap { place in
            let folder = "\(package)/\(place.folder)"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []  // the caller says so
            return names.filter { name in place.endings.contains { $0.isEmpty || name.hasSuffix($0) } }.sorted()
                .map { "\(folder)/\($0)" }
        }
    }

    private static func prepare(_ ink: Ink) {
        for box in (try? Segmentation.boxes(in: ink)) ?? [] { _ = InkPreparation(ink.cropped(to: box)) }
    }

    /// Puts bytes where readers of paths find them, in memory where the system has such a folder.
    private func withFile(_ bytes: [UInt8], _ ending: String, _ body: (String) -> Void) {
        let path = "\(Target.folder)/keras-bridge-fuzz-\(getpid()).\(ending)"
        guard let file = fopen(path, "wb") else { fatalError("\(path) cannot be written") }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        body(path)
        unlink(path)
    }

    private static let folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
}
