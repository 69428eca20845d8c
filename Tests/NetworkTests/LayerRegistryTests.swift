import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// A layer of a user: `y = factor · x`.
private struct Times: UnaryLayer {
    static let kerasName = "my_package>Times"
    var factor: Double
    init(from options: inout OptionReader) throws(OptionError) { factor = try options.double("factor", default: 1) }
    var options: Options { ["factor": .double(factor)] }
    func outputShape(for input: Shape) -> Shape { input }
    func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(x, scaled(x, by: Float(factor), on: context.pool))
    }
    func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: scaled(dy, by: Float(factor), on: context.pool))
    }
}

@Suite struct LayerRegistryTests {
    @Test func takesAUsersOwnLayer() throws {
        var registry = LayerRegistry.keras
        registry.register(Times.self)
        let layer = try registry.layer(named: "t", className: "my_package>Times", options: ["factor": 3])
        #expect(layer.forward([Tensor([1, 1], [2])], [], Context()).y[0] == 6)
        #expect(LayerCheck(layer, inputs: [2, 3]).problems() == [])
        #expect(LayerRegistry.keras.type(named: "my_package>Times") == nil)
    }

    @Test func namesWhatIsSupportedForAClassItDoesNotKnow() {
        let error = #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(named: "odd", className: "OddLayer", options: [:])
        }
        #expect(
            error?.description.hasPrefix(
                "layer \"odd\" has class \"OddLayer\", which is not supported; supported: Activation, ") == true)
    }

    @Test func tellsTheRemedyForAClassThatIsLeftOut() {
        let error = #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(named: "lambda", className: "Lambda", options: [:])
        }
        #expect(
            error?.description
                == "layer \"lambda\" has class \"Lambda\", which is not supported: it holds Python code; "
                + "replace it by a layer with a class, or register a layer of your own for it")
    }

    @Test func leavesOutNothingThatItHas() {
        #expect(LayerRegistry.leftOut.allSatisfy { LayerRegistry.keras.type(named: $0.className) == nil })
        #expect(LayerRegistry.leftOut.map(\.className) == LayerRegistry.leftOut.map(\.className).sorted())
    }

    /// The layer classes of Keras 3.16 (keras/src/layers/__init__.py), FeatureSpace among them.
    static let classesOfKeras = [
        "Activation", "ActivityRegularization", "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D",
        "AdaptiveAveragePooling3D", "AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D", "Add",
        "AdditiveAttention", "AlphaDropout", "Attention", "AugMix", "AutoContrast", "Average", "AveragePooling1D",
        "AveragePooling2D", "AveragePooling3D", "BatchNormalization", "Bidirectional", "CategoryEncoding",
        "CenterCrop", "Concatenate", "ContrastLimitedAdaptiveHistogramEqualization", "Conv1D", "Conv1DTranspose",
        "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D",
        "Cropping1D", "Cropping2D", "Cropping3D", "CutMix", "Dense", "DepthwiseConv1D", "DepthwiseConv2D",
        "Discretization", "Dot", "Dropout", "ELU", "EinsumDense", "Embedding", "Equalization", "FeatureSpace",
        "Flatten", "GRU", "GRUCell", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D",
        "GlobalAveragePooling2D", "GlobalAveragePooling3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D",
        "GlobalMaxPooling3D", "GroupNormalization", "GroupQueryAttention", "HashedCrossing", "Hashing", "Identity",
        "IndexLookup", "InputLayer", "IntegerLookup", "LSTM", "LSTMCell", "Lambda", "LayerNormalization",
        "LeakyReLU", "Masking", "MaxNumBoundingBoxes", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "Maximum",
        "MelSpectrogram", "Minimum", "MixUp", "MultiHeadAttention", "Multiply", "Normalization", "PReLU", "Permute",
        "Pipeline", "RMSNormalization", "RNN", "RandAugment", "RandomBrightness", "RandomColorDegeneration",
        "RandomColorJitter", "RandomContrast", "RandomCrop", "RandomElasticTransform", "RandomErasing", "RandomFlip",
        "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective",
        "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
        "RandomTranslation", "RandomZoom", "ReLU", "RepeatVector", "Rescaling", "Reshape", "Resizing",
        "ReversibleEmbedding", "STFTSpectrogram", "SeparableConv1D", "SeparableConv2D", "SimpleRNN", "SimpleRNNCell",
        "Softmax", "Solarization", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
        "SpectralNormalization", "StackedRNNCells", "StringLookup", "Subtract", "TernaryDense", "TextVectorization",
        "TimeDistributed", "UnitNormalization", "UpSampling1D", "UpSampling2D", "UpSampling3D", "Wrapper",
        "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D",
    ]

    @Test func everyClassOfKerasIsSupportedOrLeftOutWithAReason() {
        for name in Self.classesOfKeras {
            let isLeftOut = LayerRegistry.leftOut.contains { $0.className == name && !$0.reason.isEmpty }
            let isSupported = LayerRegistry.keras.type(named: name) != nil || LayerRegistry.cells.contains(name)
            #expect(isSupported != isLeftOut, "\(name)")
        }
    }

    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func readmeListsWhatIsSupported() throws {
        let readme = try String(contentsOf: Self.package.appending(path: "README.md"), encoding: .utf8)
        #expect(readme.contains("| Layers | \(LayerRegistry.keras.classNames.joined(separator: ", "));"))
    }

    /// `KERAS_BRIDGE_WRITE_DOCUMENTATION=1 swift test --filter LayerRegistryTests` writes the page anew.
    @Test func documentationSaysOfEveryLayerWhatIsSupported() throws {
        let page = Self.package.appending(path: "Documentation/Layers.md")
        if ProcessInfo.processInfo.environment["KERAS_BRIDGE_WRITE_DOCUMENTATION"] != nil {
            try Self.documentation.write(to: page, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: page, encoding: .utf8) == Self.documentation)
    }

    private static var documentation: String {
        func row(_ name: String) -> String {
            let cases = LayerCase.all.filter { type(of: $0.layer).kerasName == name }
            var options: [String] = []
            for layerCase in cases { options += layerCase.layer.options.names.filter { !options.contains($0) } }
            let live = cases.count { $0.isInKeras }
            return "| \(name) | \(options.joined(separator: ", ")) | \(cases.count) | \(live) |"
        }
        let supported = LayerRegistry.keras.classNames.map(row)
        let operations = LayerRegistry.keras.operationNames.map(row)
        let cells = LayerRegistry.cells.map { name -> String in
            let cases = LayerCase.all.filter {
                $0.layer.options["cell"].map { "\($0)".contains("\"\(name)\"") } ?? false
            }
            return "| \(name) | \(cases.count) | \(cases.count { $0.isInKeras }) |"
        }
        let left = LayerRegistry.leftOut.map { "| \($0.className) | \($0.reason) |" }
        return """
            # Layers

            Generated from the registry and held by `LayerRegistryTests`. Each case passes the harness: options read what they
            write, the shape rule is what comes out, gradients are those of finite differences, any number of threads gives
            the same bits. The cases held against a running Keras agree with its outputs within 1e-5 and with its gradients
            within 1e-4, relative to numbers above 1. Two cases of each class cross into Keras and back in `.keras`, `.h5` and
            `.weights.h5`, of Keras 3 and of tf_keras where it has the class. InputLayer, which computes nothing, is in every
            model of the tests.

            | Class | Options | Cases | of them against Keras |
            |---|---|--:|--:|
            \(supported.joined(separator: "\n"))

            ## Inside of RNN

            | Cell | Cases | of them against Keras |
            |---|--:|--:|
            \(cells.joined(separator: "\n"))

            ## Operations

            What a functional model holds between its layers where Python calculates with tensors: `x + 3`, `keras.ops.mean(x)`.
            Keras 3 writes them as classes of `keras.src.ops`, tf_keras as `TFOpLambda`; `x1`, `x2` may be tensors or numbers.
            Any other one is refused by its name.

            | Operation | Options | Cases | of them against Keras |
            |---|---|--:|--:|
            \(operations.joined(separator: "\n"))

            ## Left out

            | Class | Why, and what to do |
            |---|---|
            \(left.joined(separator: "\n"))

            """
    }
}
