import Networks
import Tensors
import Testing

/// Numbers at which plain arithmetic ends.
private let extremes = [-1, 0, 1, (1 << 31) - 1, 1 << 31, 1 << 62, .max]

@Suite struct OptionLimitTests {
    @Test func countsEndWhereTwoCanBeMultiplied() {
        #expect(OptionValue.int((1 << 31) - 1).int == (1 << 31) - 1)
        for number in [1 << 31, 1 << 62, .max, .min] { #expect(OptionValue.int(number).int == nil) }
        #expect(OptionValue.int(.max).int64 == .max)
        #expect(OptionValue.double(1e300).int == nil)
    }

    /// A layer of every class with one option at each extreme: refused, or with shapes that can be counted.
    @Test(arguments: [
        ("Dense", ["units"], [1, 8]),
        ("Conv2D", ["filters", "kernel_size", "strides", "dilation_rate"], [1, 8, 8, 2]),
        ("Conv2DTranspose", ["filters", "kernel_size", "strides", "dilation_rate"], [1, 8, 8, 2]),
        ("DepthwiseConv2D", ["kernel_size", "depth_multiplier", "strides"], [1, 8, 8, 2]),
        ("SeparableConv2D", ["filters", "kernel_size", "depth_multiplier"], [1, 8, 8, 2]),
        ("MaxPooling2D", ["pool_size", "strides"], [1, 8, 8, 2]), ("UpSampling2D", ["size"], [1, 8, 8, 2]),
        ("ZeroPadding2D", ["padding"], [1, 8, 8, 2]), ("Cropping2D", ["cropping"], [1, 8, 8, 2]),
        ("RepeatVector", ["n"], [1, 8]), ("LSTM", ["units"], [1, 4, 3]), ("GRU", ["units"], [1, 4, 3]),
        ("Embedding", ["input_dim", "output_dim"], [1, 8]), ("CategoryEncoding", ["num_tokens"], [1, 8]),
        ("IntegerLookup", ["num_oov_indices", "max_tokens", "oov_token", "mask_token"], [1, 8]),
        ("Equalization", ["bins"], [1, 8, 8, 3]), ("STFTSpectrogram", ["frame_length", "frame_step"], [1, 900, 1]),
        ("LocallyConnected2D", ["filters", "kernel_size", "strides"], [1, 8, 8, 2]),
    ])
    func everyExtremeIsRefusedOrCounted(_ className: String, _ names: [String], _ extents: [Int]) throws {
        let needed: [String: OptionValue] = [
            "units": 3, "filters": 3, "kernel_size": 2, "n": 2, "input_dim": 9, "output_dim": 2, "num_tokens": 9,
            "vocabulary": [1, 2, 3], "size": 2,
        ]
        var refused = 0
        for name in names {
            for number in extremes {
                var options = Options()
                for (key, value) in needed.sorted(by: { $0.key < $1.key }) where Self.has(className, key) {
                    options[key] = value
                }
                options[name] = .int(number)
                do {
                    let layer = try LayerRegistry.keras.layer(named: "layer", className: className, options: options)
                    let shapes = try layer.checkedOutputShapes(for: [Shape(extents)])
                    let specs = try layer.checkedWeights(for: [Shape(extents)])
                    _ = try layer.multiplyAdds(for: [Shape(extents)])
                    _ = try layer.temporaries(for: [Shape(extents)])
                    for shape in shapes + specs.map(\.shape) { #expect(shape.excess == nil) }
                } catch is LayerError {
                    refused += 1
                } catch is ShapeError {
                    refused += 1
                }
            }
        }
        #expect(refused >= 2 * names.count || className == "IntegerLookup")
    }

    private static func has(_ className: String, _ option: String) -> Bool {
        let needs: [String: [String]] = [
            "Dense": ["units"], "Conv2D": ["filters", "kernel_size"], "Conv2DTranspose": ["filters", "kernel_size"],
            "DepthwiseConv2D": ["kernel_size"], "SeparableConv2D": ["filters", "kernel_size"], "RepeatVector": ["n"],
            "LSTM": ["units"], "GRU": ["units"], "Embedding": ["input_dim", "output_dim"],
            "CategoryEncoding": ["num_tokens"], "IntegerLookup": ["vocabulary"],
            "LocallyConnected2D": ["filters", "kernel_size"],
        ]
        return needs[className]?.contains(option) == true
    }

    @Test func inputsHaveExtentsThatATensorCanHave() {
        for extents in [[1 << 31], [1 << 62, 0], [.max], [1 << 30, 1 << 30], [-1]] as [[Int]] {
            let shape: OptionValue = .array([.null] + extents.map { .int($0) })
            #expect(throws: LayerError.self) {
                try LayerRegistry.keras.layer(named: "in", className: "InputLayer", options: ["batch_shape": shape])
            }
        }
    }

    /// What is not a number stays it, and nothing becomes a whole number that cannot.
    @Test(arguments: ["ContrastLimitedAdaptiveHistogramEqualization", "Equalization", "RandomPosterization"])
    func pixelsThatAreNoNumbersStayWhatTheyAre(_ className: String) throws {
        let options: Options =
            className == "RandomPosterization" ? ["factor": 3, "value_range": [0, 255]] : ["value_range": [0, 255]]
        let layer = try LayerRegistry.keras.layer(named: "layer", className: className, options: options)
        var x = Tensor([1, 8, 8, 1], (0..<64).map { Float($0 * 4) })
        (x[3], x[9], x[20]) = (.nan, .infinity, -.infinity)
        let y = layer.forward([x], [], Context(mode: .training)).outputs[0]
        #expect(y[3].isNaN)
        #expect((0..<64).filter { y[$0].isNaN } == [3])
    }

    @Test func aLookupTakesAnyNumber() throws {
        for invert in [false, true] {
            let layer = try LayerRegistry.keras.layer(
                named: "lookup", className: "IntegerLookup",
                options: ["vocabulary": [5, 7], "invert": .bool(invert), "num_oov_indices": 3])
            let x = Tensor([1, 6], [0x1p63, -0x1p63, .nan, .infinity, -.infinity, 4])
            #expect(layer.forward([x], [], Context()).outputs[0].shape == [1, 6])
        }
    }
}
