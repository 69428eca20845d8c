import Images

/// Turns photographs and scans into ink.
public enum Photo {
    /// The ink in a picture.
    ///
    /// Transparency lies on white. Pictures larger than ``PhotoOptions/side`` are shrunk first; then paper is told from ink
    /// by what is around each point, so that uneven light does not matter; then the lines of ruled paper and specks are
    /// taken away.
    ///
    /// - Throws: what the budget's ``ReadingBudget/goOn`` throws.
    public static func ink(
        from image: RasterImage, _ options: PhotoOptions = PhotoOptions(), budget: ReadingBudget = ReadingBudget()
    ) throws -> Ink {
        var brightness = Brightness(image.over(255).grey, side: options.side)
        if options.polarity == .lightOnDark || options.polarity == .auto && brightness.isLightOnDark {
            brightness.invert()
        }
        try budget.goOn()
        let paper = Paper(brightness)
        try budget.goOn()
        var contrasts = Ink(width: brightness.width, height: brightness.height, values: paper.contrasts)
        let least = max(0.1, 4.5 * paper.noise)
        if options.removesRules { Rules(contrasts, above: least).erase(from: &contrasts) }
        try budget.goOn()
        let ink = ink(contrasts, above: least, noise: paper.noise)
        return options.removesSpecks ? ink.withoutSpecks : ink
    }

    /// Contrasts as ink: what paper scatters is none, what most strokes have is all.
    private static func ink(_ contrasts: Ink, above least: Float, noise: Float) -> Ink {
        let strokes = contrasts.values.filter { $0 > least }.sorted()
        guard strokes.count > 3 else { return .blank(width: contrasts.width, height: contrasts.height) }
        let full = strokes[strokes.count * 3 / 4]
        // Pictures that no camera took have clean edges, which stay as they are.
        let isClean = noise < 0.003
        let low = isClean ? 0.01 : max(0.3 * full, 3.5 * noise)
        let high = isClean ? full : max(0.8 * full, low + 0.05)
        return Ink(
            width: contrasts.width, height: contrasts.height,
            values: contrasts.values.map { ($0 - low) / (high - low) })
    }
}
