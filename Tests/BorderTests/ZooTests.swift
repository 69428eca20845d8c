import KerasFiles
import Networks
import Parity
import Runtime
import Tensors
import TestSupport
import Testing

/// A sample of `keras.applications` at small sizes; `Scripts/zoo.py` does the same for all of them.
@Suite(.serialized) struct ZooTests {
    struct Animal: Sendable, CustomTestStringConvertible {
        var name: String
        var engine: KerasProcess.Engine
        var testDescription: String { "\(name), \(engine)" }
    }

    static let animals = [
        Animal(name: "MobileNetV3Small", engine: .keras3), Animal(name: "MobileNetV3Small", engine: .tfKeras),
        Animal(name: "MobileNet", engine: .keras3),
    ]

    /// The net with random weights that keep the signal of every layer at about the same size.
    private static func build(_ name: String) -> String {
        """
        keras.utils.set_random_seed(3)
        net = keras.applications.\(name)(
            weights=None, input_shape=(64, 64, 3), classes=20, classifier_activation=None)
        random = np.random.default_rng(7)
        for w in net.weights:
            name, shape = getattr(w, "path", w.name).split("/")[-1].split(":")[0], tuple(w.shape)
            if "kernel" in name:
                fan = np.prod(shape[:-2] if "depthwise" in getattr(w, "path", w.name) else shape[:-1])
                value = random.normal(0, np.sqrt(1.5 / fan), shape)
            elif name in ("gamma", "variance", "moving_variance"):
                value = random.uniform(0.7, 1.3, shape)
            elif name in ("beta", "bias", "mean", "moving_mean"):
                value = random.normal(0, 0.2, shape)
            else:
                continue
            w.assign(value.astype("float32"))
        made = [net]
        """
    }

    @Test(arguments: animals)
    func predictsTheSameInBothAndComesBack(_ animal: Animal) throws {
        let process = try LiveKeras.of(animal.engine)
        let net = try #require(try process.run(Self.build(animal.name), inputs: []).made.first)
        let images = LayerCheck.uniform([2, 64, 64, 3], Random(seed: 3), from: 0, to: 255)
        let expected = try net.predict([images])[0]
        let size = expected.elements.map(abs).max() ?? 0
        let folder = try ScratchFolder()
        for name in ["net.keras", "net.h5"] {
            let path = folder.path(name)
            try net.save(path)
            let file = try KerasFile.read(path)
            #expect(file.ledger.isComplete)
            let ours = try Session(file.model).predict([images])[0]
            #expect(size > 0.01 && largestDifference(ours, expected) <= 1e-4 * size, "\(name)")
            let again = folder.path("again-" + name)
            try file.write(
                to: again, format: name.hasSuffix("h5") ? .legacyH5 : .archive,
                dialect: animal.engine == .keras3 ? .keras3 : .keras2)
            #expect(try process.load(again).predict([images])[0] == expected, "\(name) again")
        }
    }
}
