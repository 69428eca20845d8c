extension ModelCheckpoint {
    /// The file name of an epoch, made from a pattern as Keras' `filepath`: `model-{epoch:02d}-{val_loss:.3f}.keras`.
    ///
    /// `{epoch}` counts from 1; a log's name stands for its number, `:.Nf` for N decimals, `:0Nd` for N digits.
    ///
    /// - Throws: ``DataError`` where a name in braces is no log, or the braces or the form cannot be read.
    public static func path(_ pattern: String, epoch: Int, _ logs: Logs) throws(DataError) -> String {
        var path = ""
        var rest = pattern[...]
        while let open = rest.firstIndex(of: "{") {
            path += rest[..<open]
            guard let close = rest[open...].firstIndex(of: "}") else {
                throw .unfit("\(pattern) — a { without its }")
            }
            let words = rest[rest.index(after: open)..<close].split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(words[0])
            let form = words.count > 1 ? String(words[1]) : ""
            let value: Double? = name == "epoch" ? Double(epoch + 1) : logs[name]
            guard let value else {
                let names = ["epoch"] + logs.names
                throw .unfit("\(pattern) — there is no \"\(name)\"; there are \(names.joined(separator: ", "))")
            }
            guard let text = written(value, form, isWhole: name == "epoch") else {
                throw .unfit(
                    "\(pattern) — \"\(form)\" is no form of a number; expected 02d, or .3f, and the like")
            }
            path += text
            rest = rest[rest.index(after: close)...]
        }
        return path + rest
    }

    /// A number in Python's form `d`, `0Nd` or `.Nf`.
    private static func written(_ value: Double, _ form: String, isWhole: Bool) -> String? {
        if form.isEmpty { return isWhole ? "\(Int(value))" : "\(value)" }
        if form.hasSuffix("d"), isWhole {
            let digits = form.dropLast()
            guard digits.isEmpty || Int(digits).map({ (0...20).contains($0) }) == true else { return nil }
            let text = "\(Int(value))"
            let fill = digits.hasPrefix("0") ? "0" : " "
            return String(repeating: fill, count: max(0, (Int(digits) ?? 0) - text.count)) + text
        }
        guard form.hasPrefix("."), form.hasSuffix("f"), let places = Int(form.dropFirst().dropLast()),
            (0...17).contains(places), value.isFinite, abs(value) < 1e15
        else { return nil }
        return fixed(value, places)
    }

    /// A number with so many decimals.
    private static func fixed(_ value: Double, _ places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        guard abs(value) * scale < 9e15 else { return "\(value)" }
        let whole = Int((abs(value) * scale).rounded(.toNearestOrEven))
        let digits = String(whole)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        let sign = value < 0 && whole != 0 ? "-" : ""
        return places == 0 ? sign + padded : sign + padded.dropLast(places) + "." + padded.suffix(places)
    }
}
