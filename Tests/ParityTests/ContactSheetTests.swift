import Parity
import Testing

@Suite struct ContactSheetTests {
    @Test func showsEachPictureWithItsCaption() {
        var sheet = ContactSheet(columns: 2, scale: 2)
        #expect(sheet.isEmpty)
        for _ in 0..<3 {
            sheet.add(Picture(width: 4, height: 3, bytes: Array(repeating: 128, count: 12)), caption: "4>9")
        }
        let page = sheet.picture
        #expect(page.width == 2 * (8 + 8) + 8)
        #expect(page.bytes.count { $0 == 128 } == 3 * 4 * 3 * 4, "each picture, doubled along both axes")
        #expect(page.bytes.contains(40), "captions are drawn")
        #expect(page.png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    }

    @Test func isAWhiteDotWithoutPictures() {
        #expect(ContactSheet().picture == Picture(width: 1, height: 1, bytes: [255]))
    }
}
