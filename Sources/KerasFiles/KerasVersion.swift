import Networks

/// Whose words a written file uses.
public enum Dialect: String, Hashable, Sendable, CaseIterable {
    /// Keras 3, the multi-backend Keras of today.
    case keras3
    /// tf_keras and the Keras 2 inside TensorFlow up to 2.15.
    case keras2
}

/// Every difference between the Keras versions that files show, in one place.
///
/// Layers know only Keras 3's words. What older versions wrote is turned into them here before a layer reads it, and
/// turned back when the older dialect is written.
enum KerasVersion {
    // MARK: Reading

    /// A layer's class and options in Keras 3's words.
    ///
    /// - Parameter major: the major version that wrote the file. It decides what `hard_sigmoid` means.
    static func current(_ className: String, _ config: Options, major: Int) -> (String, Options) {
        var name = currentClass(className)
        var options = Options()
        // Of nulls, one alone says something else than no value: outputs that stay apart.
        for (key, value) in config.pairs
        where (!value.isNull || key == "merge_mode" && name == "Bidirectional") && !common.contains(key) {
            options[key] = value
        }
        if name != "InputLayer" {
            // An embedding's `input_dim` is the number of its rows.
            for key in inputKeys where !name.hasSuffix("Embedding") || key != "input_dim" { options[key] = nil }
        } else {
            rename(&options, "batch_input_shape", to: "batch_shape")
            if options["dtype"] == nil { options["input_dtype"] = nil }
        }
        if name == "Merge" { name = merge(&options) }
        renameKeras1(&options, of: name)
        for rule in renamedSince2 where rule.classes.contains(name) { rename(&options, rule.old, to: rule.new) }
        for rule in ignorable where rule.classes.isEmpty || rule.classes.contains(name) {
            if let value = options[rule.option], rule.values.isEmpty || rule.values.contains(value) {
                options[rule.option] = nil
            }
        }
        if normalizations.contains(name), let axes = options["axis"]?.array, axes.count == 1 {
            options["axis"] = axes[0]
        }
        for key in ["activation", "recurrent_activation"] {
            if let object = options[key]?.object, isScaledHardSigmoid(object) { options[key] = "hard_sigmoid_keras2" }
            guard let word = options[key]?.string else { continue }
            if word == "swish" { options[key] = "silu" }
            if word == "hard_sigmoid", major < 3 { options[key] = "hard_sigmoid_keras2" }
        }
        for key in ["layer", "backward_layer", "forward_layer", "cell"] {
            if let inner = options[key]?.object { options[key] = .object(currentInner(inner, major: major)) }
        }
        for key in ["cells", "layers"] {
            guard let list = options[key]?.array else { continue }
            options[key] = .array(list.map { $0.object.map { .object(currentInner($0, major: major)) } ?? $0 })
        }
        // Before Keras 2.1.4 a GRU could do nothing else, and said nothing.
        if ["GRU", "GRUCell"].contains(name), major < 3, options["reset_after"] == nil {
            options["reset_after"] = .bool(className.hasPrefix("CuDNN"))
        }
        return (name, options)
    }

    /// The same for a layer or a cell inside another, whose common options stay.
    private static func currentInner(_ inner: Options, major: Int) -> Options {
        guard let innerClass = inner["class_name"]?.string, !LayerRegistry.modelClasses.contains(innerClass) else {
            return inner
        }
        let config = inner["config"]?.object ?? Options()
        let (className, options) = current(innerClass, config, major: major)
        var full = Options()
        for key in ["name", "trainable", "dtype"] { full[key] = config[key] }
        for (key, value) in options.pairs { full[key] = value }
        var written: Options = ["class_name": .string(className), "config": .object(full)]
        written["registered_name"] = inner["registered_name"]
        return written
    }

    /// Keras 3's name of a layer's class.
    static func currentClass(_ className: String) -> String { classNames[className] ?? className }

