import ArgumentParser
import Foundation
import HDF5
import Saving

/// Whether a command may replace files.
struct WriteOptions: ParsableArguments {
    @Flag(help: "Replace output files that exist.")
    var force = false

    /// Makes sure, before any work is done, that these files can be written and may be.
    func check(_ outputs: [String?]) throws(CommandError) {
        for output in outputs.compactMap(\.self) {
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: output, isDirectory: &isFolder) {
                if isFolder.boolValue { throw CommandError(.cannotWrite, "\(output) — this is a folder, not a file") }
                guard force else {
                    throw CommandError(.cannotWrite, "\(output) — the file exists and is kept; --force replaces it")
                }
            }
            if let fault = faultOfLink(output) { throw CommandError(.cannotWrite, "\(output) — \(fault)") }
            let parent = (output as NSString).deletingLastPathComponent
            let folder = parent.isEmpty ? "." : parent
            guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
                throw CommandError(.cannotWrite, "\(output) — there is no folder \(folder) to write it into")
            }
            guard FileManager.default.isWritableFile(atPath: folder) else {
                throw CommandError(.cannotWrite, "\(output) — the folder \(folder) cannot be written")
            }
        }
    }

    /// Writes a file whole or not at all.
    func write(_ bytes: [UInt8], to path: String) throws {
        var status: Result<Void, HDF5Error> = .success(())
        bytes.withUnsafeBytes { bytes in
            status = Result { () throws(HDF5Error) in try HDF5.writeAtomically(bytes, to: path, replacing: force) }
        }
        do {
            try status.get()
        } catch {
            throw CommandError(.cannotWrite, "\(error)")
        }
    }
}
