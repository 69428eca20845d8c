/// What a verification found: equal, or different and why.
public struct Verdict: Sendable {
    /// The model that was verified, as its user named it.
    public var model: String
    public var ours: SideDescription
    public var theirs: SideDescription
    /// What the inputs were.
    public var inputs: String
    public var samples: Int
    public var outputs: [NamedComparison]
    public var classification: ClassificationComparison?
    public var layers: LayerReport?
    public var gradients: GradientReport?
    public var training: TrainingReport?
    /// Weights that are not those that a proof was made with.
    public var changedWeights: [String] = []
    /// Policies of half precision that the model's layers ask for: Keras computes in them, we in float32.
    public var halfPolicies: [String] = []
    public var environment: Environment
    /// The command that gave this verdict, one argument each.
    public var command: [String]
    /// How long it took, in seconds.
    public var seconds: Double

    /// Whether everything that was compared is equal.
    public var isEqual: Bool { reasons.isEmpty }

    /// The exit status that says the verdict: 0 equal, 2 different.
    public var exitStatus: Int32 { isEqual ? 0 : 2 }

    /// What may explain a difference, in sentences.
    public var hints: [String] {
        guard !isEqual, !halfPolicies.isEmpty else { return [] }
        let coarse = halfPolicies.contains { $0.contains("bfloat16") }
        return [
            "the file asks Keras for \(halfPolicies.joined(separator: ", ")), \(coarse ? "8" : "11") bits a number; "
                + "ours are float32. Half precision can hold --atol \(coarse ? "1e-2" : "1e-3")"
        ]
    }

    /// One sentence for each thing that differs, the most telling first; empty where everything is equal.
    public var reasons: [String] {
        var reasons: [String] = []
        if let found = layers?.firstDifference { reasons.append(found.sentence(theirs.name)) }
        if let found = layers?.firstFaulty, found.key != layers?.firstDifference?.key {
            reasons.append(
                "layer \(found.position) \"\(found.key.layer)\" (\(found.className)) alone, fed with "
                    + "\(theirs.name)'s activations, differs")
        }
        for output in outputs where !output.comparison.isEqual {
            reasons.append("output \"\(output.name)\"\(output.comparison.sentence(theirs.name))")
        }
        if let first = changedWeights.first {
            let more = changedWeights.count > 1 ? ", nor are \(changedWeights.count - 1) more" : ""
            reasons.append("weight \"\(first)\" is not the one that the proof was made with\(more)")
        }
        if let flips = classification?.flipCount, flips > 0 {
            reasons.append("\(flips.grouped) of \(samples.grouped) samples get another class")
        }
        reasons += gradients?.reasons(theirs.name) ?? []
        reasons += training?.reasons(theirs.name) ?? []
        return reasons
    }
}

/// A comparison with the name of what was compared: an output, a weight.
public struct NamedComparison: Sendable {
    public var name: String
    public var comparison: Comparison

    public init(_ name: String, _ comparison: Comparison) {
        self.name = name
        self.comparison = comparison
    }
}

extension Comparison {
    /// What differs, to stand behind a name: `, element [0, 3]: Keras 0.5731, ours 0.5728, |Δ| 3.1e-4 > tolerance 1e-5`.
    func sentence(_ theirName: String) -> String {
        if let shapeMismatch {
            return ": shape \(shapeMismatch.ours) is ours, \(theirName) has \(shapeMismatch.theirs)"
        }
        guard let first else { return " is equal" }
        let more = violations > 1 ? " (\(violations.grouped) of \(count.grouped) elements)" : ""
        return ", element \(first.index): \(theirName) \(first.theirs.full), ours \(first.ours.full), "
            + "|Δ| \(first.difference.short) > tolerance \(first.allowed.short)\(more)"
    }
}