    /// The input shape that Keras 1 and 2 write into the first layer of a Sequential, batch axis included.
    static func inputShape(in config: Options, of className: String) -> OptionValue? {
        for key in ["batch_input_shape", "batch_shape"] {
            if let shape = config[key], !shape.isNull { return shape }
        }
        if let shape = config["input_shape"]?.array { return .array([.null] + shape) }
        // An embedding's `input_dim` is the number of its rows.
        if className == "Embedding" { return [nil, config["input_length"] ?? nil] }
        if let features = config["input_dim"], !features.isNull {
            if let length = config["input_length"], !length.isNull { return [nil, length, features] }
            return [nil, features]
        }
        return nil
    }

    /// The major version of the Keras that wrote an architecture.
    ///
    /// - Parameter version: what the file says; where it says nothing, the words of the architecture tell.
    static func major(_ version: String?, of architecture: OptionValue) -> Int {
        if let number = version?.split(separator: ".").first.flatMap({ Int($0) }), (1...99).contains(number) {
            return number
        }
        let text = architecture.description
        if ["\"batch_shape\"", "\"DTypePolicy\"", "__keras_tensor__"].contains(where: text.contains) { return 3 }
        if ["\"nb_filter\"", "\"output_dim\"", "\"border_mode\""].contains(where: text.contains) { return 1 }
        return 2
    }

    /// Whether this version stored an optimizer's slots in the order of the weights' names: Keras before 2.0.6.
    static func sortsOptimizer(_ version: String?) -> Bool {
        let numbers = (version ?? "").split(separator: ".").map { Int($0) ?? 0 }
        return !numbers.isEmpty && numbers.lexicographicallyPrecedes([2, 0, 6])
    }

    /// The name of a dtype policy: a string, or Keras 3's and mixed precision's object.
    static func dtype(_ value: OptionValue?) -> String? {
        value?.string ?? value?.object?["config"]?.object?["name"]?.string
    }

    /// Options that belong to the model and not to the layer's arithmetic.
    private static let common: Set = ["name", "trainable", "dtype", "build_config"]
    /// Where older versions write a Sequential's input: into its first layer.
    private static let inputKeys = [
        "batch_input_shape", "batch_shape", "input_shape", "input_dim", "input_length", "input_dtype",
    ]
    private static let normalizations: Set = ["BatchNormalization"]

    private static let classNames = [
        "AtrousConvolution1D": "Conv1D", "AtrousConvolution2D": "Conv2D", "AvgPool1D": "AveragePooling1D",
        "AvgPool2D": "AveragePooling2D", "AvgPool3D": "AveragePooling3D", "BatchNormalizationV1": "BatchNormalization",
        "BatchNormalizationV2": "BatchNormalization", "Convolution1D": "Conv1D", "Convolution2D": "Conv2D",
        "Convolution2DTranspose": "Conv2DTranspose", "Convolution3D": "Conv3D", "CuDNNGRU": "GRU", "CuDNNLSTM": "LSTM",
        "Deconvolution2D": "Conv2DTranspose",
        "GRUV2": "GRU", "LSTMV2": "LSTM", "MaxPool1D": "MaxPooling1D", "MaxPool2D": "MaxPooling2D",
        "MaxPool3D": "MaxPooling3D", "SeparableConvolution1D": "SeparableConv1D",
        "SeparableConvolution2D": "SeparableConv2D", "TimeDistributedDense": "Dense",
    ]

