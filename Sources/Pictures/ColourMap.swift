import Images
import Tensors

/// Numbers as colours.
public enum ColourMap: Sendable {
    /// From dark to bright, 0 to the largest.
    case heat
    /// Blue below zero, white at zero, red above it.
    case signed

    private var stops: [(Double, Double, Double)] {
        switch self {
        case .heat: [(26, 20, 60), (84, 20, 109), (176, 48, 94), (240, 112, 50), (252, 226, 140)]
        case .signed: [(5, 62, 130), (86, 153, 209), (247, 247, 247), (221, 110, 88), (140, 16, 36)]
        }
    }

    /// The colour at a place from 0 to 1.
    func colour(_ place: Double) -> [UInt8] {
        let stops = stops
        let position = min(1, max(0, place.isFinite ? place : 0)) * Double(stops.count - 1)
        let first = min(stops.count - 2, Int(position))
        let share = position - Double(first)
        let (a, b) = (stops[first], stops[first + 1])
        return [(a.0, b.0), (a.1, b.1), (a.2, b.2)].map { UInt8(($0 + share * ($1 - $0)).rounded()) }
    }

    /// Rows of numbers as an image.
    ///
    /// - Parameter reach: the number at the bright end; for ``signed`` its negative is the other end.
    public func image(_ numbers: [Float], width: Int, height: Int, reach: Float) -> RasterImage {
        precondition(numbers.count == width * height, "\(numbers.count) numbers for \(width) × \(height)")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(3 * numbers.count)
        for number in numbers {
            let share = reach > 0 ? Double(number / reach) : 0
            bytes += colour(self == .heat ? share : 0.5 + 0.5 * share)
        }
        return RasterImage(width: width, height: height, channels: 3, bytes: bytes)
    }
}
