import Foundation
import HDF5
import Isolation

/// Reads all of an HDF5 file without the check that comes first: what only an isolated process may do.
///
/// Tests let it crash. It is built for them alone, and is in no product.
@main
enum CarelessReader {
    /// Ends with status 65 where libhdf5 says that something is wrong.
    static func main() {
        enterIsolation(IsolationLimits(memoryBytes: 2 << 30, seconds: 10))
        do {
            try read(CommandLine.arguments.dropFirst().first ?? "")
        } catch {
            print(error)
            exit(65)
        }
    }

    private static func read(_ path: String) throws {
        let file = try File(path: path, check: .none)
        read(file.root.attributes)
        for object in try file.root.descendants() {
            switch object.entry {
            case .group: read(try file.root.group(object.path).attributes)
            case .dataset:
                let dataset = try file.root.dataset(object.path)
                read(dataset.attributes)
                _ = try? dataset.read(as: Float.self)  // what is no number is passed over
            default: break
            }
        }
    }

    private static func read(_ attributes: borrowing Attributes) {
        for name in (try? attributes.names()) ?? [] {
            _ = try? attributes.strings(name)  // what is no text is passed over
        }
    }
}
