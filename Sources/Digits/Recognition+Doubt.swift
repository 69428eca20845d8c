extension Recognition.Doubt {
    /// What makes an answer doubtful; `nil` where nothing does.
    ///
    /// - Parameter isOutlier: whether the network's features are far from those of any digit.
    init?(_ preparation: InkPreparation, _ probabilities: [Float], isOutlier: Bool) {
        let ranked = probabilities.sorted(by: >)
        if preparation.cropped.total < Self.trace {
            self = .noInk
        } else if preparation.centring == .centreOfMass, preparation.isHardlyAnything {
            self = .hardlyAnyInk
        } else if preparation.centring == .centreOfMass, preparation.isNoStroke {
            self = .noDigit
        } else if ranked[0] < Self.leastConfidence {
            self = .noDigit
        } else if ranked[0] - ranked[1] < Self.leastMargin {
            self = .thinMargin
        } else if isOutlier {
            self = .noDigit
        } else {
            return nil
        }
    }

    /// Less ink than this, in full points, is none.
    private static let trace: Float = 0.5
    // Measured by DoubtTests, which prints how many digits are sure and how much of what is no digit is doubted.
    private static let leastConfidence: Float = 0.5
    private static let leastMargin: Float = 0.9
}

extension InkPreparation {
    /// Whether the ink is too much, too little or too scattered for a digit: MNIST's have from 22 to 257 full points.
    fileprivate var isNoStroke: Bool {
        guard (18...270).contains(pixels.total) else { return true }
        return Components(pixels, above: Segmentation.threshold).pieces.count > 6
    }

    /// Whether the ink may be a dot or a slip of the pen: a few points, or a small part of a large surface.
    fileprivate var isHardlyAnything: Bool {
        let longer = max(crop.width, crop.height)
        return longer < 5 || longer * 25 < max(ink.width, ink.height)
    }
}