    private static let convolutions = [
        "Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "DepthwiseConv1D",
        "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D",
    ]
    private static let cells = ["SimpleRNNCell", "LSTMCell", "GRUCell"]
    private static let recurrent = ["SimpleRNN", "LSTM", "GRU", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"]

    /// What tf_keras and Keras 2 call differently from Keras 3.
    private static let renamedSince2: [(classes: [String], old: String, new: String)] = [
        (["LeakyReLU"], "alpha", "negative_slope")
    ]

    /// Options that only some versions write and that change nothing at these values (at any, where none is named).
    private static let ignorable: [(classes: [String], option: String, values: [OptionValue])] = [
        (["BatchNormalization"], "fused", []),
        (["BatchNormalization"], "mode", [0]),
        (["BatchNormalization"], "renorm", [false]),
        (["BatchNormalization"], "renorm_momentum", []),
        (["BatchNormalization"], "synchronized", [false]),
        (["LayerNormalization"], "rms_scaling", [false]),
        (["DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"], "groups", [1]),
        (["Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"], "groups", [1]),
        (["SeparableConv1D", "SeparableConv2D"], "kernel_initializer", []),
        (["SeparableConv1D", "SeparableConv2D"], "kernel_regularizer", []),
        (["SeparableConv1D", "SeparableConv2D"], "kernel_constraint", []),
        (["DepthwiseConv1D", "DepthwiseConv2D"], "kernel_initializer", []),
        (["DepthwiseConv1D", "DepthwiseConv2D"], "kernel_regularizer", []),
        (["DepthwiseConv1D", "DepthwiseConv2D"], "kernel_constraint", []),
        (recurrent + cells, "implementation", []),
        (recurrent, "consume_less", []),
        (recurrent + ["RNN"], "time_major", [false]),
        (["Bidirectional", "TimeDistributed"], "unroll", []),
        (["MultiHeadAttention"], "query_shape", []),
        (["MultiHeadAttention"], "key_shape", []),
        (["MultiHeadAttention"], "value_shape", []),
        (["MultiHeadAttention"], "softmax_robust_masking", [false]),
        (["MultiHeadAttention"], "use_gate", [false]),
        (["Embedding"], "dropout", [0, .double(0)]),
        (["Dropout"], "noise_shape", [[]]),
        (["IntegerLookup"], "has_input_vocabulary", []),
        (["InputLayer"], "sparse", [false]),
        (["InputLayer"], "ragged", [false]),
        (["InputLayer"], "optional", [false]),
        ([], "rng_type", []),
    ]

    // MARK: Keras 1

    /// Keras 1's names of options that every layer calls alike.
    private static let keras1: [(old: String, new: String)] = [
        ("nb_filter", "filters"), ("filter_length", "kernel_size"), ("subsample", "strides"),
        ("subsample_length", "strides"), ("border_mode", "padding"), ("atrous_rate", "dilation_rate"),
        ("inner_init", "recurrent_initializer"), ("inner_activation", "recurrent_activation"),
        ("b_regularizer", "bias_regularizer"), ("U_regularizer", "recurrent_regularizer"),
        ("b_constraint", "bias_constraint"), ("U_constraint", "recurrent_constraint"), ("dropout_W", "dropout"),
        ("dropout_U", "recurrent_dropout"), ("p", "rate"), ("pool_length", "pool_size"),
        ("stride", "strides"), ("beta_init", "beta_initializer"), ("gamma_init", "gamma_initializer"),
        ("bias", "use_bias"),
    ]

    private static func renameKeras1(_ options: inout Options, of name: String) {
        for (old, new) in keras1 { rename(&options, old, to: new) }
        if name == "GaussianNoise" { rename(&options, "sigma", to: "stddev") }
        for sides in [["nb_row", "nb_col"], ["kernel_dim1", "kernel_dim2", "kernel_dim3"]] {
            let extents = sides.compactMap { options[$0] }
            guard extents.count == sides.count else { continue }
            options["kernel_size"] = .array(extents)
            for side in sides { options[side] = nil }
        }
        // An embedding's matrix is called after the layer, and its `output_dim` is today's word too.
        let isEmbedding = name.hasSuffix("Embedding")
        let kernel = isEmbedding ? "embeddings" : "kernel"
        rename(&options, "init", to: "\(kernel)_initializer")
        rename(&options, "W_regularizer", to: "\(kernel)_regularizer")
        rename(&options, "W_constraint", to: "\(kernel)_constraint")
        if !isEmbedding { rename(&options, "output_dim", to: "units") }
        if name == "UpSampling1D" { rename(&options, "length", to: "size") }
        if let ordering = options["dim_ordering"]?.string {
            options["dim_ordering"] = nil
            if ordering != "default" {
                options["data_format"] = ordering == "th" ? "channels_first" : "channels_last"
            }
        }
        if let bias = options["forget_bias_init"]?.string {
            options["forget_bias_init"] = nil
            options["unit_forget_bias"] = .bool(bias == "one")
        }
        if name == "ZeroPadding2D" || name == "Cropping2D", let sides = options["padding"]?.array, sides.count == 4 {
            options["padding"] = [.array([sides[0], sides[1]]), .array([sides[2], sides[3]])]
        }
        for (key, value) in options.pairs where key.hasSuffix("_regularizer") {
            // {"name": "L1L2Regularizer", "l1": …, "l2": …}
            guard var factors = value.object, factors["class_name"] == nil, factors["name"] != nil else { continue }
            factors["name"] = nil
            options[key] = ["class_name": "L1L2", "config": .object(factors)]
        }
    }

    /// Keras 1's one layer for all ways to join tensors: its mode became a class each.
    private static func merge(_ options: inout Options) -> String {
        let mode = options["mode"]?.string ?? "sum"
        let classes = [
            "sum": "Add", "mul": "Multiply", "concat": "Concatenate", "ave": "Average", "max": "Maximum", "dot": "Dot",
        ]
        guard let name = classes[mode] else { return "Merge (mode \(mode))" }
        var kept = Options()
        if mode == "concat" { kept["axis"] = options["concat_axis"] ?? -1 }
        if mode == "dot" { kept["axes"] = options["dot_axes"] }
        options = kept
        return name
    }

    private static func rename(_ options: inout Options, _ old: String, to new: String) {
        guard let value = options[old] else { return }
        options[old] = nil
        options[new] = value
    }

    // MARK: Writing

    /// The version that written files name: the one whose form they follow.
    static func written(_ dialect: Dialect) -> String {
        switch dialect {
        case .keras3: "3.15.1"
        case .keras2: "2.21.0"
        }
    }

    /// A layer's options in the words of a dialect.
    ///
    /// - Parameter dtype: the layer's dtype policy.
    /// - Throws: ``Untranslatable`` where the dialect has no words for what the layer does.
    static func options(
        _ options: Options, of className: String, dtype: String, in dialect: Dialect
    ) throws(Untranslatable) -> Options {
        if dialect == .keras2, onlyKeras3Classes.contains(className) {
            throw Untranslatable("class \"\(className)\" does not exist in Keras 2")
        }
        if let remedy = onlyOlderClasses[className], dialect == .keras3 || remedy.isInKeras1Alone {
            throw Untranslatable("class \"\(className)\" exists in \(remedy.text)")
        }
        var written = Options()
        for (key, value) in options.pairs {
            var (key, value) = (key, value)
            if key == "activation" || key == "recurrent_activation" {
                value = try activation(value, dtype: dtype, in: dialect)
            }
            // tf_keras makes the second layer of the first, and names it only where it was given.
            if key == "backward_layer", dialect == .keras2, isImplied(value, by: options["layer"]) { continue }
            if ["layer", "backward_layer", "cell"].contains(key), let inner = value.object {
                var written = try innerLayer(inner, outerDtype: dtype, in: dialect)
                if dialect == .keras2, className == "Bidirectional", var config = written["config"]?.object {
                    config["zero_output_for_mask"] = nil  // decided by the wrapper there, as here
                    written["config"] = .object(config)
                }
                value = .object(written)
            }
            if ["cells", "layers"].contains(key), let list = value.array {
                var written: [OptionValue] = []
                for inner in list {
                    written.append(.object(try innerLayer(inner.object ?? Options(), outerDtype: dtype, in: dialect)))
                }
                value = .array(written)
            }
            if dialect == .keras2 {
                if let rule = renamedSince2.first(where: { $0.classes.contains(className) && $0.new == key }) {
                    key = rule.old
                }
                if let rule = onlyKeras3.first(where: { $0.classes.contains(className) && $0.option == key }) {
                    guard value.isNull || value == rule.default else {
                        throw Untranslatable("option \"\(key)\" with value \(value) does not exist in Keras 2")
                    }
                    continue
                }
            }
            written[key] = value
        }
        return written
    }

    /// What a dialect cannot say.
    struct Untranslatable: Error {
        var reason: String

        init(_ reason: String) { self.reason = reason }
    }

    /// Whether the second layer of a Bidirectional is what Keras makes of the first.
    private static func isImplied(_ backward: OptionValue, by forward: OptionValue?) -> Bool {
        guard var expected = forward?.object, var config = expected["config"]?.object else { return false }
        if let name = config["name"]?.string { config["name"] = .string("backward_" + name) }
        config["go_backwards"] = .bool(config["go_backwards"]?.bool != true)
        expected["config"] = .object(config)
        return backward == .object(expected)
    }

    private static func activation(
        _ value: OptionValue, dtype: String, in dialect: Dialect
    ) throws(Untranslatable) -> OptionValue {
        if let object = value.object, let className = object["class_name"]?.string,
            let config = object["config"]?.object
        {
            // A layer that stands for a function with parameters.
            var written = object
            written["config"] = .object(try options(config, of: className, dtype: dtype, in: dialect))
            return .object(written)
        }
        guard let name = value.string else { return value }
        if name == "gelu_approximate" {
            throw Untranslatable("activation \"gelu\" with its approximation has no name in any Keras")
        }
        switch dialect {
        case .keras3:
            return name == "hard_sigmoid_keras2" ? scaledHardSigmoid(dtype) : value
        case .keras2:
            guard name != "hard_sigmoid" else {
                throw Untranslatable(
                    "activation \"hard_sigmoid\" of Keras 3 is another function in Keras 2; write the Keras 3 dialect")
            }
            let older = ["hard_sigmoid_keras2": "hard_sigmoid", "silu": "swish"][name] ?? name
            guard keras2Activations.contains(older) else {
                throw Untranslatable("activation \"\(name)\" does not exist in Keras 2")
            }
            return .string(older)
        }
    }

    /// Keras 2's `hard_sigmoid(x)` in Keras 3, where that function of 1.2 x is the same: a layer that computes it.
    private static func scaledHardSigmoid(_ dtype: String) -> OptionValue {
        func layer(_ className: String, _ config: Options) -> OptionValue {
            [
                "module": "keras.layers", "class_name": .string(className), "config": .object(config),
                "registered_name": nil,
            ]
        }
        let policy = dtypeValue(dtype, in: .keras3, withModule: true)
        return layer(
            "Pipeline",
            [
                "layers": [
                    layer("Rescaling", ["dtype": policy, "scale": .double(hardSigmoidScale), "offset": .double(0)]),
                    layer("Activation", ["dtype": policy, "activation": "hard_sigmoid"]),
                ]
            ])
    }

    private static let hardSigmoidScale = 1.2

    /// Whether an activation is what ``scaledHardSigmoid(_:)`` writes, or what Keras 3 makes of it when it saves again.
    private static func isScaledHardSigmoid(_ activation: Options) -> Bool {
        guard activation["class_name"]?.string == "Pipeline",
            let layers = activation["config"]?.object?["layers"]?.array?.compactMap(\.object), layers.count == 2,
            layers.map({ $0["class_name"]?.string }) == ["Rescaling", "Activation"],
            let scaling = layers[0]["config"]?.object, let function = layers[1]["config"]?.object
        else { return false }
        return scaling["scale"]?.double == hardSigmoidScale && scaling["offset"]?.double == 0
            && function["activation"]?.string == "hard_sigmoid"
    }

    private static func innerLayer(
        _ layer: Options, outerDtype: String, in dialect: Dialect
    ) throws(Untranslatable) -> Options {
        guard let className = layer["class_name"]?.string, let config = layer["config"]?.object else { return layer }
        var common = Options()
        for key in ["name", "trainable", "dtype"] { common[key] = config[key] }
        var rest = config
        for key in common.names { rest[key] = nil }
        let policy = dtype(common["dtype"])
        if let policy { common["dtype"] = dtypeValue(policy, in: dialect, withModule: true) }
        let words = try options(rest, of: className, dtype: policy ?? outerDtype, in: dialect)
        for (key, value) in words.pairs { common[key] = value }
        return [
            "module": "keras.layers", "class_name": .string(className), "config": .object(common),
            "registered_name": nil,
        ]
    }

    /// A dtype policy as a dialect writes it into a layer's options.
    static func dtypeValue(_ name: String, in dialect: Dialect, withModule: Bool) -> OptionValue {
        switch dialect {
        case .keras3:
            return [
                "module": "keras", "class_name": "DTypePolicy", "config": ["name": .string(name)],
                "registered_name": nil,
            ]
        case .keras2:
            guard name.hasPrefix("mixed_") else { return .string(name) }
            var policy: Options = withModule ? ["module": "keras.mixed_precision"] : [:]
            policy["class_name"] = "Policy"
            policy["config"] = ["name": .string(name)]
            if withModule { policy["registered_name"] = .null }
            return .object(policy)
        }
    }

    private static let keras2Activations: Set = [
        "elu", "exponential", "gelu", "hard_sigmoid", "linear", "mish", "relu", "selu", "sigmoid", "softmax",
        "softplus", "softsign", "swish", "tanh",
    ]

    /// Classes that newer Keras has no more: where they are, and what to do.
    private static let onlyOlderClasses: [String: (text: String, isInKeras1Alone: Bool)] = [
        "Highway": ("Keras 1 alone; rebuild it of Dense, Multiply and Add", true),
        "LocallyConnected1D": ("Keras 2 alone; write the Keras 2 dialect", false),
        "LocallyConnected2D": ("Keras 2 alone; write the Keras 2 dialect", false),
        "MaxoutDense": ("Keras 1 alone; rebuild it of Dense, Reshape and a pooling", true),
    ]

    private static let onlyKeras3Classes: Set = [
        "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D", "AdaptiveMaxPooling1D",
        "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D", "AugMix", "AutoContrast",
        "ContrastLimitedAdaptiveHistogramEqualization", "CutMix", "Equalization", "GroupQueryAttention",
        "MaxNumBoundingBoxes", "MelSpectrogram", "MixUp", "Pipeline", "RMSNormalization", "RandAugment",
        "RandomColorDegeneration", "RandomColorJitter", "RandomElasticTransform", "RandomErasing", "RandomGaussianBlur",
        "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomSaturation",
        "RandomSharpness", "RandomShear", "ReversibleEmbedding", "STFTSpectrogram", "Solarization",
    ]

    /// Options that tf_keras refuses because it does not know them, with the value that it computes.
    private static let onlyKeras3: [(classes: [String], option: String, default: OptionValue)] = [
        (["Dense", "Embedding", "EinsumDense"], "quantization_config", nil),
        (["BatchNormalization"], "synchronized", false),
        (["BatchNormalization"], "renorm", false),
        (["BatchNormalization"], "renorm_clipping", nil),
        (["BatchNormalization"], "renorm_momentum", .double(0.99)),
        (["LayerNormalization"], "rms_scaling", false),
        (["Conv3DTranspose"], "dilation_rate", [1, 1, 1]),
        (recurrent + cells, "seed", nil),
        (["MultiHeadAttention"], "seed", nil),
        (["MultiHeadAttention"], "use_gate", false),
        (["MultiHeadAttention"], "sliding_window", nil),
        (["Attention", "AdditiveAttention"], "seed", nil),
        (["SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"], "seed", nil),
        (
            ["SpatialDropout2D", "SpatialDropout3D", "ZeroPadding1D", "CenterCrop", "Resizing"], "data_format",
            "channels_last"
        ),
        (
            [
                "RandomBrightness", "RandomContrast", "RandomCrop", "RandomFlip", "RandomRotation", "RandomTranslation",
                "RandomZoom",
            ],
            "data_format",
            "channels_last"
        ),
        (["RandomContrast"], "value_range", [.double(0), .double(255)]),
        (["Resizing"], "pad_to_aspect_ratio", false),
        (["Resizing"], "fill_mode", "constant"),
        (["Resizing"], "fill_value", .double(0)),
        (["Resizing"], "antialias", false),
        (["AlphaDropout"], "noise_shape", nil),
        (["IntegerLookup"], "oov_method", "floormod"),
        (["IntegerLookup"], "salt", nil),
    ]
}
