import ArgumentParser
import Pictures

/// A file that a drawing goes into: `.svg`, which follows its reader's light or dark, or `.png`.
enum PictureOutput {
    static let endings = ["svg", "png"]

    /// Refuses names of other kinds.
    static func check(_ path: String?, _ flag: String) throws {
        guard let path, !endings.contains(where: { path.lowercased().hasSuffix("." + $0) }) else { return }
        throw ValidationError("\(flag) expects a name that ends in .svg or .png, found \(path)")
    }

    static func bytes(_ drawing: Drawing, for path: String, isDark: Bool = false) -> [UInt8] {
        path.lowercased().hasSuffix(".png") ? drawing.image(isDark: isDark).png() : Array(drawing.svg.utf8)
    }
}
