import Foundation

/// A folder of images by class, `class_name/*.png|jpg|jpeg`: what Keras' `image_dataset_from_directory` reads.
///
/// Classes are numbered by their names in order, as Keras does; where all names are numbers, `0` to `9` for one, each is
/// the number of its class, so that a folder may lack some. Images may lie in folders of a class' folder, too.
public struct ImageFolder: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public var path: String
        /// The number of its class.
        public var label: Int
    }

    public let path: String
    /// The names of the classes by their numbers.
    public let classes: [Int: String]
    /// The images, class by class, each class by name.
    public let entries: [Entry]
    /// How many other files lie among them, which are passed over.
    public let otherFiles: Int

    static let endings = ["png", "jpg", "jpeg"]

    /// The images in a folder; `nil` where no folder in it holds any.
    init?(_ path: String) {
        var found: [(name: String, files: [String])] = []
        var others = 0
        for name in Self.names(in: path) where Self.isFolder(path + "/" + name) {
            let files = Self.files(in: path + "/" + name)
            let images = files.filter { Self.endings.contains(($0 as NSString).pathExtension.lowercased()) }
            others += files.count - images.count
            if !images.isEmpty { found.append((name, images)) }
        }
        guard !found.isEmpty else { return nil }
        let numbers = found.map { Int($0.name) }
        let areNumbers = zip(found, numbers).allSatisfy { entry, number in
            number.map { $0 >= 0 && $0 < 100_000 && String($0) == entry.name } ?? false
        }
        var classes: [Int: String] = [:]
        var entries: [Entry] = []
        for (position, entry) in found.enumerated() {
            let label = areNumbers ? numbers[position] ?? position : position
            classes[label] = entry.name
            entries += entry.files.map { Entry(path: $0, label: label) }
        }
        (self.path, self.classes, self.entries, otherFiles) = (path, classes, entries, others)
    }

    /// The names in a folder without hidden ones, in order.
    private static func names(in path: String) -> [String] {
        // A folder that cannot be listed is as one without images: the message says where was looked.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// All files below a folder; links to folders are not followed, which might go round in circles.
    private static func files(in path: String) -> [String] {
        names(in: path).flatMap { name -> [String] in
            let file = path + "/" + name
            guard isFolder(file) else { return [file] }
            let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: file)) != nil
            return isLink ? [] : files(in: file)
        }
    }
}
