import Networks

/// Where a metric cuts outputs into positive and negative ones: Keras' `thresholds`, `top_k` and `class_id`.
public struct Cut: Sendable, Hashable {
    /// Outputs above them are positive, each in 0…1; none is Keras' null: 0.5, or any number where ``topK`` is given.
    public var thresholds: [Double]
    /// Only the k largest outputs of a row may be positive.
    public var topK: Int?
    /// Only this class, a column of the outputs, is looked at.
    public var classID: Int?

    public init(thresholds: [Double] = [], topK: Int? = nil, classID: Int? = nil) {
        self.thresholds = thresholds
        self.topK = topK
        self.classID = classID
    }

    /// Reads `thresholds` alone.
    init(thresholdsFrom options: inout OptionReader) throws(OptionError) {
        thresholds =
            try options.optional("thresholds", "a number from 0 to 1, or a list of them") { value in
                let list = value.array ?? [value]
                let numbers = list.compactMap(\.double).filter { (0...1).contains($0) }
                return numbers.count == list.count && !list.isEmpty ? numbers : nil
            } ?? []
    }

    /// Reads all three.
    init(from options: inout OptionReader) throws(OptionError) {
        try self.init(thresholdsFrom: &options)
        topK = try options.optional("top_k", "a whole number above 0") { $0.int.flatMap { $0 > 0 ? $0 : nil } }
        classID = try options.classID()
    }

    /// The option `thresholds` as Keras writes it.
    var thresholdOption: OptionValue {
        switch thresholds.count {
        case 0: .null
        case 1: .double(thresholds[0])
        default: .array(thresholds.map { .double($0) })
        }
    }

    var options: Options {
        [
            "thresholds": thresholdOption, "top_k": topK.map { .int($0) } ?? nil,
            "class_id": classID.map { .int($0) } ?? nil,
        ]
    }

    /// Where the outcomes are counted.
    var counts: ThresholdCounts {
        let sorted = thresholds.isEmpty ? [topK == nil ? 0.5 : -1e10] : thresholds.sorted()
        var counts = ThresholdCounts(sorted, isEven: isEvenlySpaced(thresholds))
        counts.topK = topK
        counts.classID = classID
        return counts
    }
}

/// Whether thresholds divide the way from 0 to 1 evenly, by the measure of NumPy's `allclose`.
func isEvenlySpaced(_ thresholds: [Double]) -> Bool {
    guard thresholds.count > 2 else { return false }
    return thresholds.enumerated().allSatisfy { position, threshold in
        let even = Double(position) / Double(thresholds.count - 1)
        return abs(threshold - even) <= 1e-7 + 1e-5 * even
    }
}

extension OptionReader {
    /// The option `class_id` of metrics.
    mutating func classID() throws(OptionError) -> Int? {
        try optional("class_id", "a whole number from 0") { $0.int.flatMap { $0 >= 0 ? $0 : nil } }
    }

    /// The name of a metric.
    mutating func metricName(_ fallback: String) throws(OptionError) -> String {
        ignore("dtype")
        return try string("name", default: fallback)
    }
}
