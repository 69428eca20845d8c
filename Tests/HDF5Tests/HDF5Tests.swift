import HDF5
import Testing

/// All tests of this room.
///
/// They run one after another, because each must leave no identifier of libhdf5 open behind it.
@Suite(.serialized, .leavesNothingOpen) struct HDF5Tests {}

/// Checks after each test that libhdf5 holds nothing open.
struct LeavesNothingOpen: TestTrait, SuiteTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await function()
        guard testCase != nil else { return }
        // Tests of other rooms open files of their own meanwhile, for moments; what was leaked stays open for ever.
        for _ in 0..<20_000 where openObjectCount > 0 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(openObjectCount == 0, "an identifier of libhdf5 was leaked by \(test.name)")
    }
}

extension Trait where Self == LeavesNothingOpen {
    static var leavesNothingOpen: Self { LeavesNothingOpen() }
}

/// The top folder of the package.
let packageRoot = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")

/// A committed file, made by Scripts/make_hdf5_fixtures.py.
func fixture(_ name: String) -> String { packageRoot + "/Fixtures/hdf5/" + name }

/// Builds a file in memory and opens it.
func reopened(named name: String = "t.h5", _ build: (borrowing Group) throws -> Void) throws -> File {
    let draft = try FileDraft(named: name)
    try build(draft.root)
    return try File(bytes: draft.bytes(), named: name)
}

/// What `body` throws, as people read it, with the folder of the fixtures left out; "nothing" if it does not throw.
func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "nothing"
    } catch {
        return String("\(error)".replacing(packageRoot + "/Fixtures/hdf5/", with: ""))
    }
}
