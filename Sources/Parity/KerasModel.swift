import Foundation
import Tensors

/// A model that lives in a ``KerasProcess``.
///
/// Keras drops it when the last copy of this object is gone.
///
/// All numbers cross the border as float32; Keras' integers arrive as whole numbers.
public final class KerasModel: Sendable {
    /// One layer, as Keras names it.
    public struct Layer: Sendable, Hashable, Codable {
        public var name: String
        public var className: String
    }

    /// The weights of one layer, in the order of `layer.weights`.
    public struct LayerWeights: Sendable {
        public var layer: String
        /// Keras' names: a variable's path (`dense/kernel`), in tf_keras its name (`dense/kernel:0`).
        public var names: [String]
        public var isTrainable: [Bool]
        public var values: [Tensor]
    }

    /// What one call of a layer gave.
    public struct Activation: Sendable {
        public var layer: String
        public var className: String
        /// The number of the call, for layers that are called more than once.
        public var call: Int
        /// The number of the output, for layers with several.
        public var output: Int
        public var value: Tensor
    }

    /// The gradient of the loss by one weight: weight number `weight` of `layer.weights`.
    public struct Gradient: Sendable {
        public var layer: String
        public var weight: Int
        public var name: String
        public var value: Tensor
    }

    /// A variable of the optimizer.
    public struct Variable: Sendable {
        public var name: String
        public var value: Tensor
    }

    public let process: KerasProcess
    public let name: String
    /// `model.layers` and the input layers, in Keras' order.
    public let layers: [Layer]
    /// The inputs' shapes with their batch axis, unknown extents as ``Shape/unknown``.
    public let inputShapes: [Shape]
    public let outputShapes: [Shape]
    let id: Int

    init(_ process: KerasProcess, _ made: KerasReply.Made) {
        self.process = process
        id = made.model
        name = made.name
        layers = made.layers
        inputShapes = made.inputShapes.map { Shape($0) }
        outputShapes = made.outputShapes.map { Shape($0) }
    }

    deinit { process.forget(id) }

    private func request(_ op: String) -> KerasRequest {
        var request = KerasRequest(op)
        request.model = id
        return request
    }

    // MARK: Running it

    /// `model.predict(inputs)`: one tensor for each output.
    public func predict(_ inputs: [Tensor], batchSize: Int = 256) throws(KerasProcessError) -> [Tensor] {
        var request = request("predict")
        request.inputs = request.add(inputs)
        request.batchSize = batchSize
        let (reply, tensors) = try process.ask("predict with model \"\(name)\"", request)
        return (reply.outputs ?? []).map { tensors[$0] }
    }

    /// What every call of every layer gives for these inputs, in Keras' order.
    ///
    /// - Parameters:
    ///   - chosen: only these layers, by name.
    ///   - expanding: whether models inside the model give their layers, as `outer/inner`, or count as one layer.
    ///   - training: whether layers are called in training mode, with everything random switched off.
    public func activations(
        _ inputs: [Tensor], of chosen: [String]? = nil, expanding: Bool = false, training: Bool = false
    ) throws(KerasProcessError) -> [Activation] {
        var request = request("activations")
        request.inputs = request.add(inputs)
        request.layers = chosen
        request.expand = expanding
        request.training = training
        let (reply, tensors) = try process.ask("run the layers of model \"\(name)\"", request)
        return (reply.activations ?? []).map {
            Activation(
                layer: $0.layer, className: $0.className, call: $0.call, output: $0.output, value: tensors[$0.tensor])
        }
    }

    /// Loss and metrics on these samples: `model.evaluate`.
    ///
    /// - Parameters:
    ///   - losses: one loss for all outputs or one for each; by default what the model was compiled with.
    ///   - metrics: such as `accuracy`; only with `losses`.
    /// - Returns: the numbers by Keras' names: `loss`, `accuracy`.
    public func evaluate(
        _ inputs: [Tensor], targets: [Tensor], losses: [String] = [], metrics: [String] = [], batchSize: Int = 256
    ) throws(KerasProcessError) -> [String: Double] {
        var request = request("evaluate")
        request.inputs = request.add(inputs)
        request.targets = request.add(targets)
        request.losses = losses.isEmpty ? nil : losses
        request.metrics = metrics
        request.batchSize = batchSize
        return try process.ask("evaluate model \"\(name)\"", request).0.metrics ?? [:]
    }

