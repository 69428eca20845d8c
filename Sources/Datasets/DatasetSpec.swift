import Foundation

/// A data set that is known by name.
public enum DatasetName: String, Sendable, Hashable, CaseIterable {
    /// 5,000 digits of MNIST that are part of this program: 4,000 to train, 1,000 to test.
    case embedded
    /// The 70,000 handwritten digits of LeCun, Cortes and Burges.
    case mnist
    /// The 70,000 pictures of clothes of Xiao, Rasul and Vollgraf, in MNIST's shape.
    case fashionMNIST = "fashion-mnist"

    static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// What follows `--data`: a name, a folder of IDX files, or `x.npy:y.npy`, or `x.npy:y.npy:weights.npy`.
public enum DatasetSpec: Sendable, Hashable, CustomStringConvertible {
    case named(DatasetName)
    /// A folder of four IDX files with MNIST's names, gzipped or not; the test pair or the training pair may be absent.
    /// Or else images by class, `class_name/*.png`, perhaps within `train` and `test`.
    case folder(String)
    /// Inputs and labels as NumPy arrays, and perhaps how much each sample counts.
    case arrays(x: String, y: String, weights: String? = nil)

    /// Reads the text; a name wins over a folder of that name (write `./mnist` for the folder).
    ///
    /// - Throws: ``DatasetError/unknown(spec:)`` for anything else.
    public init(_ text: String) throws(DatasetError) {
        if let name = DatasetName(rawValue: text) {
            self = .named(name)
            return
        }
        if let middle = text.range(of: ".npy:") {
            let x = String(text[..<middle.lowerBound]) + ".npy"
            let rest = text[middle.upperBound...]
            if let second = rest.range(of: ".npy:") {
                self = .arrays(
                    x: x, y: String(rest[..<second.lowerBound]) + ".npy", weights: String(rest[second.upperBound...]))
            } else {
                self = .arrays(x: x, y: String(rest))
            }
            return
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: text, isDirectory: &isFolder), isFolder.boolValue else {
            throw text.contains("/") ? .notFound(spec: text, places: [text]) : .unknown(spec: text)
        }
        self = .folder(text)
    }

    public var description: String {
        switch self {
        case .named(let name): name.rawValue
        case .folder(let path): path
        case .arrays(let x, let y, let weights): ([x, y] + (weights.map { [$0] } ?? [])).joined(separator: ":")
        }
    }
}
