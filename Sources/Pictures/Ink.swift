/// A colour with a meaning, one for light and one for dark pages.
public enum Ink: String, Sendable, Hashable, CaseIterable {
    case page, panel, text, faint, grid, blue, orange, green, purple, red

    /// Red, green and blue on a light and on a dark page; texts keep a contrast of 4.5 : 1 and more.
    package var colours: (light: UInt32, dark: UInt32) {
        switch self {
        case .page: (0xFFFFFF, 0x0D1117)
        case .panel: (0xF3F5F8, 0x1A212B)
        case .text: (0x1A1A1A, 0xE6EDF3)
        case .faint: (0x5E666E, 0x9DA5AE)
        case .grid: (0xDDE1E6, 0x313A45)
        case .blue: (0x0969DA, 0x58A6FF)
        case .orange: (0xBC4C00, 0xF0883E)
        case .green: (0x1A7F37, 0x3FB950)
        case .purple: (0x8250DF, 0xBC8CFF)
        case .red: (0xCF222E, 0xF85149)
        }
    }

    /// The colour as a web page writes it.
    func web(isDark: Bool) -> String {
        let digits = String(isDark ? colours.dark : colours.light, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }
}
