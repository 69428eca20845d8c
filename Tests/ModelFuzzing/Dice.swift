/// Random choices; the same seed gives the same ones.
struct Dice {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
        // Neighbours would have the same numbers, one place on.
        state = next() ^ 0xD1B5_4A32_D192_ED03
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number from 0 on, below a limit.
    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }

    /// Whether something happens that happens so often in a hundred.
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    /// One of these, if there are any.
    mutating func pick<Choices: RandomAccessCollection>(_ choices: Choices) -> Choices.Element? {
        choices.isEmpty ? nil : choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
    }

    /// A number in 0..<1.
    mutating func uniform() -> Float { Float(next() >> 40) / Float(1 << 24) }
}
