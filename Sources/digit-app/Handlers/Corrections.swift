import Digits
import Foundation
import Hummingbird
import Saving
import Synchronization

extension App {
    /// `POST /api/corrections?label=7`: keeps what the network saw under its right label, where that was allowed.
    func correct(_ request: Request, _ client: Client) async throws -> Response {
        let options = try RecognitionOptions(request)
        guard let label = try RequestQuery(request).number("label", in: 0...9) else {
            throw Problem.badRequest("bad_parameter", "The parameter label is missing.", remedy: "Add ?label=0 to 9.")
        }
        let sent = try await RequestImage.read(request, limits, room)
        guard let corrections else {
            throw Problem(
                status: .forbidden, code: "corrections_off", message: "This server keeps no corrections.",
                remedy: "Start digit-app with --save-corrections DIR.")
        }
        let (recognizer, patience) = (card.recognizer, Patience(client, crowd, limits))
        let found = try await find(in: sent, options, for: patience)
        let saved = try await workshop.run(found.effort(options, limits), for: patience) { budget in
            let digits = try found.read(recognizer, options, budget)
            let place = options.index ?? 0
            guard digits.indices.contains(place), digits[place].doubt != .noInk else {
                throw Problem.badRequest(
                    "nothing_to_keep", "The picture has no digit \(place).", remedy: "Draw something first.")
            }
            return try corrections.keep(digits[place].preparation.pixels.png(), label: label)
        }
        return try JSON.response(["saved": saved], status: .created)
    }
}

/// A folder with a folder for each label: what `keras-bridge train --data DIR` reads.
final class CorrectionFolder: Sendable {
    struct Failure: Error, CustomStringConvertible { var description: String }

    private let folder: OpenFolder
    private let most: Int
    /// How many there are.
    private let count: Mutex<Int>

    init(_ path: String, most: Int) throws(Failure) {
        self.most = most
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard let opened = OpenFolder.at(path) else {
            throw Failure(description: "\(path): cannot make this folder for corrections; give another")
        }
        folder = opened
        let found = FileManager.default.enumerator(atPath: path)?.lazy.compactMap { $0 as? String }
        count = Mutex(found?.filter { $0.hasSuffix(".png") }.count ?? 0)
    }

    /// Named by content: the same correction twice is one.
    ///
    /// - Returns: where it lies in the folder.
    func keep(_ png: [UInt8], label: Int) throws(Problem) -> String {
        let name = "\(Fingerprint(png)).png"
        try count.withLock { count throws(Problem) in
            guard let labelled = folder.folder("\(label)") else { throw .cannotSave }
            guard !labelled.holdsFile(name) else { return }
            guard count < most else {
                throw Problem(
                    status: .insufficientStorage, code: "folder_full",
                    message: "The folder holds \(most) corrections already.",
                    remedy: "Train with them, then give another folder.")
            }
            guard labelled.write(png, name) else { throw .cannotSave }
            count += 1
        }
        return "\(label)/\(name)"
    }
}

extension Problem {
    fileprivate static let cannotSave = Problem(
        status: .insufficientStorage, code: "cannot_save", message: "The correction could not be written.",
        remedy: "Check room and rights of the folder for corrections; its folders 0 to 9 may be no links.")
}

extension HTTPResponse.Status {
    static let insufficientStorage = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
}