    // MARK: Training it

    /// The loss of a batch and its gradient by every trainable weight, with everything random switched off.
    ///
    /// Regularizers count. The model stays as it was: its weights do not move, nor do moving averages.
    ///
    /// - Parameters:
    ///   - expanding: whether models inside the model give their layers, as `outer/inner`, or count as one layer.
    ///   - training: whether layers are called in training mode (BatchNormalization on the batch's statistics).
    public func gradients(
        _ inputs: [Tensor], targets: [Tensor], losses: [String], expanding: Bool = false, training: Bool = true
    ) throws(KerasProcessError) -> (loss: Float, weights: [Gradient]) {
        var request = request("gradients")
        request.inputs = request.add(inputs)
        request.targets = request.add(targets)
        request.losses = losses
        request.expand = expanding
        request.training = training
        let (reply, tensors) = try process.ask("take gradients of model \"\(name)\"", request)
        let gradients = (reply.gradients ?? []).map {
            Gradient(layer: $0.layer, weight: $0.weight, name: $0.name, value: tensors[$0.tensor])
        }
        return (reply.loss ?? .nan, gradients)
    }

    /// Trains on the samples in their order, one step a batch, the last one short, and returns each step's loss.
    ///
    /// - Parameters:
    ///   - optimizer: a fresh optimizer; nil goes on with the model's own and its state.
    ///   - losses: needed with an optimizer; nil keeps the compiled one.
    ///   - dropout: whether layers draw random numbers; off, training is the same arithmetic on both sides.
    @discardableResult
    public func train(
        _ inputs: [Tensor], targets: [Tensor], batchSize: Int, optimizer: OptimizerSpec? = nil, losses: [String]? = nil,
        dropout: Bool = false
    ) throws(KerasProcessError) -> [Float] {
        var request = request("train")
        request.inputs = request.add(inputs)
        request.targets = request.add(targets)
        request.batchSize = batchSize
        request.optimizer = optimizer
        request.losses = losses
        request.dropout = dropout
        return try process.ask("train model \"\(name)\"", request).0.losses ?? []
    }

    /// `model.compile(optimizer, loss, metrics)`.
    public func compile(
        optimizer: OptimizerSpec, losses: [String], metrics: [String] = []
    ) throws(KerasProcessError) {
        var request = request("compile")
        request.optimizer = optimizer
        request.losses = losses
        request.metrics = metrics
        _ = try process.ask("compile model \"\(name)\"", request)
    }

    /// The optimizer's class and options as JSON, and its variables in Keras' order.
    public func optimizer() throws(KerasProcessError) -> (json: String, variables: [Variable]) {
        let (reply, tensors) = try process.ask("show the optimizer of model \"\(name)\"", request("optimizer"))
        let variables = (reply.variables ?? []).map { Variable(name: $0.name, value: tensors[$0.tensor]) }
        return (reply.optimizer ?? "", variables)
    }

    // MARK: What it is

    /// `model.to_json()`.
    public func json() throws(KerasProcessError) -> String {
        try process.ask("describe model \"\(name)\"", request("json")).0.text ?? ""
    }

    /// Every layer that has weights, and its weights.
    ///
    /// - Parameter expanding: whether models inside the model give their layers, as `outer/inner`, or count as one layer.
    public func weights(expanding: Bool = false) throws(KerasProcessError) -> [LayerWeights] {
        var request = request("weights")
        request.expand = expanding
        let (reply, tensors) = try process.ask("show the weights of model \"\(name)\"", request)
        return (reply.weights ?? []).map { entry in
            LayerWeights(
                layer: entry.layer, names: entry.names ?? [], isTrainable: entry.trainable ?? [],
                values: entry.tensors.map { tensors[$0] })
        }
    }

    /// Sets the weights of the named layers, each list in the order of `layer.weights`.
    public func setWeights(_ weights: [(layer: String, values: [Tensor])]) throws(KerasProcessError) {
        var request = request("set_weights")
        request.weights = weights.map { .init(layer: $0.layer, tensors: request.add($0.values)) }
        _ = try process.ask("set weights of model \"\(name)\"", request)
    }

