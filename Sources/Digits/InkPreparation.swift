/// Whether a digit is brought to where MNIST's digits are.
public enum Centring: String, Sendable, CaseIterable {
    /// Cropped, fitted into 20×20, its centre of mass in the middle: as MNIST was made.
    case centreOfMass
    /// The whole surface squeezed into 28×28, for who wants to see what that costs.
    case none
}

/// Ink on its way to the 28×28 points that a network takes, every step kept.
///
/// As MNIST was made: the box around the ink is fitted into 20×20 with its proportions and grey edges, as dark as can be,
/// and laid on 28×28 so that its centre of mass is at the middle, in whole points. In all of MNIST the longer side has 20
/// points, the darkest is 254 or 255, and the centre lies from 13.5 to 14.5 on both axes.
public struct InkPreparation: Hashable, Sendable {
    /// What came in.
    public let ink: Ink
    public let centring: Centring
    /// Where on it the digit lies.
    public let crop: PixelRect
    public let cropped: Ink
    /// The digit in 20×20 at most; with ``Centring/none`` all of the surface in 28×28.
    public let fitted: Ink
    /// Where on 28×28 the fitted digit's upper left corner comes to lie.
    public let shift: Shift
    /// What the network sees: 28×28.
    public let pixels: Ink

    /// A place, in points from the left and from the top.
    public struct Shift: Hashable, Sendable {
        public var x: Int
        public var y: Int
    }

    /// The side of MNIST's images, and of the box in them.
    public static let side = 28
    public static let box = 20

    public init(_ ink: Ink, centring: Centring = .centreOfMass) {
        self.ink = ink
        self.centring = centring
        let whole = PixelRect(x: 0, y: 0, width: ink.width, height: ink.height)
        guard centring == .centreOfMass else {
            (crop, cropped, shift) = (whole, ink, Shift(x: 0, y: 0))
            fitted = ink.resized(width: Self.side, height: Self.side)
            pixels = fitted
            return
        }
        crop = ink.bounds() ?? whole
        cropped = crop == whole ? ink : ink.cropped(to: crop)
        let longer = max(crop.width, crop.height)
        func fit(_ length: Int) -> Int { max(1, (2 * length * Self.box + longer) / (2 * longer)) }
        fitted = cropped.resized(width: fit(crop.width), height: fit(crop.height)).darkened
        let centre = fitted.centreOfMass
        shift = Shift(
            x: Self.place(centre.x, fitted.width), y: Self.place(centre.y, fitted.height))
        pixels = fitted.cropped(to: PixelRect(x: -shift.x, y: -shift.y, width: Self.side, height: Self.side))
    }

    /// Where to lay a side so that its centre comes to 14, but nothing over the edge.
    private static func place(_ centre: Float, _ length: Int) -> Int {
        max(0, min(side - length, Int((Float(side / 2) - centre).rounded())))
    }
}

extension Ink {
    /// The same with its darkest point at 1.
    fileprivate var darkened: Ink {
        let darkest = values.max() ?? 0
        guard darkest > 0, darkest < 1 else { return self }
        return Ink(width: width, height: height, values: values.map { $0 / darkest })
    }
}
