import Foundation
import Images
import Pictures
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct DrawingTests {
    private var sample: Drawing {
        var drawing = Drawing(width: 60, height: 40, title: "A <sample> & \"more\"")
        drawing.box(x: 10, y: 10, width: 20, height: 20, fill: .red)
        drawing.line([.init(40, 5), .init(40, 35)], .blue, width: 4)
        drawing.dot(.init(50, 20), radius: 5, .green)
        drawing.text("a<b", x: 2, y: 38)
        let image = RasterImage(width: 2, height: 1, channels: 3, bytes: [255, 0, 0, 0, 0, 255])
        drawing.image(image, x: 0, y: 0, width: 8, height: 4, label: "two pixels")
        return drawing
    }

    @Test func theSVGIsWholeAndHasBothThemesAndNothingFromOutside() throws {
        let svg = sample.svg
        let document = try XMLDocument(xmlString: svg)
        #expect(document.rootElement()?.name == "svg")
        #expect(svg.contains("aria-label=\"A &lt;sample&gt; &amp; &quot;more&quot;\""))
        #expect(svg.contains("prefers-color-scheme: dark"))
        #expect(svg.components(separatedBy: "http").count == 2, "only the name of the language")
        #expect(svg.contains("a&lt;b"))
    }

    @Test func imagesInAnSVGAreThePNGInBase64() throws {
        let svg = sample.svg
        let start = try #require(svg.range(of: "base64,")).upperBound
        let text = svg[start...].prefix { $0 != "\"" }
        let bytes = [UInt8](try #require(Data(base64Encoded: String(text))))
        let image = try RasterImage(decoding: bytes, name: "image")
        #expect(image.bytes == [255, 0, 0, 0, 0, 255])
    }

    @Test(arguments: [false, true])
    func pixelsHaveTheColoursOfTheirTheme(_ isDark: Bool) {
        let image = sample.image(scale: 2, isDark: isDark)
        #expect(image.width == 120 && image.height == 80)
        func pixel(_ x: Int, _ y: Int) -> UInt32 {
            image.bytes[(3 * (y * 120 + x))..<(3 * (y * 120 + x) + 3)].reduce(0) { $0 << 8 | UInt32($1) }
        }
        func colour(_ ink: Ink) -> UInt32 { isDark ? ink.colours.dark : ink.colours.light }
        #expect(pixel(40, 40) == colour(.red))
        #expect(pixel(80, 40) == colour(.blue) && pixel(80, 2) == colour(.page))
        #expect(pixel(100, 40) == colour(.green))
        #expect(pixel(118, 78) == colour(.page))
        #expect(pixel(2, 2) == 0xFF0000 && pixel(12, 2) == 0x0000FF)
    }

    /// WCAG's contrast of text and lines with the page and the panel.
    @Test(arguments: [false, true])
    func textsCanBeRead(_ isDark: Bool) {
        func luminance(_ ink: Ink) -> Double {
            let colour = isDark ? ink.colours.dark : ink.colours.light
            let parts = [16, 8, 0].map { shift -> Double in
                let part = Double(colour >> UInt32(shift) & 0xFF) / 255
                return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
            }
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
        }
        for page in [Ink.page, .panel] {
            for (ink, least) in [(Ink.text, 7.0), (.faint, 4.5), (.blue, 3), (.orange, 3), (.green, 3), (.purple, 3)] {
                let pair = [luminance(ink), luminance(page)].sorted()
                #expect((pair[1] + 0.05) / (pair[0] + 0.05) >= least, "\(ink) on \(page)")
            }
        }
    }

    @Test func everyGlyphHasPointsOnItsGridAndEveryLetterIsThere() {
        let letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,:;-_/()[]{}%+=<>#'\"*!?&@|"
        let unknown = StrokeFont.strokes("\u{1F600}", size: 10).lines
        for letter in letters {
            let (lines, width) = StrokeFont.strokes(String(letter), size: 10)
            #expect(!lines.isEmpty && width < 9, "\(letter)")
            #expect(lines.joined().map(\.0) != unknown.joined().map(\.0), "\(letter) is drawn")
            #expect(lines.joined().allSatisfy { (-8...3.5).contains($0.1) }, "\(letter)")
        }
        let (one, two) = (StrokeFont.strokes("a", size: 10).width, StrokeFont.strokes("aa", size: 10).width)
        #expect(two > 2 * one)
    }
}
