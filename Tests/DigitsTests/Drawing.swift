import Digits

/// A surface on which real strokes are drawn, larger and elsewhere than MNIST has them.
struct Drawing {
    let width: Int
    let height: Int
    private(set) var values: [Float]

    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        values = Array(repeating: 0, count: width * height)
    }

    var ink: Ink { Ink(width: width, height: height, values: values) }

    /// Draws a digit, `scale` times as large, with the edges of a pen.
    ///
    /// - Parameter pressure: thicker above 0, thinner below, up to ±0.3.
    mutating func draw(_ digit: Ink, left: Int, top: Int, scale: Float, pressure: Float = 0) {
        let size = Int(Float(digit.width) * scale)
        func value(_ x: Int, _ y: Int) -> Float {
            x >= 0 && y >= 0 && x < digit.width && y < digit.height ? digit[x, y] : 0
        }
        for y in 0..<size where top + y >= 0 && top + y < height {
            for x in 0..<size where left + x >= 0 && left + x < width {
                let (u, v) = ((Float(x) + 0.5) / scale - 0.5, (Float(y) + 0.5) / scale - 0.5)
                let (column, row) = (Int(u.rounded(.down)), Int(v.rounded(.down)))
                let (over, down) = (u - Float(column), v - Float(row))
                let upper = value(column, row) * (1 - over) + value(column + 1, row) * over
                let lower = value(column, row + 1) * (1 - over) + value(column + 1, row + 1) * over
                let smooth = upper * (1 - down) + lower * down
                let sharp = min(1, max(0, (smooth - 0.5 + pressure) * scale + 0.5))
                let place = (top + y) * width + left + x
                values[place] = max(values[place], sharp)
            }
        }
    }

    /// Makes strokes thicker by a pen's radius.
    mutating func thicken(by radius: Int) {
        guard radius > 0 else { return }
        let old = values
        for y in 0..<height {
            for x in 0..<width {
                var most: Float = 0
                for row in max(0, y - radius)...min(height - 1, y + radius) {
                    for column in max(0, x - radius)...min(width - 1, x + radius)
                    where (row - y) * (row - y) + (column - x) * (column - x) <= radius * radius {
                        most = max(most, old[row * width + column])
                    }
                }
                values[y * width + x] = most
            }
        }
    }
}
