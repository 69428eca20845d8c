/// Which class names of Keras files stand for which layers.
///
/// A registry is a value that is handed to whoever reads a file; adding a class changes that value alone:
///
///     var registry = LayerRegistry.keras
///     registry.register(MyLayer.self)
public struct LayerRegistry: Sendable {
    /// The layers and operations of Keras that are supported.
    public static let keras = LayerRegistry(layers + operations.map { $0 as any Layer.Type })

    private static let layers: [any Layer.Type] = [
        ActivationLayer.self,
        ActivityRegularization.self,
        AdaptiveAveragePooling1D.self,
        AdaptiveAveragePooling2D.self,
        AdaptiveAveragePooling3D.self,
        AdaptiveMaxPooling1D.self,
        AdaptiveMaxPooling2D.self,
        AdaptiveMaxPooling3D.self,
        Add.self,
        AdditiveAttention.self,
        AlphaDropout.self,
        Attention.self,
        AugMix.self,
        AutoContrast.self,
        Average.self,
        AveragePooling1D.self,
        AveragePooling2D.self,
        AveragePooling3D.self,
        BatchNormalization.self,
        Bidirectional.self,
        CategoryEncoding.self,
        CenterCrop.self,
        Concatenate.self,
        ContrastLimitedAdaptiveHistogramEqualization.self,
        Conv1D.self,
        Conv1DTranspose.self,
        Conv2D.self,
        Conv2DTranspose.self,
        Conv3D.self,
        Conv3DTranspose.self,
        ConvLSTM1D.self,
        ConvLSTM2D.self,
        ConvLSTM3D.self,
        Cropping1D.self,
        Cropping2D.self,
        Cropping3D.self,
        CustomScaleLayer.self,
        CutMix.self,
        Dense.self,
        DepthwiseConv1D.self,
        DepthwiseConv2D.self,
        Discretization.self,
        Dot.self,
        Dropout.self,
        ELU.self,
        EinsumDense.self,
        Embedding.self,
        Equalization.self,
        Flatten.self,
        GRU.self,
        GaussianDropout.self,
        GaussianNoise.self,
        GlobalAveragePooling1D.self,
        GlobalAveragePooling2D.self,
        GlobalAveragePooling3D.self,
        GlobalMaxPooling1D.self,
        GlobalMaxPooling2D.self,
        GlobalMaxPooling3D.self,
        GroupNormalization.self,
        GroupQueryAttention.self,
        Highway.self,
        Identity.self,
        InputLayer.self,
        IntegerLookup.self,
        LSTM.self,
        LayerNormalization.self,
        LayerScale.self,
        LeakyReLU.self,
        LocallyConnected1D.self,
        LocallyConnected2D.self,
        Masking.self,
        MaxNumBoundingBoxes.self,
        MaxPooling1D.self,
        MaxPooling2D.self,
        MaxPooling3D.self,
        Maximum.self,
        MaxoutDense.self,
        MelSpectrogram.self,
        Minimum.self,
        MixUpLayer.self,
        MultiHeadAttention.self,
        Multiply.self,
        Normalization.self,
        PReLU.self,
        Permute.self,
        Pipeline.self,
        RMSNormalization.self,
        RNN.self,
        RandAugment.self,
        RandomBrightness.self,
        RandomColorDegeneration.self,
        RandomColorJitter.self,
        RandomContrast.self,
        RandomElasticTransform.self,
        RandomErasing.self,
        RandomFlip.self,
        RandomGaussianBlur.self,
        RandomGrayscale.self,
        RandomHue.self,
        RandomInvert.self,
        RandomPerspective.self,
        RandomPosterization.self,
        RandomRotation.self,
        RandomSaturation.self,
        RandomSharpness.self,
        RandomShear.self,
        RandomTranslation.self,
        RandomZoom.self,
        ReLU.self,
        RepeatVector.self,
        Rescaling.self,
        Reshape.self,
        Resizing.self,
        ReversibleEmbedding.self,
        STFTSpectrogram.self,
        SeparableConv1D.self,
        SeparableConv2D.self,
        SimpleRNN.self,
        Softmax.self,
        Solarization.self,
        SpatialDropout1D.self,
        SpatialDropout2D.self,
        SpatialDropout3D.self,
        SpectralNormalization.self,
        StochasticDepth.self,
        Subtract.self,
        ThresholdedReLU.self,
        TimeDistributed.self,
        UnitNormalization.self,
        UpSampling1D.self,
        UpSampling2D.self,
        UpSampling3D.self,
        ZeroPadding1D.self,
        ZeroPadding2D.self,
        ZeroPadding3D.self,
    ]

