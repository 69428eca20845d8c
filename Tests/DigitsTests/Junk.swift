import Digits

/// Ink that is no digit.
enum Junk: String, CaseIterable, Sendable {
    case letters, scribbles, scrambled, noise, shapes

    /// How many of 200 have to be doubted.
    var floor: Int {
        switch self {
        case .letters: 140
        case .scribbles: 134
        case .shapes: 131
        case .scrambled: 184
        case .noise: 182
        }
    }

    func ink(_ dice: inout Dice) throws -> Ink {
        switch self {
        case .letters:
            return Self.drawn(Self.capitals[dice(0...(Self.capitals.count - 1))], &dice)
        case .scribbles:
            return Self.drawn((0..<dice(6...14)).map { _ in Point(dice(0.0...4.0), dice(0.0...6.0)) }, &dice)
        case .shapes:
            // Stars and crosses.
            let rays = dice(3...7)
            let points = (0..<rays).flatMap { _ in [Point(2, 3), Point(dice(0.0...4.0), dice(0.0...6.0))] }
            return Self.drawn(points, &dice)
        case .scrambled:
            let digits = try RealDigits.embedded().images
            let digit = digits[dice(0...(digits.count - 1))]
            var values = [Float](repeating: 0, count: 784)
            var places = Array(0..<16)
            for i in places.indices.reversed() { places.swapAt(i, dice(0...i)) }
            for (to, from) in places.enumerated() {
                for y in 0..<5 {
                    for x in 0..<5 {
                        values[(4 + to / 4 * 5 + y) * 28 + 4 + to % 4 * 5 + x] =
                            digit[4 + from % 4 * 5 + x, 4 + from / 4 * 5 + y]
                    }
                }
            }
            return Ink(width: 28, height: 28, values: values)
        case .noise:
            return Ink(width: 40, height: 40, values: (0..<1600).map { _ in dice(0.0...1.0) > 0.75 ? 1 : 0 })
        }
    }

    struct Point {
        var x: Float
        var y: Float
        init(_ x: Float, _ y: Float) { (self.x, self.y) = (x, y) }
    }

    /// Capitals that no digit looks like (A, E, F, H, K, M, N, W, X, Y, R, P, T, V), each as one stroke.
    private static let capitals: [[Point]] = {
        func line(_ numbers: [Float]) -> [Point] {
            stride(from: 0, to: numbers.count, by: 2).map { Point(numbers[$0], numbers[$0 + 1]) }
        }
        return [
            line([0, 6, 2, 0, 4, 6, 3, 3, 1, 3]), line([4, 0, 0, 0, 0, 3, 3, 3, 0, 3, 0, 6, 4, 6]),
            line([4, 0, 0, 0, 0, 3, 3, 3, 0, 3, 0, 6]), line([0, 0, 0, 6, 0, 3, 4, 3, 4, 0, 4, 6]),
            line([0, 0, 0, 6, 0, 3, 4, 0, 0, 3, 4, 6]), line([0, 6, 0, 0, 2, 4, 4, 0, 4, 6]),
            line([0, 6, 0, 0, 4, 6, 4, 0]), line([0, 0, 1, 6, 2, 2, 3, 6, 4, 0]),
            line([0, 0, 4, 6, 2, 3, 4, 0, 0, 6]), line([0, 0, 2, 3, 4, 0, 2, 3, 2, 6]),
            line([0, 6, 0, 0, 3, 0, 4, 1.5, 3, 3, 0, 3, 1.5, 3, 4, 6]),
            line([0, 6, 0, 0, 3, 0, 4, 1.5, 3, 3, 0, 3]), line([0, 0, 4, 0, 2, 0, 2, 6]),
            line([0, 0, 2, 6, 4, 0]),
        ]
    }()

    private static func drawn(_ points: [Point], _ dice: inout Dice) -> Ink {
        let side = 160
        var values = [Float](repeating: 0, count: side * side)
        let pen = dice(4.0...8.0)
        let moved = points.map {
            Point(35 + $0.x * 22 + dice(-4.0...4.0), 15 + $0.y * 21 + dice(-4.0...4.0))
        }
        for (a, b) in zip(moved, moved.dropFirst()) {
            for y in 0..<side {
                for x in 0..<side {
                    let (px, py) = (Float(x) - a.x, Float(y) - a.y)
                    let (dx, dy) = (b.x - a.x, b.y - a.y)
                    let t = max(0, min(1, (px * dx + py * dy) / max(1e-3, dx * dx + dy * dy)))
                    let (ex, ey) = (px - t * dx, py - t * dy)
                    let distance = (ex * ex + ey * ey).squareRoot()
                    values[y * side + x] = max(values[y * side + x], min(1, max(0, pen - distance + 0.5)))
                }
            }
        }
        return Ink(width: side, height: side, values: values)
    }
}
