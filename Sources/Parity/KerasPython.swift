import Foundation

/// Finds the Python that has Keras.
package enum KerasPython {
    /// `KERAS_BRIDGE_PYTHON`, else `.keras-env` here or in a folder above, else beside this package, else `python3`.
    ///
    /// - Throws: ``KerasProcessError/pythonNotFound(lookedIn:)`` with every place that was tried.
    package static func find(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        workingDirectory: String = FileManager.default.currentDirectoryPath,
        package: String = #filePath
    ) throws(KerasProcessError) -> String {
        let isProgram = FileManager.default.isExecutableFile(atPath:)
        if let chosen = environment["KERAS_BRIDGE_PYTHON"], !chosen.isEmpty {
            // Who names one means this one: no silent second choice.
            if chosen.contains("/") ? isProgram(chosen) : onPath(chosen, environment) != nil {
                return onPath(chosen, environment) ?? chosen
            }
            throw .pythonNotFound(lookedIn: ["\(chosen) (KERAS_BRIDGE_PYTHON)"])
        }
        for start in [workingDirectory, (package as NSString).deletingLastPathComponent] {
            for folder in ancestors(of: start) {
                let candidate = folder + ".keras-env/bin/python"
                if isProgram(candidate) { return candidate }
            }
        }
        if let found = onPath("python3", environment) { return found }
        throw .pythonNotFound(lookedIn: [".keras-env/bin/python from \(workingDirectory) up", "python3 on the PATH"])
    }

    private static func ancestors(of folder: String) -> [String] {
        var url = URL(fileURLWithPath: folder).standardizedFileURL
        var folders: [String] = []
        while true {
            folders.append(url.path.hasSuffix("/") ? url.path : url.path + "/")
            if url.path == "/" { return folders }
            url.deleteLastPathComponent()
        }
    }

    private static func onPath(_ name: String, _ environment: [String: String]) -> String? {
        if name.contains("/") { return nil }
        return (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first(where: FileManager.default.isExecutableFile(atPath:))
    }
}
