import ArgumentParser

/// The largest counts that flags take: beyond what anybody means, and far below where arithmetic ends.
enum Most {
    /// Samples at once.
    static let batch = 1 << 24
    /// Epochs, and what is counted in them.
    static let epochs = 1_000_000_000
    /// Bytes, objects and the like that a limit allows.
    static let limit = 1 << 53
}

/// Holds a number on the command line against what its flag takes.
func checkCount(_ number: Int, _ flag: String, from least: Int = 1, upTo most: Int) throws(ValidationError) {
    guard (least...most).contains(number) else {
        throw ValidationError("\(flag) expects a number from \(least) to \(most), found \(number)")
    }
}