    /// The operations of `keras.ops` that a graph may hold between its layers.
    public static let operations: [any Operation.Type] = [
        AbsoluteOperation.self,
        AddOperation.self,
        ClipOperation.self,
        ConcatenateOperation.self,
        DivideOperation.self,
        EluOperation.self,
        ExpOperation.self,
        ExpandDimsOperation.self,
        GeluOperation.self,
        HardSigmoidOperation.self,
        HardSiluOperation.self,
        HardTanhOperation.self,
        LeakyReluOperation.self,
        LogOperation.self,
        LogSigmoidOperation.self,
        LogSoftmaxOperation.self,
        MaxOperation.self,
        MaximumOperation.self,
        MeanOperation.self,
        MinOperation.self,
        MinimumOperation.self,
        MultiplyOperation.self,
        NegativeOperation.self,
        PowerOperation.self,
        ReciprocalOperation.self,
        Relu6Operation.self,
        ReluOperation.self,
        ReshapeOperation.self,
        RsqrtOperation.self,
        SeluOperation.self,
        SigmoidOperation.self,
        SiluOperation.self,
        SoftmaxOperation.self,
        SoftplusOperation.self,
        SoftsignOperation.self,
        SqrtOperation.self,
        SquareOperation.self,
        SqueezeOperation.self,
        SubtractOperation.self,
        SumOperation.self,
        TanhOperation.self,
        TransposeOperation.self,
        TrueDivideOperation.self,
    ]

    /// Older or second names of classes, which differ in the name alone.
    static let aliases = [
        "AvgPool1D": "AveragePooling1D", "AvgPool2D": "AveragePooling2D", "AvgPool3D": "AveragePooling3D",
        "BatchNormalizationV1": "BatchNormalization", "BatchNormalizationV2": "BatchNormalization",
        "GlobalAvgPool1D": "GlobalAveragePooling1D", "GlobalAvgPool2D": "GlobalAveragePooling2D",
        "GlobalAvgPool3D": "GlobalAveragePooling3D", "GlobalMaxPool1D": "GlobalMaxPooling1D",
        "GlobalMaxPool2D": "GlobalMaxPooling2D", "GlobalMaxPool3D": "GlobalMaxPooling3D",
        "GroupedQueryAttention": "GroupQueryAttention",
        "MaxPool1D": "MaxPooling1D", "MaxPool2D": "MaxPooling2D", "MaxPool3D": "MaxPooling3D",
        "SyncBatchNormalization": "BatchNormalization",
    ]

    /// Classes that Keras files may hold and that are left out: why, and what to do instead.
    public static let leftOut: [(className: String, reason: String)] = [
        ("DenseFeatures", "it preprocesses tables, not tensors; preprocess before the model"),
        ("FeatureSpace", "it preprocesses tables, not tensors; preprocess before the model"),
        ("FlaxLayer", "it holds a JAX program; export the part that is made of Keras layers"),
        ("HashedCrossing", "it hashes text by TensorFlow's FarmHash, numbers as their digits; hash before the model"),
        ("Hashing", "it hashes text by TensorFlow's FarmHash, numbers as their digits; hash before the model"),
        ("IndexLookup", "it is what IntegerLookup and StringLookup share, and stands in no model; use IntegerLookup"),
        ("JaxLayer", "it holds a JAX program; export the part that is made of Keras layers"),
        ("Lambda", "it holds Python code; replace it by a layer with a class, or register a layer of your own for it"),
        (
            "RandomCrop",
            "Keras 3 says that its output is cropped and predicts with the whole image; use a CenterCrop or a Resizing"
        ),
        ("RandomHeight", "it changes the height of images in training, and what comes after needs to know it"),
        ("RandomWidth", "it changes the width of images in training, and what comes after needs to know it"),
        ("SlicingOpLambda", "it is a bare slice of a tensor; use a Cropping layer, or register a layer of your own"),
        ("StringLookup", "its inputs are text, not numbers; map it before the model"),
        ("TFSMLayer", "it holds a TensorFlow SavedModel; export the Keras model that it was made from"),
        (
            "TensorFlowOpLayer",
            "it is a bare TensorFlow operation; use the Keras layer for it, such as Add or Rescaling"
        ),
        ("TernaryDense", "its kernel is quantized, and Keras 3.15 has none to compare with; use a Dense"),
        ("TextVectorization", "its inputs are text, not numbers; map it before the model"),
        ("TorchModuleWrapper", "it holds a PyTorch module; rebuild it with Keras layers"),
        ("Wrapper", "it computes nothing; use the layer in it"),
    ]

