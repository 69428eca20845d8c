extension Augmentation: CustomStringConvertible {
    /// The transforms with their amounts: `rotate=12,shift=2`; reading this text gives the same again.
    public var description: String {
        let parts = transforms.map { "\(type(of: $0).name)=\(short($0.amount))" }
        return (parts + (clean > 0 ? ["clean=\(short(clean))"] : [])).joined(separator: ",")
    }

    /// Several at once under one name, for what people usually want.
    public static let presets: [(name: String, text: String, summary: String)] = [
        (
            "digits", "shift=2,rotate=12,scale=0.12,shear=0.15,elastic=0.6,thickness=0.4,clean=0.1",
            "for handwriting to learn from"
        ),
        (
            "warp", "shift=2,rotate=15,scale=0.15,shear=0.15,elastic=0.8,thickness=0.6",
            "handwriting as people draw it, to measure on"
        ),
        ("clothes", "flip=0.5,crop=2,cutout=8", "for small pictures of things"),
    ]

    /// Reads a text such as `shift=2,rotate=12,flip` or `digits,cutout=6`.
    ///
    /// A name without a number has its usual amount; a preset's name stands for its transforms; what comes later wins;
    /// `clean=0.2` leaves a fifth of the images as they are.
    public init(_ text: String) throws(AugmentationError) {
        var transforms: [any ImageTransform] = []
        var clean = 0.0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = words[0]
            if words.count == 1, let preset = Self.presets.first(where: { $0.name == name }) {
                let set = try Augmentation(preset.text)
                transforms += set.transforms
                clean = set.clean
                continue
            }
            if name == "clean" {
                clean = try Self.number(words, in: 0...1, standard: nil)
                continue
            }
            guard let kind = Self.kinds.first(where: { $0.name == name }) else { throw .unknown(name: name) }
            transforms.append(kind.init(try Self.number(words, in: kind.amounts, standard: kind.standardAmount)))
        }
        self.init(transforms, clean: clean)
    }

    private static func number(
        _ words: [String], in range: ClosedRange<Double>, standard: Double?
    ) throws(AugmentationError) -> Double {
        if words.count == 1, let standard { return standard }
        let text = words.count > 1 ? words[1] : ""
        guard let number = Double(text), range.contains(number) else {
            throw .amount(name: words[0], found: text, expected: range)
        }
        return number
    }

    /// What can be said, for a help text: a line for each transform and preset.
    public static var help: String {
        let kinds = kinds.map { "\($0.name)=\(short($0.standardAmount)): \($0.summary)" }
        let presets = presets.map { "\($0.name): \($0.summary) (\($0.text))" }
        return (kinds + ["clean=F: this fraction of the images stays as it is"] + presets).joined(separator: "; ")
    }
}

/// Why a text is no augmentation.
public enum AugmentationError: Error, Hashable, CustomStringConvertible {
    case unknown(name: String)
    case amount(name: String, found: String, expected: ClosedRange<Double>)

    public var description: String {
        switch self {
        case .unknown(let name):
            let names = Augmentation.kinds.map { $0.name }.sorted() + ["clean"] + Augmentation.presets.map(\.name)
            return "\"\(name)\" is no augmentation; expected \(names.joined(separator: ", "))"
        case .amount(let name, let found, let expected):
            let range = "\(short(expected.lowerBound)) to \(short(expected.upperBound))"
            return "augmentation \"\(name)\": expected a number from \(range), found \"\(found)\""
        }
    }
}

/// A number without a needless `.0`.
private func short(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? "\(number)" }
