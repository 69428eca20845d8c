import Digits
import Foundation
import Testing

@Suite struct DoubtTests {
    @Test func measure() throws {
        let recognizer = try Recognizer.shipped()
        let digits = RealDigits.unseen
        var kinds: [(String, [Ink])] = [("digits", Array(digits.images.prefix(2000)))]
        for kind in Junk.allCases {
            var dice = Dice(seed: 5)
            kinds.append((kind.rawValue, (0..<300).map { _ in kind.ink(&dice) }))
        }
        for (name, inks) in kinds {
            let prepared = inks.map { InkPreparation($0) }
            let plain = recognizer.probabilities(of: prepared)
            let near = prepared.map { nearest($0.pixels) }.sorted()
            func line(_ values: [Float]) -> String {
                [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99].map { t in
                    String(format: "%.1f", 100 * Double(values.count { $0 < Float(t) }) / Double(values.count))
                }.joined(separator: " ")
            }
            let pct = [0, 1, 5, 10, 25, 50, 75, 90, 95, 97, 99].map { String(format: "%.3f", near[min(near.count - 1, near.count * $0 / 100)]) }
            print("doubt \(name): plain \(line(plain.map { $0.max() ?? 0 })) | near \(pct)")
        }
    }
}

private let protos: [[Float]] = {
    let all = RealDigits.embeddedTrain
    return all.images.map(feature)
}()

private func feature(_ ink: Ink) -> [Float] {
    let f = ink.resized(width: 14, height: 14).values
    let n = f.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return f.map { $0 / max(n, 1e-6) }
}

private func nearest(_ ink: Ink) -> Float {
    let f = feature(ink)
    var best: Float = 0
    for p in protos {
        var s: Float = 0
        for i in 0..<196 { s += f[i] * p[i] }
        best = max(best, s)
    }
    return (2 - 2 * best).squareRoot()
}

extension Ink {
    func sheared(_ amount: Float) -> Ink {
        var v = [Float](repeating: 0, count: 784)
        for y in 0..<28 {
            for x in 0..<28 {
                let u = Float(x) + amount * (Float(y) - 13.5)
                let c = Int(u.rounded(.down))
                let o = u - Float(c)
                let a = c >= 0 && c < 28 ? self[c, y] : 0
                let b = c + 1 >= 0 && c + 1 < 28 ? self[c + 1, y] : 0
                v[y * 28 + x] = a * (1 - o) + b * o
            }
        }
        return Ink(width: 28, height: 28, values: v)
    }
}
