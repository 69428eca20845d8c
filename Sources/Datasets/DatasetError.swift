/// Why a data set could not be had, in one sentence.
public enum DatasetError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text names no data set.
    case unknown(spec: String)
    /// Nothing there; `places` are all that were looked at, each with what was wrong.
    case notFound(spec: String, places: [String])
    /// A download failed; what had arrived is kept and the next try goes on from there.
    case downloadFailed(url: String, reason: String)
    /// A file is not the one that is meant; it was thrown away.
    case wrongChecksum(file: String, expected: String, found: String)
    /// The cache could not be written.
    case notWritable(path: String, reason: String)
    /// A file was found but cannot be read as what it should be.
    case unreadable(reason: String)

    public var description: String {
        switch self {
        case .unknown(let spec):
            return
                "\"\(spec)\" is no data set; expected \(DatasetName.list), a folder of IDX files or of images by class, or x.npy:y.npy"
        case .notFound(let spec, let places):
            return "data set \(spec) not found; looked in: \(places.joined(separator: ", "))"
        case .downloadFailed(let url, let reason):
            return "\(url) could not be downloaded: \(reason); run the command again to go on where it stopped"
        case .wrongChecksum(let file, let expected, let found):
            return "\(file) — expected SHA-256 \(expected), found \(found); it was not kept"
        case .notWritable(let path, let reason):
            return "\(path) could not be written: \(reason)"
        case .unreadable(let reason):
            return reason
        }
    }
}
