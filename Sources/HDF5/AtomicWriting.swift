import Saving

/// Writes a file so that at every moment `path` holds either the old content or all of the new one.
///
/// - Parameter replacing: whether a file that is there may be replaced.
public func writeAtomically(
    _ bytes: UnsafeRawBufferPointer, to path: String, replacing: Bool
) throws(HDF5Error) {
    do throws(SavingError) {
        try Saving.writeAtomically(bytes, to: path, replacing: replacing)
    } catch {
        throw HDF5Error(Place(file: path), HDF5Error.Problem(error))
    }
}

extension HDF5Error.Problem {
    init(_ error: SavingError) {
        switch error {
        case .exists: self = .fileExists
        case .notAFile: self = .notAFile
        case .badName(let reason): self = .badName(reason)
        case .system(let operation, let reason): self = .system(operation: operation, reason: reason)
        }
    }
}
