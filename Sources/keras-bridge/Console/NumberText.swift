extension Int {
    /// The number with a comma before every third digit: `10,000`.
    var grouped: String {
        var text = ""
        for (position, digit) in String(magnitude).reversed().enumerated() {
            if position > 0, position % 3 == 0 { text = "," + text }
            text = String(digit) + text
        }
        return (self < 0 ? "-" : "") + text
    }

    /// A number of bytes as people say it: `4.6 MB`.
    var readableBytes: String {
        var (size, unit) = (Double(self), 0)
        let units = ["bytes", "KB", "MB", "GB", "TB"]
        while size >= 999.5, unit < units.count - 1 {
            size /= 1000
            unit += 1
        }
        return unit == 0 ? "\(self) bytes" : "\(decimals(size, 1)) \(units[unit])"
    }
}

extension Double {
    /// Four digits that matter: `0.1235`, `12.35`, `1.2e-07`.
    var short: String {
        if self == 0 { return "0" }
        guard isFinite else { return description }
        if magnitude >= 1e-3, magnitude < 1e6 {
            let places = magnitude >= 1000 ? 0 : magnitude >= 100 ? 1 : magnitude >= 10 ? 2 : magnitude >= 1 ? 3 : 4
            return decimals(self, places)
        }
        var (mantissa, exponent) = (magnitude, 0)
        while mantissa >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 0.995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        return "\(self < 0 ? "-" : "")\(decimals(mantissa, 1))e\(exponent)"
    }

    /// A fraction as a percentage: `99.25 %`.
    var percent: String { decimals(self * 100, 2) + " %" }
}

/// A number with so many digits after the point.
func decimals(_ value: Double, _ count: Int) -> String {
    guard value.isFinite else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<count { scale *= 10 }
    let scaled = (value.magnitude * scale).rounded()
    guard scaled < 9e15 else { return "\(value)" }
    let whole = Int(scaled)
    let digits = String(whole)
    let padded = String(repeating: "0", count: max(0, count + 1 - digits.count)) + digits
    let sign = value < 0 && whole != 0 ? "-" : ""
    return count == 0 ? sign + padded : "\(sign)\(padded.dropLast(count)).\(padded.suffix(count))"
}

extension String {
    /// The text without line ends at its end.
    var trimmingNewlines: String {
        var text = self
        while text.last == "\n" { text.removeLast() }
        return text
    }
}
