import Foundation

extension Double {
    /// The number as people write errors: `0`, `3.1e-07`, `0.0125`, `1234`.
    var short: String {
        if self == 0 { return "0" }
        if !isFinite { return description }
        let magnitude = abs(self)
        if magnitude >= 1e-3, magnitude < 1e6 { return trimmed(String(format: "%.4g", locale: nil, self)) }
        return exponent(String(format: "%.1e", locale: nil, self))
    }

    private func trimmed(_ text: String) -> String { text.contains("e") ? exponent(text) : text }

    /// `3.0e-05` becomes `3e-5`.
    private func exponent(_ text: String) -> String {
        let parts = text.split(separator: "e")
        guard parts.count == 2, let power = Int(parts[1]) else { return text }
        let digits = parts[0].hasSuffix(".0") ? parts[0].dropLast(2) : parts[0]
        return "\(digits)e\(power)"
    }
}

extension Float {
    /// All digits that tell this float from its neighbours.
    var full: String { description }
}

extension Int {
    /// The number in raised digits: `²³`.
    var superscript: String {
        let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
        return String(description.compactMap { $0.wholeNumberValue.map { digits[$0] } })
    }

    /// The number with a comma before every third digit: `10,000`.
    var grouped: String {
        var digits = String(magnitude)
        var position = digits.count - 3
        while position > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: position))
            position -= 3
        }
        return (self < 0 ? "−" : "") + digits
    }
}

extension Double {
    /// A share as people write it: `99.12 %`.
    var percent: String { String(format: "%.2f %%", locale: nil, 100 * self) }

    /// Six digits after the point, for losses.
    var fixed: String { isFinite ? String(format: "%.6f", locale: nil, self) : description }
}