    /// The recurrent cells, which are supported inside of a layer that lets them go over the steps.
    public static let cells = ["GRUCell", "LSTMCell", "SimpleRNNCell", "StackedRNNCells"]

    /// Why a class is no layer here, where that is known.
    private static func reason(against className: String) -> String? {
        if cells.contains(className) { return "it is a recurrent cell, no layer: it stands inside of an RNN" }
        return leftOut.first { $0.className == className }?.reason
    }

    /// The classes that are models.
    package static let modelClasses: Set = ["Functional", "Model", "Sequential"]

    /// Makes a layer of a model that stands in the options of a wrapper; who reads files knows how.
    package var readModel: (@Sendable (Options) -> Result<NestedModel, NestedModel.Unreadable>)?

    private var types: [String: any Layer.Type] = [:]

    /// A registry of these layers and operations.
    public init(_ types: [any Layer.Type]) { for type in types { register(type) } }

    /// Adds a layer under its ``Layer/kerasName``, in the place of one of the same name.
    public mutating func register(_ type: any Layer.Type) { types[type.kerasName] = type }

    /// The class names of the layers that are supported, in order.
    public var classNames: [String] { types.filter { !($0.value is any Operation.Type) }.keys.sorted() }

    /// The names of the operations that are supported, in order.
    public var operationNames: [String] { types.filter { $0.value is any Operation.Type }.keys.sorted() }

    /// The operation that a function of TensorFlow is, by its name without `tf.` in front.
    package func operation(
        tensorFlow name: String
    ) -> (type: any Operation.Type, function: TensorFlowFunction)? {
        for case let type as any Operation.Type in types.values {
            if let function = type.tensorFlow.first(where: { $0.name == name }) { return (type, function) }
        }
        return nil
    }

    /// The layer type for a class name; a package before it, as in `my_package>MyLayer`, belongs to the name.
    public func type(named className: String) -> (any Layer.Type)? {
        types[className] ?? Self.aliases[className].flatMap { types[$0] }
    }

    /// The layer that a file describes.
    ///
    /// - Parameters:
    ///   - name: the layer's name in its model, for messages.
    ///   - className: Keras' `class_name`.
    ///   - options: the layer's `config` without `name`, `trainable` and `dtype`.
    /// - Throws: ``LayerError`` if the class is not known, or an option is missing, unknown or has an unsupported value.
    public func layer(
        named name: String, className: String, options: Options
    ) throws(LayerError) -> any Layer {
        guard let type = type(named: className) else {
            let isOperation = className.hasPrefix("keras.ops.") || className.hasPrefix("tf.")
            let reason =
                isOperation
                ? "it is a bare operation; use a Keras layer for it, or register a layer of your own under this name; "
                    + "operations that are supported: " + operationNames.joined(separator: ", ")
                : Self.reason(against: className)
            throw .unsupportedClass(layer: name, className: className, reason: reason, supported: classNames)
        }
        do {
            var reader = OptionReader(options, layer: name)
            reader.registry = self
            let layer = try Self.inLayout(type, of: options).init(from: &reader)
            try reader.finish()
            return layer
        } catch {
            throw .options(error)
        }
    }
}

/// Why a layer of a file cannot be made.
public enum LayerError: Error, Hashable {
    case unsupportedClass(layer: String, className: String, reason: String?, supported: [String])
    case options(OptionError)
}

extension LayerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unsupportedClass(let layer, let className, let reason?, _):
            "layer \"\(layer)\" has class \"\(className)\", which is not supported: \(reason)"
        case .unsupportedClass(let layer, let className, nil, let supported):
            "layer \"\(layer)\" has class \"\(className)\", which is not supported; supported: "
                + supported.joined(separator: ", ")
        case .options(let error): error.description
        }
    }
}
