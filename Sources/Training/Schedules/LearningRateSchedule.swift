import Networks

/// A learning rate that depends on the step, evaluated in float32 as Keras does.
public protocol LearningRateSchedule: Sendable {
    /// Keras' class name.
    static var kerasName: String { get }

    /// Reads the schedule from Keras' options.
    init(from options: inout OptionReader) throws(OptionError)

    /// The configuration as Keras writes it.
    var options: Options { get }

    /// The highest rate, before any restart.
    var peak: Double { get }

    /// The learning rate of the step after `step` batches.
    func callAsFunction(step: Int) -> Float
}

extension LearningRateSchedule {
    /// The schedule as Keras writes it in place of a learning rate.
    var optionValue: OptionValue {
        .object([
            "module": "keras.optimizers.schedules", "class_name": .string(Self.kerasName), "config": .object(options),
            "registered_name": nil,
        ])
    }
}

/// The schedules that files can name: Keras' class name → type.
public struct ScheduleRegistry: Sendable {
    private var types: [String: any LearningRateSchedule.Type] = [:]

    public static let standard = ScheduleRegistry([
        CosineDecay.self, CosineDecayRestarts.self, ExponentialDecay.self, InverseTimeDecay.self,
        PiecewiseConstantDecay.self, PolynomialDecay.self,
    ])

    public init(_ types: [any LearningRateSchedule.Type]) { for type in types { self.types[type.kerasName] = type } }

    /// Keras' class names, in alphabetical order.
    public var names: [String] { types.keys.sorted() }

    public subscript(className: String) -> (any LearningRateSchedule.Type)? { types[className] }
}

extension OptionReader {
    /// A number that must be there.
    mutating func number(_ name: String) throws(OptionError) -> Double { try required(name, "a number", \.double) }

    /// A number above zero that must be there.
    mutating func steps(_ name: String) throws(OptionError) -> Double {
        try required(name, "a number > 0") { value in value.double.flatMap { $0 > 0 ? $0 : nil } }
    }

    /// A list of numbers that must be there.
    mutating func numbers(_ name: String) throws(OptionError) -> [Double] {
        try required(name, "a list of numbers") { value in
            guard let list = value.array else { return nil }
            let numbers = list.compactMap(\.double)
            return numbers.count == list.count ? numbers : nil
        }
    }
}
