import Networks
import Runtime

/// Why a verification could not be done; not a difference between the sides.
public enum ParityError: Error, Sendable, CustomStringConvertible {
    /// The inputs do not fit our model.
    case inputs(InputError)
    /// The real Keras could not be asked.
    case keras(KerasProcessError)
    /// A file with inputs or reference values that cannot be read.
    case file(String, reason: String)
    /// A file that does not exist.
    case fileMissing(String)
    /// A side does not have what the comparison asks for.
    case notAvailable(String, side: String)
    /// The sides cannot be compared at all.
    case mismatch(String)
    /// No samples: nothing was compared, so nothing can be called equal.
    case nothingToCompare
    /// A report that could not be written.
    case cannotWrite(String, reason: String)

    public var description: String {
        switch self {
        case .inputs(let error): error.description
        case .keras(let error): error.description
        case .file(let path, let reason): "\(path) — \(reason)"
        case .fileMissing(let path): "\(path) — there is no such file"
        case .notAvailable(let what, let side): "\(side) has no \(what) to compare with"
        case .mismatch(let sentence): sentence
        case .nothingToCompare: "there are no samples to compare: an empty comparison proves nothing"
        case .cannotWrite(let path, let reason): "\(path) — the report cannot be written: \(reason)"
        }
    }

    /// The exit status for it: 65 bad file, 66 missing file, 74 could not write, else 1.
    public var exitStatus: Int32 {
        switch self {
        case .inputs, .file, .mismatch: 65
        case .fileMissing: 66
        case .cannotWrite: 74
        case .keras, .notAvailable, .nothingToCompare: 1
        }
    }
}