    /// Saves the model; the path's ending says how: `.keras`, `.h5`, or with `weightsOnly` `.weights.h5`, and with
    /// tf_keras any other `.h5` as legacy weights.
    public func save(
        _ path: String, weightsOnly: Bool = false, includeOptimizer: Bool = true
    ) throws(KerasProcessError) {
        var request = request("save")
        request.path = path
        request.weightsOnly = weightsOnly
        request.includeOptimizer = includeOptimizer
        _ = try process.ask("save \(path)", request)
    }

    // MARK: Its speed

    /// Seconds of each of `repeats` passes of `model.predict` over the inputs, after one to warm up.
    public func benchPredict(
        _ inputs: [Tensor], batchSize: Int, repeats: Int = 3
    ) throws(KerasProcessError) -> [Double] {
        var request = request("bench")
        request.inputs = request.add(inputs)
        request.batchSize = batchSize
        request.repeats = repeats
        return try process.ask("time model \"\(name)\"", request).0.seconds ?? []
    }

    /// Seconds of each of `repeats` epochs of `model.fit`, after one to warm up.
    ///
    /// Dropout is as the model says. Compiles and changes the model.
    public func benchFit(
        _ inputs: [Tensor], targets: [Tensor], batchSize: Int, optimizer: OptimizerSpec, losses: [String],
        repeats: Int = 3
    ) throws(KerasProcessError) -> [Double] {
        var request = request("bench")
        request.inputs = request.add(inputs)
        request.targets = request.add(targets)
        request.batchSize = batchSize
        request.optimizer = optimizer
        request.losses = losses
        request.repeats = repeats
        return try process.ask("time the training of model \"\(name)\"", request).0.seconds ?? []
    }
}

// MARK: Making models

extension KerasProcess {
    /// A model from any file that this Keras opens.
    ///
    /// - Parameters:
    ///   - architecture: for a file that holds only weights: a model's JSON, or the path of a JSON or model file.
    ///   - compiled: whether to restore the optimizer and the losses too.
    public func load(
        _ path: String, architecture: String? = nil, compiled: Bool = true
    ) throws(KerasProcessError) -> KerasModel {
        var request = KerasRequest("load")
        request.path = path
        request.architecture = architecture
        request.compile = compiled
        return try model(of: ask("load \(path)", request).0)
    }

    /// A model from its JSON (or the path of a JSON or model file), with these weights or Keras' initial ones.
    public func build(
        _ architecture: String, weights: [(layer: String, values: [Tensor])] = []
    ) throws(KerasProcessError) -> KerasModel {
        var request = KerasRequest("build")
        request.architecture = architecture
        let model = try model(of: ask("build a model", request).0)
        if !weights.isEmpty { try model.setWeights(weights) }
        return model
    }

    /// Runs Python where `keras`, `tf`, `np`, `h5py`, `inputs` (arrays) and `models` are at hand.
    ///
    /// What the code leaves in `result` (anything JSON holds), `outputs` (a list of arrays) and `made` (a list of models)
    /// comes back. For tests and experiments: it runs with the rights of this process.
    @discardableResult
    public func run(
        _ source: String, inputs: [Tensor] = [], models: [KerasModel] = []
    ) throws(KerasProcessError) -> (result: String, outputs: [Tensor], made: [KerasModel]) {
        var request = KerasRequest("run")
        request.source = source
        request.inputs = request.add(inputs)
        request.models = models.map(\.id)
        let (reply, tensors) = try ask("run Python", request)
        return (
            reply.text ?? "null", (reply.outputs ?? []).map { tensors[$0] },
            (reply.made ?? []).map { KerasModel(self, $0) }
        )
    }

    private func model(of reply: KerasReply) throws(KerasProcessError) -> KerasModel {
        guard let id = reply.model, let name = reply.name, let layers = reply.layers else {
            throw .misunderstood(doing: "make a model", detail: "no model came back")
        }
        return KerasModel(
            self,
            .init(
                model: id, name: name, layers: layers, inputShapes: reply.inputShapes ?? [],
                outputShapes: reply.outputShapes ?? []))
    }
}
