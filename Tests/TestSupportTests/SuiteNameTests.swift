import Foundation
import Testing

/// `Scripts/test.sh --shared` knows the suites that need the shared folder by their names.
///
/// So whatever uses the folder is called `Shared…`: the types that know it, the suites that use these, and the files.
@Suite struct SuiteNameTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    private static var declaration: Regex<(Substring, Substring)> {
        #/^ *(?:@\w+(?:\(.*\))? )*(?:private |fileprivate )?(?:final )?(?:struct|enum|class|actor) (\w+)/#
    }

    @Test func whatUsesTheSharedFolderIsCalledSo() throws {
        let own = ["TestSupport/SharedFolder.swift", "TestSupportTests/SuiteNameTests.swift"]
        var tests = 0
        for name in try FileManager.default.subpathsOfDirectory(atPath: Self.tests.path).sorted()
        where name.hasSuffix(".swift") && !own.contains(name) {
            let source = try String(contentsOf: Self.tests.appending(path: name), encoding: .utf8)
            #expect(!source.contains("KERAS_BRIDGE_SHARED"), "\(name): SharedFolder alone reads the variable")
            #expect(!source.contains("shared/data"), "\(name): nothing looks beside the package")
            guard source.contains(#/\bShared[A-Z]/#) else { continue }
            #expect(name.contains("/Shared"), "\(name) uses the shared folder: it is called Shared….swift")
            var suite: Substring = ""
            for line in source.split(separator: "\n") {
                if let type = line.firstMatch(of: Self.declaration)?.1 {
                    suite = type
                    let isOutermost = !line.hasPrefix(" ")
                    #expect(!isOutermost || type.hasPrefix("Shared"), "\(name): \(type) is called Shared…")
                }
                guard line.contains("@Test") else { continue }
                tests += 1
                #expect(suite.hasPrefix("Shared") && suite.hasSuffix("Tests"), "\(name): a test is in \(suite)")
            }
        }
        #expect(tests > 0, "there are such tests")
    }
}
