import CStart

/// The command line of this process.
///
/// `CommandLine.arguments` is empty on Linux where /proc is not mounted; these words are there nevertheless.
public enum CommandWords {
    /// All words, the program's own name first. Empty where the system does not tell them: nobody starts a program
    /// without so much as a name, so who finds that must not go on.
    public static let all: [String] = {
        let count = cs_argument_count()
        guard count > 0 else { return CommandLine.arguments }
        return (0..<count).compactMap { cs_argument($0).map { String(cString: $0) } }
    }()

    /// The path of this program's file, as the system was told it.
    public static var program: String? { cs_program().map { String(cString: $0) } }

    /// The words after the program's name.
    public static var arguments: ArraySlice<String> { all.dropFirst() }
}
