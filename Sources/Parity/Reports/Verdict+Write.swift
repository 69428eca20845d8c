import Foundation
import HDF5

extension Verdict {
    /// The forms of a report, by the ending of its file.
    public enum ReportForm: String, Hashable, Sendable, CaseIterable {
        case html, json, xml

        /// The form for a path: `.html`, `.json`, or `.xml` for JUnit's.
        ///
        /// - Throws: ``ParityError/cannotWrite(_:reason:)`` for any other ending.
        public init(path: String) throws(ParityError) {
            let ending = URL(fileURLWithPath: path).pathExtension.lowercased()
            guard let form = ReportForm(rawValue: ending == "htm" ? "html" : ending) else {
                throw .cannotWrite(path, reason: "a report ends in .html, .json or .xml (JUnit)")
            }
            self = form
        }
    }

    /// The report in this form.
    public func report(_ form: ReportForm) -> String {
        switch form {
        case .html: html()
        case .json: json()
        case .xml: junit()
        }
    }

    /// Writes the report in the form that the path's ending names, whole or not at all.
    ///
    /// - Parameter overwriting: whether a file that exists is replaced.
    public func writeReport(to path: String, overwriting: Bool = false) throws(ParityError) {
        let form = try ReportForm(path: path)
        let bytes = Array(report(form).utf8)
        var status: Result<Void, HDF5Error> = .success(())
        bytes.withUnsafeBytes { bytes in
            status = Result { () throws(HDF5Error) in try writeAtomically(bytes, to: path, replacing: overwriting) }
        }
        do {
            try status.get()
        } catch {
            if case .fileExists = error.problem {
                throw .cannotWrite(path, reason: "the file exists and is kept; ask for overwriting to replace it")
            }
            throw .cannotWrite(path, reason: error.problem.description)
        }
    }
}
