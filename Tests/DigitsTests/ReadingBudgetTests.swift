import Digits
import Images
import Synchronization
import Testing

/// What a picture may cost.
@Suite struct ReadingBudgetTests {
    let recognizer: Recognizer

    init() throws { recognizer = try Recognizer.shipped() }

    /// Dots and bars that fill a picture: thousands of pieces, or long ones beside each other.
    @Test(arguments: [(1, 1, 3, 3), (2, 40, 4, 44), (40, 2, 44, 4), (3, 900, 6, 1000)])
    func refusesMorePiecesThanItHas(_ width: Int, _ height: Int, _ across: Int, _ down: Int) {
        let side = 900
        let values = (0..<(side * side)).map { place -> Float in
            place % side % across < width && place / side % down < height ? 1 : 0
        }
        let ink = Ink(width: side, height: side, values: values)
        let error = #expect(throws: ReadingError.self) { try recognizer.recognizeAll(ink).count }
        #expect(error?.description.contains("more than the limit of") == true, "\(error.map { "\($0)" } ?? "")")
        #expect(throws: ReadingError.self) { try Segmentation.boxes(in: ink) }
    }

    /// Slanted strokes beside each other, whose boxes lie over each other.
    @Test func refusesPiecesThatMultiplyThePicture() {
        let side = 1000
        var values = [Float](repeating: 0, count: side * side)
        for stroke in 0..<90 {
            for y in 0..<side {
                let x = y * 10 / 41 + stroke * 7
                if x < side { values[y * side + x] = 1 }
            }
        }
        let ink = Ink(width: side, height: side, values: values)
        let error = #expect(throws: ReadingError.self) { try recognizer.recognizeAll(ink).count }
        guard case .tooMuchOverlap? = error else {
            Issue.record("\(error.map { "\($0)" } ?? "nothing")")
            return
        }
    }

    @Test func readsAsManyDigitsAsItHas() throws {
        let page = try page(of: 30)
        #expect(try recognizer.recognizeAll(page, budget: ReadingBudget(digits: 30)).count == 30)
        #expect(throws: ReadingError.tooManyDigits(found: 30, limit: 29)) {
            try recognizer.recognizeAll(page, budget: ReadingBudget(digits: 29)).count
        }
    }

    /// A long row of digits that touch, and a bar that is far too long for digits.
    @Test(arguments: [16, 24, 32, 64])
    func looksNoOftenerThanItMay(_ count: Int) throws {
        var row = Drawing(width: 62 * count + 60, height: 110)
        for (place, digit) in try RealDigits.embedded().images.prefix(count).enumerated() {
            row.draw(digit, left: 10 + 60 * place, top: 5, scale: 3.5, pressure: 0.2)
        }
        let plan = try recognizer.plan(row.ink)
        #expect(plan.looks <= 4096)
        #expect(try recognizer.plan(row.ink, budget: ReadingBudget(looks: 50)).looks <= 50 + count)
        let bar = Ink(width: 4000, height: 12, values: [Float](repeating: 1, count: 48_000))
        #expect(try recognizer.plan(bar).looks == 1)
    }

    /// However far the work is, it ends at the next step.
    @Test(arguments: [1, 2, 5, 20])
    func endsWhereNobodyWaits(_ steps: Int) throws {
        struct Gone: Error {}
        let left = Counter(steps)
        let budget = ReadingBudget { if left.next() < 0 { throw Gone() } }
        let page = try page(of: 20)
        #expect(throws: Gone.self) { try recognizer.recognizeAll(page, budget: budget).count }
        #expect(left.next() == -2, "it was asked once more, and no more")
    }

    @Test func asksInPhotosAndHeatMaps() throws {
        struct Gone: Error {}
        let budget = ReadingBudget { throw Gone() }
        let photo = RasterImage(width: 64, height: 64, bytes: [UInt8](repeating: 200, count: 4096))
        #expect(throws: Gone.self) { try Photo.ink(from: photo, budget: budget).total }
        let answer = try recognizer.recognize(try #require(try RealDigits.embedded().images.first))
        #expect(throws: Gone.self) { try recognizer.heatMap(of: answer, budget: budget).digit }
    }

    /// A strip is no longer than the longest side, also where there is only one row of it.
    @Test(arguments: [(1 << 20, 1), (1, 1 << 20), (1 << 19, 3)])
    func shrinksStrips(_ width: Int, _ height: Int) throws {
        let strip = RasterImage(width: width, height: height, bytes: [UInt8](repeating: 200, count: width * height))
        let ink = try Photo.ink(from: strip)
        #expect(max(ink.width, ink.height) == 1024)
        let drawing = Ink(drawing: strip, side: 100)
        #expect(max(drawing.width, drawing.height) == 100 && min(drawing.width, drawing.height) == 1)
        #expect(drawing.values.allSatisfy { abs($0 - 55.0 / 255) < 1e-4 })
    }

    private func page(of count: Int) throws -> Ink {
        var page = Drawing(width: 1000, height: 100 * ((count + 9) / 10))
        for (place, digit) in try RealDigits.embedded().images.prefix(count).enumerated() {
            page.draw(digit, left: 8 + 99 * (place % 10), top: 8 + 100 * (place / 10), scale: 2.9)
        }
        return page.ink
    }
}

/// Counts down.
private final class Counter: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) { left = Mutex(count) }

    func next() -> Int {
        left.withLock { left in
            left -= 1
            return left
        }
    }
}
