import Networks
import Tensors

/// A small model around a layer of any class: the first options and inputs that the class takes.
enum EveryLayer {
    static let options: [Options] =
        [
            [:], ["units": 3, "nb_feature": 1], ["units": 3], ["filters": 4, "kernel_size": 2], ["kernel_size": 2],
            ["rate": 0.5], ["rate": 0],
            ["stddev": 0.1],
            ["target_shape": [-1]], ["size": 2], ["cropping": 1], ["padding": 1], ["n": 2], ["dims": [1]],
            ["alpha": 0.1],
            ["input_dim": 5, "output_dim": 4], ["axes": 1], ["activation": "tanh"], ["scale": 0.5],
            ["height": 3, "width": 3],
            ["num_heads": 2, "key_dim": 3], ["head_dim": 4, "num_query_heads": 2, "num_key_value_heads": 2],
            ["output_size": 2], ["output_size": [2, 2]], ["output_size": [2, 2, 2]], ["groups": 2],
            ["num_tokens": 5], ["bin_boundaries": [0, 0.5]], ["equation": "ab,bc->ac", "output_shape": [3]],
            ["init_values": 0.5, "projection_dim": 2], ["factor": 0.1], ["height_factor": 0.1],
            ["height_factor": 0.1, "width_factor": 0.1],
            ["cell": ["class_name": "GRUCell", "config": ["units": 3]]],
            ["layer": ["class_name": "Dense", "config": ["units": 3]]],
            ["layer": ["class_name": "LSTM", "config": ["units": 3]]],
            ["layers": [["class_name": "Dense", "config": ["units": 3]]]],
            ["vocabulary": [0, 1, 2]], ["frame_length": 4, "mode": "stft"], ["fft_length": 4, "sequence_stride": 2],
        ] + images

    /// What the layers that change images need.
    private static let images: [Options] = [
        ["value_range": [0, 255], "data_format": "channels_last"],
        ["max_number": 3],
        ["value_range": [0, 255], "factor": [1, 4]],
        [
            "value_range": [0, 255], "factor": [0, 0.3], "interpolation": "bilinear", "num_chains": 2, "chain_depth": 2,
            "alpha": 1, "all_ops": true,
        ],
        ["value_range": [0, 255], "factor": [0, 0.5], "interpolation": "bilinear", "num_ops": 2],
        ["value_range": [0, 255], "factor": [0, 1], "scale": [0.02, 0.33]],
        ["value_range": [0, 255], "factor": [0, 1], "kernel_size": [3, 3], "sigma": [0, 1]],
        ["value_range": [0, 255], "addition_factor": [0, 0], "threshold_factor": [0, 0]],
        ["factor": [0, 1], "scale": 1, "interpolation": "bilinear"],
        ["x_factor": [-0.1, 0.1], "y_factor": [-0.1, 0.1], "fill_mode": "reflect", "interpolation": "bilinear"],
    ]
    static let inputs: [[Shape]] = [
        [[8, 6, 2]], [[8, 4]], [[6]], [[5, 6, 4, 2]], [[6], [6]], [[4, 3], [4, 3]], [[4, 3], [4, 3], [4, 3]],
        [[4, 4, 3, 4, 2]], [[8, 6, 3]],
    ]

    static func model(of className: String) -> (model: Model, inputs: [Shape])? {
        for options in options {
            guard let layer = try? LayerRegistry.keras.layer(named: "suspect", className: className, options: options)
            else { continue }
            for shapes in inputs {
                if let model = try? model(of: layer, shapes) { return (model, shapes) }
            }
        }
        return nil
    }

    /// Every variant of a class that its options and these inputs allow: the plain one first.
    static func variants(of className: String) -> [Model] {
        for options in options {
            for shapes in inputs {
                guard let plain = variant(className, options, shapes) else { continue }
                return [plain]
                    + variants.compactMap { extra in
                        var merged = options
                        for (name, value) in extra.pairs { merged[name] = value }
                        return variant(className, merged, shapes)
                    }
            }
        }
        return []
    }

    /// What a variant asks for besides the options that a class needs.
    private static let variants: [Options] = [
        ["padding": "same", "strides": 2], ["padding": "same", "strides": 2, "pool_size": 3], ["dilation_rate": 2],
        ["activation": "tanh"], ["use_bias": false], ["kernel_size": 3, "padding": "same", "strides": 2],
        ["depth_multiplier": 2], ["interpolation": "bilinear"], ["max_value": 0.5], ["padding": [1, 2]],
        ["negative_slope": 0.1, "threshold": 0.2],
    ]

    private static func variant(_ className: String, _ options: Options, _ shapes: [Shape]) -> Model? {
        guard let layer = try? LayerRegistry.keras.layer(named: "suspect", className: className, options: options)
        else { return nil }
        return try? model(of: layer, shapes)
    }

    private static func model(of layer: any Layer, _ shapes: [Shape]) throws -> Model {
        var layers = shapes.enumerated().map { position, shape in
            ModelLayer(name: "input_\(position)", layer: InputLayer(batchShape: [Shape.unknown] + shape))
        }
        let inputs = Array(layers.indices)
        layers.append(ModelLayer(name: "suspect", layer: layer, calls: [inputs.map { Source(layer: $0) }]))
        let suspect = layers.count - 1
        layers.append(ModelLayer(name: "flat", layer: Flatten(), calls: [[Source(layer: suspect)]]))
        layers.append(ModelLayer(name: "dense", layer: Dense(units: 2), calls: [[Source(layer: suspect + 1)]]))
        var model = Model(
            name: "every", form: .functional, layers: layers, inputs: inputs, outputs: [Source(layer: layers.count - 1)]
        )
        try model.build()
        model.initialize(seed: 4)
        return model
    }
}
