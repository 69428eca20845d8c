import Networks
import Tensors

/// How Keras 1, and Keras 2 on Theano, stored weights that are stored otherwise today.
///
/// Theano's convolution is a true one: its kernels are those of all others turned by 180°. Keras 1 wrote the channels
/// first in kernels of channels_first layers, an axis of one in Conv1D, and each gate of a recurrent layer by itself.
struct OlderWeights {
    /// Whether the weights are Keras 1's.
    var isKeras1: Bool
    /// Whether kernels are turned: the file was trained on Theano.
    var isTheano: Bool

    var isNeeded: Bool { isKeras1 || isTheano }

    /// What each weight of a layer is made of; `nil` where the arrays are today's.
    func conversions(of layer: ModelLayer, from arrays: [StoredArray]) -> [WeightAssignment.Conversion]? {
        let className = type(of: layer.layer).kerasName
        guard isNeeded else { return fromCuDNN(className, layer.layer.options, arrays) }
        let converted = weights(of: type(of: layer.layer).kerasName, layer.layer.options, arrays)
        return converted.contains { $0.outcome != .matched } ? converted : nil
    }

    /// CuDNNLSTM and CuDNNGRU keep their kernels transposed, gate by gate, and two biases that are added.
    private func fromCuDNN(
        _ className: String, _ options: Options, _ arrays: [StoredArray]
    ) -> [Conversion]? {
        switch className {
        case "Bidirectional" where arrays.count == 6:
            let names = ["layer", "backward_layer"].map { options[$0]?.object?["class_name"]?.string ?? "" }
            let halves = [Array(arrays.prefix(3)), Array(arrays.suffix(3))]
            let found = zip(names, halves).map { fromCuDNN($0, Options(), $1) ?? $1.map(same) }
            return found.joined().contains { $0.outcome != .matched } ? Array(found.joined()) : nil
        case "LSTM", "GRU":
            guard arrays.count == 3, arrays[0].shape.count == 2, arrays[1].shape.count == 2,
                arrays[2].shape.count == 1, arrays[2].shape[0].isMultiple(of: 2),
                arrays[1].shape[1] == arrays[2].shape[0] / 2
            else { return nil }
            let width = arrays[1].shape[1]
            let gates = className == "LSTM" ? 4 : 3
            func conversion(_ array: StoredArray, _ body: @escaping @Sendable (Tensor) -> Tensor) -> Conversion {
                Conversion(outcome: .converted, note: "from its CuDNN form", arrays: [array]) { body($0[0]) }
            }
            return [
                // A gate's kernel [features, units] stands there as [units, features], under the same shape.
                conversion(arrays[0]) { eachGate($0, gates) { transposedForm($0, [$0.shape[1], $0.shape[0]]) } },
                conversion(arrays[1]) { eachGate($0, gates) { transposedForm($0, [$0.shape[0], $0.shape[1]]) } },
                conversion(arrays[2]) { bias in
                    let both = bias.reshaped(to: [2, width])
                    return className == "GRU" ? both : sumRows(both, on: .shared)
                },
            ]
        default: return nil
        }
    }

    private typealias Conversion = WeightAssignment.Conversion

    private func weights(of className: String, _ options: Options, _ arrays: [StoredArray]) -> [Conversion] {
        let isFirst = options["data_format"] == "channels_first"
        switch (className, arrays.count) {
        case ("Bidirectional", _) where arrays.count.isMultiple(of: 2):
            let inner = options["layer"]?.object ?? Options()
            let half = arrays.count / 2
            return [arrays.prefix(half), arrays.suffix(half)].flatMap { weights(inner, Array($0)) }
        case ("TimeDistributed", _): return weights(options["layer"]?.object ?? Options(), arrays)
        case ("LSTM", 12) where isKeras1:
            // By gate input, candidate, forget, output; today input, forget, candidate, output.
            return gates(arrays, kernel: [0, 6, 3, 9], recurrent: [1, 7, 4, 10], bias: [2, 8, 5, 11])
        case ("GRU", 9) where isKeras1:
            return gates(arrays, kernel: [0, 3, 6], recurrent: [1, 4, 7], bias: [2, 5, 8])
        case ("ConvLSTM2D", 12) where isKeras1:
            return gates(
                arrays, kernel: [0, 6, 3, 9], recurrent: [1, 7, 4, 10], bias: [2, 8, 5, 11],
                order: isFirst ? [2, 3, 1, 0] : nil)
        case ("Conv1D", _), ("Conv2D", _), ("Conv3D", _), ("Conv2DTranspose", _), ("SeparableConv2D", _),
            ("DepthwiseConv2D", _):
            return arrays.enumerated().map { position, array in
                let isKernel = position == 0 || className == "SeparableConv2D" && position == 1
                return isKernel ? kernel(array, of: className, isFirst: isFirst) : same(array)
            }
        default: return arrays.map(same)
        }
    }

