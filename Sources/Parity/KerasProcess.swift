import Foundation
import Synchronization
import Tensors

/// A real Keras: one Python process that lives as long as this object and answers one request at a time.
///
/// Starting takes some seconds (TensorFlow), a request milliseconds; keep one and share it. It computes on the CPU. The
/// process ends with this object, or with the program.
///
///     let keras = try KerasProcess()
///     let model = try keras.load("digits.keras")
///     let y = try model.predict([x])
public final class KerasProcess: Sendable {
    /// Which Keras: the current one, or the Keras 2 that lives on as the package tf-keras.
    public enum Engine: String, Sendable, CaseIterable, Codable, CustomStringConvertible {
        case keras3 = "keras"
        case tfKeras = "tf_keras"

        public var description: String { self == .keras3 ? "Keras 3" : "tf_keras (Keras 2)" }
    }

    /// What answers on the other side.
    public struct Versions: Sendable, Hashable, Codable {
        public var engine: Engine
        public var keras: String
        public var tensorflow: String
        public var numpy: String
        public var h5py: String
        public var hdf5: String
        public var python: String
    }

    public let engine: Engine
    public let versions: Versions
    /// The Python that runs it.
    public let python: String
    private let line: Mutex<KerasLine>
    private let limit: Double

    /// Starts Keras and waits until it is there.
    ///
    /// - Parameters:
    ///   - python: the Python to run; by default `KERAS_BRIDGE_PYTHON`, else the nearest `.keras-env`, else `python3`.
    ///   - threads: how many threads TensorFlow uses; by default its own choice, all cores.
    ///   - limit: after how many seconds without an answer a request fails and the process is ended.
    /// - Throws: ``KerasProcessError``: no Python, no Keras in it, no answer in time.
    public init(
        _ engine: Engine = .keras3, python: String? = nil, threads: Int? = nil, limit: Double = 600
    ) throws(KerasProcessError) {
        let python = if let python { python } else { try KerasPython.find() }
        let source = String(decoding: PackageResources.keras_worker_py, as: UTF8.self)
        let arguments = ["-c", source, engine.rawValue] + (threads.map { [String($0)] } ?? [])
        let line = try KerasLine(python: python, arguments: arguments)
        let (hello, _) = try line.read(doing: "start", limit: limit)
        if let error = hello.error {
            throw .kerasMissing(python: python, engine: engine.rawValue, reason: error)
        }
        guard let versions = hello.versions else {
            throw .misunderstood(doing: "start", detail: "the versions are missing")
        }
        self.engine = engine
        self.python = python
        self.versions = versions
        self.limit = limit
        self.line = Mutex(line)
    }

    /// Sends one request and waits for its answer.
    func ask(_ doing: String, _ request: KerasRequest) throws(KerasProcessError) -> (KerasReply, [Tensor]) {
        let outcome: Result<(KerasReply, [Tensor]), KerasProcessError> = line.withLock { line in
            do throws(KerasProcessError) {
                try line.write(request, doing: doing, limit: limit)
                return .success(try line.read(doing: doing, limit: limit))
            } catch {
                return .failure(error)
            }
        }
        let (reply, tensors) = try outcome.get()
        if let error = reply.error { throw .refused(doing: doing, reason: error) }
        return (reply, tensors)
    }

    /// Lets Keras drop a model; the word goes out with the next request.
    func forget(_ model: Int) {
        line.withLock { $0.forgotten.append(model) }
    }
}
