import Images

/// How bright each point of a picture is, 0 … 1, on its way to ink.
struct Brightness {
    var plane: Ink

    /// The brightness of a grey picture, shrunk until its longer side has this many points at most.
    init(_ image: RasterImage, side: Int) {
        let whole = Ink(width: image.width, height: image.height, bytes: image.bytes)
        let longer = max(image.width, image.height)
        guard longer > side else {
            plane = whole
            return
        }
        func fit(_ length: Int) -> Int { max(1, (2 * length * side + longer) / (2 * longer)) }
        plane = whole.resized(width: fit(image.width), height: fit(image.height))
    }

    mutating func invert() {
        plane = Ink(width: plane.width, height: plane.height, values: plane.values.map { 1 - $0 })
    }

    var isLightOnDark: Bool {
        plane.total < 0.5 * Float(plane.values.count)
    }

    func ink() -> Ink {
        Ink(width: plane.width, height: plane.height, values: plane.values.map { 1 - $0 })
    }
}
