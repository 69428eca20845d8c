import Foundation
import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The worker process and the socket to it.
///
/// Owned by one `KerasProcess`, behind its lock.
///
/// A socket rather than two pipes: writing to a process that has ended is then an error and not a signal.
final class KerasLine {
    private let process = Process()
    private let socket: Int32
    private let errors: Int32  // an unlinked file that collects what the process prints
    private var received: [UInt8] = []
    private var isOpen = true
    /// Models that Keras may drop.
    var forgotten: [Int] = []

    init(python: String, arguments: [String]) throws(KerasProcessError) {
        let ends = try KerasLine.makePair()
        let log = KerasLine.makeLog()
        socket = ends.ours
        errors = log
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment
        environment["TF_CPP_MIN_LOG_LEVEL"] = "3"
        environment["PYTHONUNBUFFERED"] = "1"
        environment["PYTHONIOENCODING"] = "utf-8"
        process.environment = environment
        let theirs = FileHandle(fileDescriptor: ends.theirs, closeOnDealloc: false)
        process.standardInput = theirs
        process.standardOutput = theirs
        process.standardError = FileHandle(fileDescriptor: log, closeOnDealloc: false)
        defer { close(ends.theirs) }
        do {
            try process.run()
        } catch {
            isOpen = false
            throw .stopped(doing: "start", detail: "\(python) does not run: \(error.localizedDescription)")
        }
    }

    deinit {
        close(socket)  // the worker reads the end of its input and leaves
        close(errors)
        if process.isRunning { process.terminate() }
    }

    // MARK: One message

    func write(_ request: KerasRequest, doing: String, limit: Double) throws(KerasProcessError) {
        var request = request
        if !forgotten.isEmpty { request.forget = forgotten }
        let line: [UInt8]
        do {
            line = try JSONEncoder().encode(request) + [UInt8(ascii: "\n")]
        } catch {
            throw .misunderstood(doing: doing, detail: "the request cannot be written: \(error)")
        }
        let deadline = Deadline(seconds: limit)
        try line.withUnsafeBufferPointer { (bytes) throws(KerasProcessError) in
            try send(UnsafeRawBufferPointer(bytes), doing: doing, deadline)
        }
        for tensor in request.payload {
            try tensor.withElements { (elements) throws(KerasProcessError) in
                try send(UnsafeRawBufferPointer(elements), doing: doing, deadline)
            }
        }
        forgotten = []
    }

    func read(doing: String, limit: Double) throws(KerasProcessError) -> (KerasReply, [Tensor]) {
        let deadline = Deadline(seconds: limit)
        var end = 0
        while true {
            if let newline = received[end...].firstIndex(of: UInt8(ascii: "\n")) {
                end = newline
                break
            }
            end = received.count
            try receive(doing: doing, deadline)
        }
        let reply: KerasReply
        do {
            reply = try JSONDecoder().decode(KerasReply.self, from: Data(received[..<end]))
        } catch {
            finish()
            throw .misunderstood(doing: doing, detail: String(decoding: received[..<min(end, 200)], as: UTF8.self))
        }
        received.removeSubrange(...end)
        var tensors: [Tensor] = []
        for extents in reply.tensors {
            let shape = Shape(extents)
            let size = shape.elementCount * MemoryLayout<Float>.stride
            while received.count < size { try receive(doing: doing, deadline) }
            tensors.append(
                Tensor(unsafeUninitialized: shape) { elements in
                    received.withUnsafeBytes {
                        UnsafeMutableRawBufferPointer(elements).copyMemory(from: .init(rebasing: $0[..<size]))
                    }
                })
            received.removeSubrange(..<size)
        }
        return (reply, tensors)
    }

    // MARK: Bytes

    private func send(
        _ bytes: UnsafeRawBufferPointer, doing: String, _ deadline: Deadline
    ) throws(KerasProcessError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            try wait(for: Int16(POLLOUT), doing: doing, deadline)
            #if canImport(Darwin)
                let flags: Int32 = 0  // SO_NOSIGPIPE is set instead
            #else
                let flags = Int32(MSG_NOSIGNAL)
            #endif
            let part = UnsafeRawBufferPointer(rebasing: rest)
            #if canImport(Darwin)
                let sent = Darwin.send(socket, part.baseAddress, part.count, flags)
            #elseif canImport(Glibc)
                let sent = Glibc.send(socket, part.baseAddress, part.count, flags)
            #else
                let sent = Musl.send(socket, part.baseAddress, part.count, flags)
            #endif
            if sent < 0 {
                if errno == EAGAIN || errno == EINTR { continue }
                throw ended(doing: doing)
            }
            rest = rest.dropFirst(sent)
        }
    }

    private func receive(doing: String, _ deadline: Deadline) throws(KerasProcessError) {
        try wait(for: Int16(POLLIN), doing: doing, deadline)
        let room = 1 << 20
        var count = 0
        received.append(
            contentsOf: [UInt8](unsafeUninitializedCapacity: room) { buffer, used in
                count = recv(socket, buffer.baseAddress, room, 0)
                used = max(count, 0)
            })
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { throw ended(doing: doing) }
    }

    private func wait(for events: Int16, doing: String, _ deadline: Deadline) throws(KerasProcessError) {
        guard isOpen else { throw .stopped(doing: doing, detail: "it had ended before; start a new one") }
        while true {
            var entry = pollfd(fd: socket, events: events, revents: 0)
            let ready = poll(&entry, 1, deadline.milliseconds)
            if ready > 0 { return }
            if ready == 0 {
                finish()
                throw .timedOut(doing: doing, seconds: deadline.seconds)
            }
            if errno != EINTR { throw ended(doing: doing) }
        }
    }

    // MARK: The end

    /// Ends the process, whatever it does, and collects it.
    private func finish() {
        isOpen = false
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    private func ended(doing: String) -> KerasProcessError {
        finish()
        let printed = lastWords()
        let status = "status \(process.terminationStatus)"
        return .stopped(doing: doing, detail: printed.isEmpty ? status : "\(status), \(printed)")
    }

    /// The last line that the process printed: in Python, the error.
    private func lastWords() -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let length = lseek(errors, 0, Int32(SEEK_END))
        let count = pread(errors, &buffer, buffer.count, max(0, length - off_t(buffer.count)))
        guard count > 0 else { return "" }
        let lines = String(decoding: buffer[..<count], as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.last.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
    }

    // MARK: Making the ends

    private static func makePair() throws(KerasProcessError) -> (ours: Int32, theirs: Int32) {
        var ends: [Int32] = [-1, -1]
        #if canImport(Darwin)
            let kind = SOCK_STREAM
        #else
            let kind = Int32(SOCK_STREAM.rawValue)
        #endif
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw .stopped(doing: "start", detail: "no socket: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK)
        #if canImport(Darwin)
            var on: Int32 = 1
            setsockopt(ends[0], SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
        #endif
        return (ends[0], ends[1])
    }

    private static func makeLog() -> Int32 {
        var path = Array((NSTemporaryDirectory() + "/keras-bridge-XXXXXX").utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { return open("/dev/null", O_RDWR | O_CLOEXEC) }
        unlink(&path)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }
}

/// A moment on the monotonic clock.
private struct Deadline {
    let seconds: Double
    private let end: ContinuousClock.Instant

    init(seconds: Double) {
        self.seconds = seconds
        end = .now + .seconds(seconds)
    }

    /// What is left, for `poll`.
    var milliseconds: Int32 {
        let left = (end - .now) / .milliseconds(1)
        return Int32(max(0, min(left.rounded(.up), 1e9)))
    }
}
