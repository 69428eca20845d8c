/// When two numbers count as equal: `|ours − theirs| ≤ absolute + relative · |theirs|`.
///
/// This is the meaning of `numpy.allclose` with Keras' number second: the two terms add up, so a number passes that
/// either term alone would refuse. NaN equals nothing, an infinity equals itself only.
public struct Tolerance: Hashable, Sendable, Codable {
    public var absolute: Double
    public var relative: Double

    /// - Precondition: neither is negative or NaN.
    public init(absolute: Double, relative: Double) {
        precondition(absolute >= 0 && relative >= 0, "a tolerance is not negative")
        self.absolute = absolute
        self.relative = relative
    }

    /// What "equal to Keras" means unless somebody says otherwise.
    public static let standard = Tolerance(absolute: 1e-5, relative: 1e-5)

    /// For gradients, whose `absolute` is taken relative to the tensor's largest element (see ``Comparison/add(_:_:at:scale:pool:)``).
    public static let gradients = Tolerance(absolute: 1e-4, relative: 1e-4)

    /// For weights after training steps, in which rounding adds up.
    public static let trainedWeights = Tolerance(absolute: 1e-5, relative: 1e-4)

    /// No difference at all, except that −0 equals 0.
    public static let exact = Tolerance(absolute: 0, relative: 0)

    /// How far a number may lie from `theirs`, when `scale` multiplies the absolute term.
    @inlinable
    public func allowed(at theirs: Float, scale: Double = 1) -> Double {
        absolute * scale + relative * Double(abs(theirs))
    }

    /// Whether `ours` counts as equal to `theirs`.
    public func accepts(_ ours: Float, _ theirs: Float, scale: Double = 1) -> Bool {
        if ours == theirs { return true }
        guard ours.isFinite, theirs.isFinite else { return false }
        return abs(Double(ours) - Double(theirs)) <= allowed(at: theirs, scale: scale)
    }
}

extension Tolerance: CustomStringConvertible {
    public var description: String { "atol \(absolute.short), rtol \(relative.short)" }
}

/// A tolerance for every output: one for all, and others by name.
public struct Tolerances: Hashable, Sendable {
    public var standard: Tolerance
    public var named: [String: Tolerance]

    public init(_ standard: Tolerance = .standard, named: [String: Tolerance] = [:]) {
        self.standard = standard
        self.named = named
    }

    /// Reads what a command line gives: `1e-4` for all outputs, `digit:1e-4` for the output of that name.
    ///
    /// - Throws: ``ToleranceError`` for what is neither.
    public init(
        absolute: [String], relative: [String], standard: Tolerance = .standard
    ) throws(ToleranceError) {
        let absolutes = try Tolerances.parse(absolute, standard: standard.absolute)
        let relatives = try Tolerances.parse(relative, standard: standard.relative)
        self.standard = Tolerance(absolute: absolutes.standard, relative: relatives.standard)
        named = [:]
        for name in Set(absolutes.named.keys).union(relatives.named.keys) {
            named[name] = Tolerance(
                absolute: absolutes.named[name] ?? absolutes.standard,
                relative: relatives.named[name] ?? relatives.standard)
        }
    }

    /// The tolerance of the output with this name.
    public subscript(name: String) -> Tolerance { named[name] ?? standard }

    private static func parse(
        _ texts: [String], standard: Double
    ) throws(ToleranceError) -> (standard: Double, named: [String: Double]) {
        var result = (standard: standard, named: [String: Double]())
        for text in texts {
            let colon = text.lastIndex(of: ":")
            guard let value = Double(colon.map { text[text.index(after: $0)...] } ?? text[...]), value >= 0 else {
                throw ToleranceError(text: text)
            }
            if let colon { result.named[String(text[..<colon])] = value } else { result.standard = value }
        }
        return result
    }
}

/// A text that gives no tolerance.
public struct ToleranceError: Error, Hashable, CustomStringConvertible {
    public var text: String

    public var description: String {
        "\"\(text)\" is not a tolerance; expected a number ≥ 0, or an output's name and a number: 1e-5, digit:1e-4"
    }
}
