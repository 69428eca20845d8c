extension String {
    /// The text with everything that a terminal or a page would obey instead of show written as JSON escapes it:
    /// `\u001b` for ESC. What comes from a file, a name or an option may hold such characters; JSON stays the same JSON.
    ///
    /// - Parameter keepingLines: whether ends of lines and tabs stay, as in a text of several lines.
    public func visible(keepingLines: Bool = false) -> String {
        guard utf8.contains(where: \.mayBeHidden) else { return self }
        var text = ""
        text.reserveCapacity(utf8.count + 16)
        for scalar in unicodeScalars {
            if !scalar.isHidden || keepingLines && (scalar == "\n" || scalar == "\t") {
                text.unicodeScalars.append(scalar)
            } else {
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            }
        }
        return text
    }
}

extension Unicode.Scalar {
    /// Whether it moves the cursor, changes colours, turns the direction of what stands beside it, or ends a line: the
    /// controls C0, DEL and C1, the marks, embeddings, overrides and isolates of direction, the separators of lines and
    /// paragraphs, and the two that no text holds.
    public var isHidden: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFFFE...0xFFFF: true
        default: false
        }
    }
}

extension UInt8 {
    /// Whether a hidden character may begin with this byte: most texts have none, and are left as they are.
    fileprivate var mayBeHidden: Bool {
        self < 0x20 || self == 0x7F || self == 0xC2 || self == 0xD8 || self == 0xE2 || self == 0xEF
    }
}
