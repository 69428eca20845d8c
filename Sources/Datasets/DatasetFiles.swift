import Foundation

/// Where the parts of a data set lie.
public enum DatasetFiles: Sendable, Hashable {
    /// The digits inside this program.
    case embedded
    /// Images and labels in IDX files, gzipped or not.
    case idx(train: Pair?, test: Pair?)
    /// One archive with `x_train`, `y_train`, `x_test`, `y_test`, as Keras keeps MNIST.
    case npz(String)
    /// Inputs and labels as NumPy arrays, and perhaps how much each sample counts.
    case npy(Pair, weights: String? = nil)

    /// Images by class; from `train` and `test` in the folder where it has these.
    case images(train: ImageFolder?, test: ImageFolder?)

    /// A file of inputs and the file of their labels.
    public struct Pair: Sendable, Hashable {
        public var inputs: String
        public var labels: String

        public init(inputs: String, labels: String) {
            self.inputs = inputs
            self.labels = labels
        }
    }
}

/// A folder that may hold a data set, and what it lacks.
struct DatasetFolder {
    static let parts = [
        "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
    ]

    let path: String
    /// The file of each part that is there.
    let found: [String: String]

    init(_ path: String) {
        self.path = path
        var found: [String: String] = [:]
        for part in DatasetFolder.parts {
            // Unpackers write the second dot of "images.idx3" back, as it was in the first copies of MNIST.
            let dotted = part.replacingOccurrences(of: "-idx", with: ".idx")
            let names = [part, part + ".gz", dotted, dotted + ".gz"]
            found[part] = names.map { path + "/" + $0 }.first(where: FileManager.default.fileExists(atPath:))
        }
        self.found = found
    }

    private func pair(_ images: String, _ labels: String) -> DatasetFiles.Pair? {
        guard let inputs = found[images], let labels = found[labels] else { return nil }
        return .init(inputs: inputs, labels: labels)
    }

    var train: DatasetFiles.Pair? { pair(DatasetFolder.parts[0], DatasetFolder.parts[1]) }
    var test: DatasetFiles.Pair? { pair(DatasetFolder.parts[2], DatasetFolder.parts[3]) }

    /// The names of the parts that are not there.
    var missing: [String] { DatasetFolder.parts.filter { found[$0] == nil } }

    /// For messages: the folder and what is wrong with it.
    var complaint: String {
        if !FileManager.default.fileExists(atPath: path) { return path }
        return found.isEmpty ? "\(path) (no IDX files)" : "\(path) (without \(missing.joined(separator: ", ")))"
    }
}
