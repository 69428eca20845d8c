import HDF5
import Isolation

/// Reads all of an HDF5 file without the check that comes first: what only an isolated process may do.
///
/// Tests let it crash. It is built for them alone, and is in no product.
@main
enum CarelessReader {
    static func main() throws {
        enterIsolation(IsolationLimits(memoryBytes: 2 << 30, seconds: 10))
        guard CommandLine.arguments.count == 2 else { throw HDF5Error(Place(file: "FILE"), .notHDF5) }
        let file = try File(path: CommandLine.arguments[1], check: .none)
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
        print("read")
    }

    private static func read(_ attributes: borrowing Attributes) {
        for name in (try? attributes.names()) ?? [] {
            _ = try? attributes.strings(name)  // what is no text is passed over
        }
    }
}
