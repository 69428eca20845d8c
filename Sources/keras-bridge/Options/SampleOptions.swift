import ArgumentParser
import KerasBridge

/// What becomes of samples and targets before the model learns from them.
struct SampleOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Learn these samples, too, so that the model keeps what it knows while it learns a few new ones: the data set that "
                + "it was trained on, or a part of it. Those of --data are repeated until they are a tenth as many.",
            valueName: "spec"))
    var rehearse: String?

    @Option(
        help: ArgumentHelp(
            "Change images at random, anew in each epoch: names with amounts (a name alone has the amount shown), or "
                + "presets. \(Augmentation.help).",
            valueName: "shift=2,rotate=12,…"),
        transform: augmentation)
    var augment: Augmentation?

    @Option(help: ArgumentHelp("Mix samples two by two, with shares from Beta(ALPHA, ALPHA).", valueName: "alpha"))
    var mixup: Double?

    @Option(help: "Move this share of each target to all classes alike: the loss' label_smoothing.")
    var labelSmoothing: Double?

    @Option(
        help: ArgumentHelp(
            "How much samples of a class count: 0=1,5=2.5 (others 1), or balanced: rare classes as much as frequent ones.",
            valueName: "class=weight,…"),
        transform: ClassWeights.init)
    var classWeights: ClassWeights?

    func validate() throws {
        if let mixup, !(mixup > 0 && mixup.isFinite) {
            throw ValidationError("--mixup expects an alpha above 0, such as 0.2, found \(mixup)")
        }
        if let labelSmoothing, !(0..<1).contains(labelSmoothing) {
            throw ValidationError("--label-smoothing expects a fraction from 0 to 1, found \(labelSmoothing)")
        }
    }
}

/// How much the samples of each class count.
enum ClassWeights: Sendable {
    case given([Int: Float])
    /// Samples / (classes · samples of the class).
    case balanced

    @Sendable init(_ text: String) throws {
        if text == "balanced" {
            self = .balanced
            return
        }
        var weights: [Int: Float] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=", omittingEmptySubsequences: false)
            guard words.count == 2, let number = Int(words[0]), number >= 0, let weight = Float(words[1]), weight >= 0,
                weight.isFinite
            else {
                throw ValidationError("--class-weights expects balanced, or 0=1,5=2.5 and the like, found \(text)")
            }
            weights[number] = weight
        }
        self = .given(weights)
    }

    /// The weights for samples of these classes.
    func weights(for classes: [Int]?, of data: String) throws(CommandError) -> [Int: Float] {
        if case .given(let weights) = self { return weights }
        guard let classes else {
            throw CommandError(.badInput, "\(data) — its targets are no class numbers, which --class-weights balances")
        }
        let counts = classes.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        return counts.mapValues { Float(classes.count) / Float(counts.count * $0) }
    }
}
