/// How bright the paper is at each point, ink or no ink, however the light falls.
struct Paper {
    /// How much darker than the paper each point is: 0 for paper, towards 1 for black.
    let contrasts: [Float]
    /// How far the contrasts of bare paper scatter.
    let noise: Float

    /// Strokes are narrower than this part of the picture's longer side; what is wider is shadow, or paper.
    private static let strokes = 4

    init(_ brightness: Brightness) {
        let (width, height) = (brightness.width, brightness.height)
        // Single bright points would shine on all around them.
        let smooth = Sums(brightness.values, width, height).means(reaching: brightness.side / 200)
        let paper = Closing.closed(
            smooth, width, height, reaching: max(2, brightness.side / (2 * Self.strokes)))
        var contrasts = zip(brightness.values, paper).map { value, paper in
            paper > 0.02 ? max(-1, 1 - value / paper) : 0
        }
        // Most of a picture is paper: what most points have is no contrast, and how they scatter around it is noise.
        let step = max(1, contrasts.count / 20_000)
        var sample = stride(from: 0, to: contrasts.count, by: step).map { contrasts[$0] }.sorted()
        let middle = sample[sample.count / 2]
        sample = sample.map { abs($0 - middle) }.sorted()
        noise = 1.4826 * sample[sample.count / 2]
        if middle != 0 { contrasts = contrasts.map { $0 - middle } }
        self.contrasts = contrasts
    }
}
