import Tensors

/// A model as data: a graph of named layers and their weights.
///
/// It computes nothing itself; a `Session` runs it.
///
/// Calls of layers are numbered as Keras numbers nodes: a layer that is called twice has two calls, which share its
/// weights. Layers stand in Keras' order, `model.layers`, with input layers among them.
public struct Model: Sendable {
    /// How Keras declares the model.
    public enum Form: Sendable, Hashable { case sequential, functional }

    public var name: String
    public var form: Form
    public var layers: [ModelLayer]
    /// The input layers, in the order in which the model takes its inputs: indices into `layers`.
    public var inputs: [Int]
    /// Where the model's outputs come from, in order.
    public var outputs: [Source]
    /// Where the mask of each output comes from, `nil` where it has none: Keras' losses pass over what it hides.
    public internal(set) var outputMasks: [Source?] = []

    public init(name: String, form: Form, layers: [ModelLayer], inputs: [Int], outputs: [Source]) {
        self.name = name
        self.form = form
        self.layers = layers
        self.inputs = inputs
        self.outputs = outputs
    }
}

/// Where a tensor of the graph comes from: an output of a call of a layer.
public struct Source: Hashable, Sendable {
    /// An index into ``Model/layers``.
    public var layer: Int
    /// Which call of that layer.
    public var call: Int
    /// Which of that call's outputs.
    public var output: Int

    public init(layer: Int, call: Int = 0, output: Int = 0) {
        self.layer = layer
        self.call = call
        self.output = output
    }
}

/// A layer inside a model: its name, its weights, and where its inputs come from.
public struct ModelLayer: Sendable {
    public var name: String
    public var layer: any Layer
    /// Keras' `trainable`: false keeps all weights of this layer as they are.
    public var isTrainable: Bool
    /// Keras' dtype policy of the layer, kept for files; arithmetic is float32.
    public var dtype: String
    /// For each call of the layer, where its inputs come from.
    ///
    /// Empty for an input layer.
    public var calls: [[Source]]
    /// The weights' names, shapes and initializers, in Keras' order.
    public var specs: [WeightSpec]
    /// The weights, one for each spec.
    public var weights: [Tensor]

    public init(
        name: String, layer: any Layer, isTrainable: Bool = true, dtype: String = "float32", calls: [[Source]] = [],
        specs: [WeightSpec] = [], weights: [Tensor] = []
    ) {
        self.name = name
        self.layer = layer
        self.isTrainable = isTrainable
        self.dtype = dtype
        self.calls = calls
        self.specs = specs
        self.weights = weights
    }
}

/// The address of one weight in a model.
public struct WeightAddress: Hashable, Sendable, CustomStringConvertible {
    public var layer: Int
    public var weight: Int

    public init(layer: Int, weight: Int) {
        self.layer = layer
        self.weight = weight
    }

    public var description: String { "weight \(weight) of layer \(layer)" }
}

extension Model {
    /// A chain of layers behind one input, with weights drawn by their initializers.
    ///
    /// - Parameters:
    ///   - inputShape: the shape of one sample, without the batch axis.
    ///   - layers: the layers in order, by name.
    ///   - seed: where the initializers draw from.
    /// - Throws: ``ShapeError`` where a layer cannot take what the one before gives.
    public static func sequential(
        name: String = "sequential", inputShape: Shape, _ layers: [(name: String, layer: any Layer)], seed: UInt64 = 0
    ) throws(ShapeError) -> Model {
        let input = InputLayer(batchShape: [Shape.unknown] + inputShape)
        var chain = [ModelLayer(name: "input_layer", layer: input)]
        for (name, layer) in layers {
            chain.append(ModelLayer(name: name, layer: layer, calls: [[Source(layer: chain.count - 1)]]))
        }
        var model = Model(
            name: name, form: .sequential, layers: chain, inputs: [0], outputs: [Source(layer: chain.count - 1)])
        try model.build()
        model.initialize(seed: seed)
        return model
    }

    /// The weights that gradients train, in Keras' order: `model.trainable_weights`.
    public var trainableWeights: [WeightAddress] {
        layers.indices.filter { layers[$0].isTrainable }.flatMap { layer in
            layers[layer].specs.indices.filter { layers[layer].specs[$0].isTrainable }
                .map { WeightAddress(layer: layer, weight: $0) }
        }
    }

    public subscript(address: WeightAddress) -> Tensor {
        get { layers[address.layer].weights[address.weight] }
        set { layers[address.layer].weights[address.weight] = newValue }
    }

    /// The index of the layer with this name.
    public func index(of name: String) -> Int? { layers.firstIndex { $0.name == name } }
}