    /// The same for a layer inside a wrapper, as its options declare it.
    private func weights(_ inner: Options, _ arrays: [StoredArray]) -> [Conversion] {
        weights(of: inner["class_name"]?.string ?? "", inner["config"]?.object ?? Options(), arrays)
    }

    private func same(_ array: StoredArray) -> Conversion {
        Conversion(outcome: .matched, note: "", arrays: [array]) { $0[0] }
    }

    private func gates(
        _ arrays: [StoredArray], kernel: [Int], recurrent: [Int], bias: [Int], order: [Int]? = nil
    ) -> [Conversion] {
        [kernel, recurrent, bias].map { parts in
            Conversion(outcome: .converted, note: "gates joined", arrays: parts.map { arrays[$0] }) {
                [isTheano] parts in
                joinedLast(
                    parts.map { part in
                        guard part.shape.count == 4 else { return part }
                        let ordered = order.map { transposed(part, axes: $0, on: .shared) } ?? part
                        return isTheano ? turned(ordered, axes: 2) : ordered
                    })
            }
        }
    }

    private func kernel(_ array: StoredArray, of className: String, isFirst: Bool) -> Conversion {
        var axes: [Int]?
        var notes: [String] = []
        var spatial = array.shape.count - 2
        var dropsAxis = false
        if isKeras1 {
            switch className {
            case "Conv1D" where array.shape.count == 4:
                // [length, 1, in, out], in the oldest files [out, in, length, 1].
                if array.shape[1] != 1 { axes = [2, 3, 1, 0] }
                dropsAxis = true
                spatial = 1
                notes.append("axis of one left out")
            case "Conv2D" where isFirst, "SeparableConv2D" where isFirst: axes = [2, 3, 1, 0]
            case "Conv2DTranspose": axes = isFirst ? [2, 3, 0, 1] : [0, 1, 3, 2]
            case "Conv3D" where isFirst: axes = [2, 3, 4, 1, 0]
            default: break
            }
        }
        // What has another rank than a kernel is no kernel of an older version: its shape is compared as it is.
        let isKernel = axes.map { $0.count == array.shape.count } ?? true
        let hasOne = !dropsAxis || array.shape[axes == nil ? 1 : 3] == 1
        guard isKernel, hasOne, spatial > 0 else { return same(array) }
        if axes != nil { notes.append("axes reordered") }
        if isTheano { notes.append("turned by 180°, as Theano convolves") }
        guard !notes.isEmpty else { return same(array) }
        let (order, drops, turns, count) = (axes, dropsAxis, isTheano, spatial)
        return Conversion(outcome: .converted, note: notes.joined(separator: "; "), arrays: [array]) { parts in
            var kernel = order.map { transposed(parts[0], axes: $0, on: .shared) } ?? parts[0]
            if drops { kernel = kernel.reshaped(to: Shape([kernel.shape[0]] + kernel.shape.dropFirst(2))) }
            return turns ? turned(kernel, axes: count) : kernel
        }
    }
}

/// The tensor with its first `axes` axes reversed.
private func turned(_ x: Tensor, axes: Int) -> Tensor {
    let cell = x.shape.dropFirst(axes).reduce(1, *)
    let count = x.shape.prefix(axes).reduce(1, *)
    return Tensor(unsafeUninitialized: x.shape) { turned in
        x.withElements { x in
            // Reversing all of the leading axes reverses their joint index.
            for position in 0..<count {
                for i in 0..<cell { turned[position * cell + i] = x[(count - 1 - position) * cell + i] }
            }
        }
    }
}

/// The tensors side by side along their last axis; all other extents are equal.
private func joinedLast(_ parts: [Tensor]) -> Tensor {
    guard let first = parts.first, let width = first.shape.last else { return parts.first ?? Tensor([]) }
    guard parts.allSatisfy({ $0.shape == first.shape }) else { return first }
    let rows = first.shape.dropLast().reduce(1, *)
    return Tensor(unsafeUninitialized: Shape(first.shape.dropLast() + [width * parts.count])) { joined in
        for (number, part) in parts.enumerated() {
            part.withElements { part in
                for row in 0..<rows {
                    for i in 0..<width { joined[(row * parts.count + number) * width + i] = part[row * width + i] }
                }
            }
        }
    }
}

/// A kernel whose gates' columns are each changed.
private func eachGate(_ kernel: Tensor, _ count: Int, _ body: (Tensor) -> Tensor) -> Tensor {
    let (rows, width) = (kernel.shape[0], kernel.shape[1] / count)
    return joinedLast(
        (0..<count).map { gate in
            body(
                Tensor(
                    [rows, width],
                    (0..<rows * width).map { kernel[$0 / width * width * count + gate * width + $0 % width] }))
        })
}

/// The numbers read as a matrix of this shape, and that transposed.
private func transposedForm(_ x: Tensor, _ shape: Shape) -> Tensor {
    transposed(x.reshaped(to: shape), axes: [1, 0], on: .shared)
}
