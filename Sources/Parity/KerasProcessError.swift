/// Why a real Keras could not be asked, in one sentence.
public enum KerasProcessError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No Python was found in any of these places.
    case pythonNotFound(lookedIn: [String])
    /// Python runs, Keras (or something it needs) does not.
    case kerasMissing(python: String, engine: String, reason: String)
    /// The process ended, or never answered; `detail` is the end of what it printed.
    case stopped(doing: String, detail: String)
    /// No answer within the limit; the process was ended.
    case timedOut(doing: String, seconds: Double)
    /// Keras answered with an error of its own.
    case refused(doing: String, reason: String)
    /// Keras answered with something that is no answer.
    case misunderstood(doing: String, detail: String)

    public var description: String {
        let remedy = "run Scripts/keras_env.sh or set KERAS_BRIDGE_PYTHON to a Python that has Keras"
        switch self {
        case .pythonNotFound(let places):
            return "Python not found; looked for \(places.joined(separator: ", ")); \(remedy)"
        case .kerasMissing(let python, let engine, let reason):
            return "\(python) cannot import \(engine) (\(reason)); \(remedy)"
        case .stopped(let doing, let detail):
            return "Keras ended while asked to \(doing)" + (detail.isEmpty ? "" : ": \(detail)")
        case .timedOut(let doing, let seconds):
            return "Keras did not answer within \(seconds) s when asked to \(doing)"
        case .refused(let doing, let reason):
            return "Keras could not \(doing): \(reason)"
        case .misunderstood(let doing, let detail):
            return "Keras' answer when asked to \(doing) makes no sense: \(detail)"
        }
    }
}
