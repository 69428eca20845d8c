/// Named numbers in order: the loss and the metrics of a batch or an epoch.
public struct Logs: Sendable, Hashable {
    public private(set) var names: [String] = []
    private var values: [String: Double] = [:]

    public init() {}

    public init(_ pairs: [(name: String, value: Double)]) { for (name, value) in pairs { self[name] = value } }

    /// The number of this name; a new name is appended.
    public subscript(name: String) -> Double? {
        get { values[name] }
        set {
            if newValue == nil {
                names.removeAll { $0 == name }
            } else if values[name] == nil {
                names.append(name)
            }
            values[name] = newValue
        }
    }

    /// The numbers in order.
    public var pairs: [(name: String, value: Double)] { names.compactMap { name in values[name].map { (name, $0) } } }

    /// The same numbers with a word before their names: `val_loss`.
    func prefixed(_ prefix: String) -> Logs { Logs(pairs.map { (prefix + $0.name, $0.value) }) }

    mutating func merge(_ other: Logs) { for (name, value) in other.pairs { self[name] = value } }
}

/// What a run of `fit` reports: the logs of its epochs, and how it ended.
public struct History: Sendable, Hashable {
    public enum End: Sendable, Hashable {
        /// All epochs are done.
        case finished
        /// A callback stopped it.
        case stopped
        /// It was cancelled, perhaps amid an epoch; it can go on from there.
        case cancelled
    }

    /// The numbers of the epochs, counted from 0.
    public internal(set) var epochs: [Int] = []
    /// For each epoch, its logs.
    public internal(set) var logs: [Logs] = []
    public internal(set) var end = End.finished

    /// One number over all epochs that have it.
    public subscript(name: String) -> [Double] { logs.compactMap { $0[name] } }
}
