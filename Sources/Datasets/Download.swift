import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How far a download is.
public struct DownloadProgress: Sendable, Hashable {
    public var file: String
    public var url: String
    public var received: Int
    public var total: Int
}

/// Fetches one known file into a folder: to a partial file first, which a later try goes on with, then checked and
/// renamed, so that the final name always means the whole, right file.
package struct Download {
    private let file: RemoteFile
    private let target: String
    private let partial: String
    private let patience: Double

    /// - Parameter patience: seconds without a byte after which it gives up.
    package init(_ file: RemoteFile, into folder: String, patience: Double = 60) {
        self.file = file
        self.patience = patience
        target = folder + "/" + file.name
        partial = target + ".part"
    }

    package func run(_ progress: @escaping @Sendable (DownloadProgress) -> Void) throws(DatasetError) {
        if FileManager.default.fileExists(atPath: target) { return }
        do {
            try FileManager.default.createDirectory(
                atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        } catch {
            throw .notWritable(path: target, reason: error.localizedDescription)
        }
        let descriptor = open(partial, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .notWritable(path: partial, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        // Another process may be at it: wait for it, then look what it left.
        while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
        if FileManager.default.fileExists(atPath: target) {
            if !DatasetFolder.isSame(descriptor, as: target) { unlink(partial) }
            return
        }
        var have = Int(lseek(descriptor, 0, SEEK_END))
        if have > file.byteCount {
            ftruncate(descriptor, 0)
            have = 0
        }
        if have < file.byteCount { try fetch(from: have, into: descriptor, progress) }
        let found = digest(of: descriptor)
        guard found == file.sha256 else {
            unlink(partial)
            throw .wrongChecksum(file: file.url, expected: file.sha256, found: found)
        }
        guard fsync(descriptor) == 0, rename(partial, target) == 0 else {
            throw .notWritable(path: target, reason: String(cString: strerror(errno)))
        }
    }

    private func fetch(
        from start: Int, into descriptor: Int32, _ progress: @escaping @Sendable (DownloadProgress) -> Void
    ) throws(DatasetError) {
        guard let url = URL(string: file.url) else { throw .downloadFailed(url: file.url, reason: "not a web address") }
        var request = URLRequest(url: url, timeoutInterval: patience)
        // Compression on the way would change the length.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        if start > 0 { request.setValue("bytes=\(start)-", forHTTPHeaderField: "Range") }
        let receiver = Receiver(file, descriptor: descriptor, start: start, progress: progress)
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = patience
        let session = URLSession(configuration: configuration, delegate: receiver, delegateQueue: nil)
        defer { session.invalidateAndCancel() }
        session.dataTask(with: request).resume()
        receiver.finished.wait()
        if let reason = receiver.reason {
            if receiver.cannotWrite { throw .notWritable(path: partial, reason: reason) }
            throw .downloadFailed(url: file.url, reason: reason)
        }
    }

    private func digest(of descriptor: Int32) -> String {
        let checksum = Checksum()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var position: off_t = 0
        while true {
            let count = pread(descriptor, &buffer, buffer.count, position)
            if count <= 0 { return checksum.digits }
            checksum.update(buffer[..<count])
            position += off_t(count)
        }
    }
}

extension DatasetFolder {
    /// Whether an open file is the one at this path.
    fileprivate static func isSame(_ descriptor: Int32, as path: String) -> Bool {
        var (mine, theirs) = (stat(), stat())
        guard fstat(descriptor, &mine) == 0, stat(path, &theirs) == 0 else { return false }
        return mine.st_ino == theirs.st_ino && mine.st_dev == theirs.st_dev
    }
}

/// Writes what arrives to the partial file.
///
/// The session calls it on one queue, one call at a time; what it found is read after `finished`.
private final class Receiver: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    let finished = DispatchSemaphore(value: 0)
    private(set) var reason: String?
    private(set) var cannotWrite = false
    private let file: RemoteFile
    private let descriptor: Int32
    private let progress: @Sendable (DownloadProgress) -> Void
    private var received: Int

    init(
        _ file: RemoteFile, descriptor: Int32, start: Int, progress: @escaping @Sendable (DownloadProgress) -> Void
    ) {
        self.file = file
        self.descriptor = descriptor
        self.progress = progress
        received = start
    }

    /// Keeps the first reason: what follows from it says less.
    private func fail(_ why: String) { reason = reason ?? why }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        switch status {
        case 206:
            completionHandler(.allow)
        case 200:
            // The server sends the whole file, wanted or not.
            ftruncate(descriptor, 0)
            lseek(descriptor, 0, SEEK_SET)
            received = 0
            completionHandler(.allow)
        default:
            fail("the server answered with status \(status)")
            completionHandler(.cancel)
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard reason == nil else { return }
        guard received + data.count <= file.byteCount else {
            fail("more than the expected \(file.byteCount) bytes arrived")
            dataTask.cancel()
            return
        }
        let written = [UInt8](data).withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { return false }
                done += count
            }
            return true
        }
        guard written else {
            fail(String(cString: strerror(errno)))
            cannotWrite = true
            dataTask.cancel()
            return
        }
        received += data.count
        progress(DownloadProgress(file: file.name, url: file.url, received: received, total: file.byteCount))
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        // No way from https to anything weaker.
        let wanted = URL(string: file.url)?.scheme
        completionHandler(request.url?.scheme == wanted ? request : nil)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if let error { fail(error.localizedDescription) }
        if reason == nil && received < file.byteCount { fail("it ended after \(received) of \(file.byteCount) bytes") }
        finished.signal()
    }
}
