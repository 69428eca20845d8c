import Tensors

extension KerasFile {
    /// A weight that holds NaN or infinity.
    public struct NonFinite: Hashable, Sendable, CustomStringConvertible {
        public var layer: String
        public var weight: String
        public var nans: Int
        public var infinities: Int
        /// How many numbers the weight has.
        public var count: Int

        public var description: String {
            let found = [(nans, "NaN"), (infinities, "infinite")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
            let numbers = "\(found.joined(separator: " and ")) of \(count) numbers"
            return "layer \"\(layer)\": weight \"\(weight)\" has \(numbers)"
        }
    }

    /// The weights that hold NaN or infinity, in the model's order; such a model computes nothing of use.
    public var nonFinite: [NonFinite] {
        model.layers.flatMap { layer in
            zip(layer.specs, layer.weights).compactMap { spec, weight in
                NonFinite(layer: layer.name, weight: spec.name, numbers: weight)
            }
        }
    }
}

extension KerasFile.NonFinite {
    fileprivate init?(layer: String, weight: String, numbers: Tensor) {
        // The largest magnitude as bits: anything from 0x7F800000 on is infinite or NaN.
        let largest = numbers.withElements { $0.reduce(UInt32(0)) { max($0, $1.bitPattern & 0x7FFF_FFFF) } }
        guard largest >= Float.infinity.bitPattern else { return nil }
        let nans = numbers.elements.count { $0.isNaN }
        self.init(
            layer: layer, weight: weight, nans: nans, infinities: numbers.elements.count { $0.isInfinite },
            count: numbers.count)
    }
}
