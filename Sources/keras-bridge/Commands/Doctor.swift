import ArgumentParser
import Escaping
import HDF5
import KerasBridge
import Parity

/// Says what a model needs that is not supported, or what this installation has.
struct Doctor: ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "List everything a model needs that is not supported; without a model, check the installation.",
        discussion: "Ends with 0 where all is well, with 2 where the model has something that is not supported.")

    @Argument(help: "A Keras file, or an architecture JSON.", completion: .file(extensions: modelEndings + ["json"]))
    var model: String?

    @Option(
        help: "For files that hold weights only: an architecture JSON, or any model file.",
        completion: .file(extensions: modelEndings + ["json"]))
    var architecture: String?

    @OptionGroup(title: "Reading files of strangers") var reading: ReadingOptions
    @OptionGroup var result: ResultOptions

    var modelFiles: [(path: String, architecture: String?)] { model.map { [($0, architecture)] } ?? [] }
    var onlyReads: Bool { true }
    static let isUntrustedByDefault = true

    func run() throws {
        if let model { try examine(model) } else { try examineInstallation() }
    }

    // MARK: A model

    private func examine(_ model: String) throws {
        let problems = try KerasFile.problems(in: model, architecture: architecture)
        let findings = problems.compactMap(Finding.init)
        // What is damaged is an error, no diagnosis.
        if let error = problems.first, findings.count < problems.count { throw error }
        if result.json {
            try Console.print(DoctorResult(model: model, supported: findings.isEmpty, findings: findings))
        } else if findings.isEmpty {
            try Console.print("\(model): everything in it is supported")
        } else {
            var lines = ["\(model): \(findings.count) thing(s) are not supported"]
            for (number, finding) in findings.enumerated() {
                lines.append("\(number + 1). \(finding.sentence.visible())")
                if let remedy = finding.remedy { lines.append("   \(remedy.visible())") }
            }
            try Console.print(lines.joined(separator: "\n"))
        }
        if !findings.isEmpty { throw Ending(.different) }
    }

    // MARK: The installation

    private func examineInstallation() throws {
        var facts: [(name: String, value: String)] = [
            ("keras-bridge", RootCommand.version), ("libhdf5", HDF5.libraryVersion),
            ("instruction set", InstructionSet.best.rawValue),
            ("instruction sets here", InstructionSet.available.map(\.rawValue).joined(separator: ", ")),
            ("threads", "\(WorkerPool.shared.threads)"),
            ("memory of one run", "\(RunLimits.current.activationBytes.readableBytes) at most (--max-activations)"),
        ]
        Console.note("looking for Keras …")
        for engine in KerasProcess.Engine.allCases {
            do throws(KerasProcessError) {
                let keras = try KerasProcess(engine, limit: 120)
                facts.append(
                    ("\(engine)", "\(keras.versions.keras) (TensorFlow \(keras.versions.tensorflow), \(keras.python))"))
            } catch {
                facts.append(("\(engine)", "not found: \(error)"))
            }
        }
        if result.json {
            try Console.print(InstallationResult(installation: Dictionary(facts) { first, _ in first }))
            return
        }
        var table = Table(("", .left), ("", .left))
        for (name, value) in facts { table.add(name, value) }
        try Console.print(table.body)
    }
}

/// Something that is not supported.
private struct Finding: Encodable {
    var layer: String?
    var className: String?
    var option: String?
    /// The option's value, as JSON text.
    var value: String?
    var sentence: String
    var remedy: String?

    /// - Returns: `nil` for errors that are no question of support.
    init?(_ error: KerasError) {
        sentence = "\(error.problem)"
        switch error.problem {
        case .layer(_, .unsupportedClass(let layer, let className, let reason, _)):
            (self.layer, self.className) = (layer, className)
            sentence = "layer \"\(layer)\" has class \"\(className)\""
            remedy = reason ?? "rebuild the model without it, or register a layer of your own under this name"
        case .layer(_, .options(.missing(let layer, let option, _))):
            (self.layer, self.option) = (layer, option)
        case .layer(_, .options(.unsupported(let layer, let option, let value, let expected))):
            (self.layer, self.option, self.value) = (layer, option, "\(value)")
            sentence = "layer \"\(layer)\": option \"\(option)\" has value \(value)"
            remedy = "supported: \(expected)"
        case .layer(_, .options(.unknown(let layer, let option, let value))):
            (self.layer, self.option, self.value) = (layer, option, "\(value)")
            remedy = "save the model without it; it would change what the layer computes"
        case .notSupported, .shape: break
        default: return nil
        }
    }
}

/// What `doctor MODEL --json` prints.
private struct DoctorResult: JSONResult {
    static let command = "doctor"

    var model: String
    var supported: Bool
    var findings: [Finding]
}

/// What `doctor --json` prints without a model.
private struct InstallationResult: JSONResult {
    static let command = "doctor"

    var installation: [String: String]
}
