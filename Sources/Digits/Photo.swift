import Images

/// Turns photographs and scans into ink.
public enum Photo {
    /// The ink in a picture.
    ///
    /// Transparency lies on white. Pictures larger than ``PhotoOptions/side`` are shrunk first; then paper is told from ink
    /// by what is around each point, so that uneven light does not matter; then the lines of ruled paper and specks are
    /// taken away.
    public static func ink(from image: RasterImage, _ options: PhotoOptions = PhotoOptions()) -> Ink {
        let grey = image.over(255).grey
        var brightness = Brightness(grey, side: options.side)
        if options.polarity == .lightOnDark || options.polarity == .auto && brightness.isLightOnDark {
            brightness.invert()
        }
        return brightness.ink()
    }
}
