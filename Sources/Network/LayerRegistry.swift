/// Which class names of Keras files stand for which layers.
///
/// A registry is a value that is handed to whoever reads a file; adding a class changes that value alone:
///
///     var registry = LayerRegistry.keras
///     registry.register(MyLayer.self)
public struct LayerRegistry: Sendable {
    /// The layers of Keras that are supported.
    public static let keras = LayerRegistry([
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
        Average.self,
        AveragePooling1D.self,
        AveragePooling2D.self,
        AveragePooling3D.self,
        BatchNormalization.self,
        Bidirectional.self,
        CategoryEncoding.self,
        CenterCrop.self,
        Concatenate.self,
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
        Dense.self,
        DepthwiseConv1D.self,
        DepthwiseConv2D.self,
        Discretization.self,
        Dot.self,
        Dropout.self,
        ELU.self,
        EinsumDense.self,
        Embedding.self,
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
        LSTM.self,
        LayerNormalization.self,
        LayerScale.self,
        LeakyReLU.self,
        LocallyConnected1D.self,
        LocallyConnected2D.self,
        Masking.self,
        MaxPooling1D.self,
        MaxPooling2D.self,
        MaxPooling3D.self,
        Maximum.self,
        MaxoutDense.self,
        Minimum.self,
        MultiHeadAttention.self,
        Multiply.self,
        Normalization.self,
        PReLU.self,
        Permute.self,
        RMSNormalization.self,
        RNN.self,
        RandomBrightness.self,
        RandomContrast.self,
        RandomFlip.self,
        RandomRotation.self,
        RandomTranslation.self,
        RandomZoom.self,
        ReLU.self,
        RepeatVector.self,
        Rescaling.self,
        Reshape.self,
        Resizing.self,
        SeparableConv1D.self,
        SeparableConv2D.self,
        SimpleRNN.self,
        Softmax.self,
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
    ])

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
        ("AugMix", onlyInTraining),
        ("AutoContrast", onlyInTraining),
        ("ContrastLimitedAdaptiveHistogramEqualization", onlyInTraining),
        ("CutMix", onlyInTraining),
        ("DenseFeatures", "it preprocesses tables, not tensors; preprocess before the model"),
        ("Equalization", onlyInTraining),
        ("FeatureSpace", "it preprocesses tables, not tensors; preprocess before the model"),
        ("FlaxLayer", "it holds a JAX program; export the part that is made of Keras layers"),
        ("HashedCrossing", "it hashes words and numbers; hash them before the model"),
        ("Hashing", "it hashes words and numbers; hash them before the model"),
        ("IndexLookup", "it maps words and numbers by a table outside of the model; map them before the model"),
        ("IntegerLookup", "it maps numbers by a table outside of the model; map them before the model"),
        ("JaxLayer", "it holds a JAX program; export the part that is made of Keras layers"),
        ("Lambda", "it holds Python code; replace it by a layer with a class, or register a layer of your own for it"),
        ("MaxNumBoundingBoxes", "it works on boxes, not on images; do so before the model"),
        ("MelSpectrogram", "it turns sound into images; do so before the model"),
        ("MixUp", onlyInTraining),
        ("Pipeline", "it runs layers one after another; put them into the model themselves"),
        ("RandAugment", onlyInTraining),
        ("RandomColorDegeneration", onlyInTraining),
        ("RandomColorJitter", onlyInTraining),
        ("RandomCrop", "Keras' own versions disagree about what it does in prediction; use a CenterCrop or a Resizing"),
        ("RandomElasticTransform", onlyInTraining),
        ("RandomErasing", onlyInTraining),
        ("RandomGaussianBlur", onlyInTraining),
        ("RandomGrayscale", onlyInTraining),
        ("RandomHeight", onlyInTraining),
        ("RandomHue", onlyInTraining),
        ("RandomInvert", onlyInTraining),
        ("RandomPerspective", onlyInTraining),
        ("RandomPosterization", onlyInTraining),
        ("RandomSaturation", onlyInTraining),
        ("RandomSharpness", onlyInTraining),
        ("RandomShear", onlyInTraining),
        ("RandomWidth", onlyInTraining),
        ("ReversibleEmbedding", "one layer reads words and writes them; use an Embedding and a Dense"),
        ("STFTSpectrogram", "it turns sound into images; do so before the model"),
        ("Solarization", onlyInTraining),
        ("StringLookup", "it maps text; map it before the model"),
        ("TFOpLambda", "it is a bare TensorFlow operation; use the Keras layer for it, such as Add or Rescaling"),
        ("TFSMLayer", "it holds a TensorFlow SavedModel; export the Keras model that it was made from"),
        (
            "TensorFlowOpLayer",
            "it is a bare TensorFlow operation; use the Keras layer for it, such as Add or Rescaling"
        ),
        ("TernaryDense", "its kernel is quantized; export the model before it is quantized"),
        ("TextVectorization", "it maps text; map it before the model"),
        ("TorchModuleWrapper", "it holds a PyTorch module; rebuild it with Keras layers"),
        ("Wrapper", "it computes nothing; use the layer in it"),
    ]

    private static let onlyInTraining =
        "it changes images in training alone, which is not done here; leave it out, prediction does not need it"

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

    /// A registry of these layers.
    public init(_ types: [any Layer.Type]) { for type in types { register(type) } }

    /// Adds a layer under its ``Layer/kerasName``, in the place of one of the same name.
    public mutating func register(_ type: any Layer.Type) { types[type.kerasName] = type }

    /// The class names that are supported, in order.
    public var classNames: [String] { types.keys.sorted() }

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
            throw .unsupportedClass(
                layer: name, className: className, reason: Self.reason(against: className), supported: classNames)
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
