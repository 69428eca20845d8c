import KerasBridge

/// The format that a file's ending names.
///
/// - Parameter weightsOnly: whether `.h5` means weights alone.
func outputFormat(of path: String, weightsOnly: Bool = false) throws(CommandError) -> KerasFile.Format {
    let name = path.lowercased()
    if name.hasSuffix(".weights.h5") { return .weightsH5 }
    if name.hasSuffix(".h5") || name.hasSuffix(".hdf5") { return weightsOnly ? .legacyWeightsH5 : .legacyH5 }
    guard name.hasSuffix(".keras") else {
        throw CommandError(
            .usage, "\(path) — the ending names no format; expected .keras, .weights.h5, .h5 or .hdf5")
    }
    guard !weightsOnly else {
        throw CommandError(
            .usage,
            "\(path) — a .keras file always holds the architecture, too; --weights-only asks for .weights.h5 or .h5")
    }
    return .archive
}
