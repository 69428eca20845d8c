#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the samples of a frame are multiplied by before its frequencies are taken.
public enum SpectralWindow: Hashable, Sendable {
    /// A sum of cosines.
    case cosines(Name)
    /// Any numbers, one for each sample.
    case values([Double])

    public enum Name: String, Hashable, Sendable, CaseIterable { case hann, hamming, blackman, boxcar }

    /// The numbers for frames of so many samples.
    ///
    /// - Parameter period: after how many samples the cosines repeat: the samples, or one less for a symmetrical window.
    func samples(_ count: Int, period: Int) -> [Double] {
        guard case .cosines(let name) = self else {
            if case .values(let values) = self { return values }
            return []
        }
        let factors: [Double] =
            switch name {
            case .hann: [0.5, 0.5]
            case .hamming: [0.54, 0.46]
            case .blackman: [0.42, 0.5, 0.08]
            case .boxcar: [1]
            }
        guard count > 1 else { return Array(repeating: 1, count: count) }
        return (0..<count).map { sample in
            factors.enumerated().reduce(0) { sum, term in
                let sign: Double = term.offset.isMultiple(of: 2) ? 1 : -1
                return sum + sign * term.element * cos(2 * .pi * Double(term.offset * sample) / Double(period))
            }
        }
    }

    var optionValue: OptionValue {
        switch self {
        case .cosines(let name): .string(name.rawValue)
        case .values(let values): .array(values.map { .double($0) })
        }
    }
}

extension OptionReader {
    /// The option `window`: a name of one, its samples, or null for none.
    ///
    /// - Parameter count: how many samples a frame has.
    mutating func window(count: Int, among names: [SpectralWindow.Name]) throws(OptionError) -> SpectralWindow? {
        let words = names.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        if options["window"] == nil { return .cosines(.hann) }
        return try optional("window", "\(words), \(count) numbers or null") { value in
            if let name = value.string.flatMap(SpectralWindow.Name.init) {
                return names.contains(name) ? .cosines(name) : nil
            }
            guard let list = value.array, list.count == count else { return nil }
            let numbers = list.compactMap(\.double)
            return numbers.count == count ? .values(numbers) : nil
        }
    }
}
