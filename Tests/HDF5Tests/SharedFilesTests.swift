import HDF5
import TestSupport
import Testing

extension HDF5Tests {
    /// Files that other writers made, which are not in the repository.
    @Suite(.enabled(if: SharedFolder.isNamed, "\(SharedFolder.reason)"))
    struct SharedFilesTests {
        private static let folders = ["keras-samples", "keras-corpus", "hdf5-crashers"]

        /// Of the files that crash libhdf5, only the one that they were made from is whole.
        private static let whole = folders.flatMap { hdf5Files(in: SharedFolder.path($0)) }
            .filter { !$0.contains("/hdf5-crashers/") || $0.hasSuffix("seed-valid.h5") }

        @Test(arguments: folders)
        func hasFilesOf(_ folder: String) { #expect(Self.whole.contains { $0.contains("/\(folder)/") }) }

        @Test(arguments: whole)
        func passTheLookBeforeLibhdf5(path: String) throws {
            let file = try File(path: path)
            #expect(try !file.root.descendants().isEmpty || !file.root.attributes.names().isEmpty)
        }
    }
}
