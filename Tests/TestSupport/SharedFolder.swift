import Foundation

/// The folder of data too large for the repository, which `KERAS_BRIDGE_SHARED` names; nothing looks for it elsewhere.
///
/// Only suites called `Shared…Tests` use it, so that `Scripts/test.sh --shared` finds them by their names. They are skipped
/// where the variable is not set, and fail where it is and the data is missing.
public enum SharedFolder {
    /// Whether the variable is set.
    public static let isNamed = folder != nil

    /// What a skipped suite says.
    public static let reason = "KERAS_BRIDGE_SHARED names no folder; see Documentation/Contributing.md"

    /// The path of a file or folder in the folder's `data`, whether it is there or not; empty where the variable is not set.
    public static func path(_ name: String) -> String { folder.map { "\($0)/data/\(name)" } ?? "" }

    /// The names in a folder of the folder's `data`, sorted; none where it is missing.
    public static func names(in name: String) -> [String] {
        guard isNamed else { return [] }
        return ((try? FileManager.default.contentsOfDirectory(atPath: path(name))) ?? []).sorted()
    }

    private static let folder = ProcessInfo.processInfo.environment["KERAS_BRIDGE_SHARED"].flatMap {
        $0.isEmpty ? nil : $0
    }
}
