extension Recognition.Doubt {
    /// What makes an answer doubtful; `nil` where nothing does.
    init?(_ preparation: InkPreparation, _ probabilities: [Float]) {
        let ranked = probabilities.sorted(by: >)
        if preparation.cropped.total < Self.trace {
            self = .noInk
        } else if preparation.centring == .centreOfMass, preparation.isHardlyAnything {
            self = .hardlyAnyInk
        } else if ranked[0] < Self.leastConfidence {
            self = .noDigit
        } else if ranked[0] - ranked[1] < Self.leastMargin {
            self = .thinMargin
        } else {
            return nil
        }
    }

    /// Less ink than this, in full points, is none.
    private static let trace: Float = 0.5
    private static let leastConfidence: Float = 0.4
    private static let leastMargin: Float = 0.5
}

extension InkPreparation {
    /// Whether the ink may be a dot or a slip of the pen: a few points, or a small part of a large surface.
    fileprivate var isHardlyAnything: Bool {
        let longer = max(crop.width, crop.height)
        return longer < 5 || longer * 25 < max(ink.width, ink.height)
    }
}
