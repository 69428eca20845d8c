import Foundation
import Parity
import Testing

@Suite struct KerasPythonTests {
    private let root = FileManager.default.temporaryDirectory.appending(path: "keras-python-\(UUID().uuidString)").path

    /// Puts a program there and returns its path.
    private func program(_ path: String) throws -> String {
        let full = root + "/" + path
        try FileManager.default.createDirectory(
            atPath: (full as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        #expect(FileManager.default.createFile(atPath: full, contents: nil, attributes: [.posixPermissions: 0o755]))
        return full
    }

    private func find(_ environment: [String: String], from folder: String = "") throws(KerasProcessError) -> String {
        try KerasPython.find(
            environment: environment, workingDirectory: root + folder, package: root + "/none/Sources/X.swift")
    }

    @Test func takesWhatTheEnvironmentNames() throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let chosen = try program("mine/python")
        _ = try program(".keras-env/bin/python")
        #expect(try find(["KERAS_BRIDGE_PYTHON": chosen]) == chosen)
        #expect(try find(["KERAS_BRIDGE_PYTHON": "python", "PATH": root + "/mine"]) == chosen)
    }

    @Test func takesNoOtherWhenTheNamedOneIsMissing() throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        _ = try program(".keras-env/bin/python")
        let error = #expect(throws: KerasProcessError.self) { try find(["KERAS_BRIDGE_PYTHON": "/no/python"]) }
        #expect(
            error?.description
                == "Python not found; looked for /no/python (KERAS_BRIDGE_PYTHON); run Scripts/keras_env.sh or set "
                + "KERAS_BRIDGE_PYTHON to a Python that has Keras")
    }

    @Test func climbsToTheNearestEnvironment() throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let far = try program(".keras-env/bin/python")
        try FileManager.default.createDirectory(atPath: root + "/a/b", withIntermediateDirectories: true)
        #expect(try find(["PATH": ""], from: "/a/b") == far)
        let near = try program("a/.keras-env/bin/python")
        #expect(try find(["PATH": ""], from: "/a/b") == near)
    }

    @Test func fallsBackToPython3() throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let python = try program("bin/python3")
        #expect(try find(["PATH": "/nowhere:\(root)/bin"]) == python)
        #expect(throws: KerasProcessError.self) { try find(["PATH": "/nowhere"]) }
    }
}
