import Foundation
import Tensors

/// What is asked of the worker.
///
/// One line of JSON, and after it the float32 elements of the tensors whose shapes are in `tensors`. Other fields name tensors by their place in that list. `Resources/keras_worker.py` is the other side.
struct KerasRequest: Encodable {
    var op: String
    var model: Int?
    var path: String?
    var architecture: String?
    var compile: Bool?
    var weights: [LayerEntry]?
    var inputs: [Int]?
    var targets: [Int]?
    var batchSize: Int?
    var layers: [String]?
    var expand: Bool?
    var training: Bool?
    var dropout: Bool?
    var losses: [String]?
    var metrics: [String]?
    var optimizer: OptimizerSpec?
    var weightsOnly: Bool?
    var includeOptimizer: Bool?
    var repeats: Int?
    var source: String?
    var models: [Int]?
    var forget: [Int]?
    /// The shapes of the payload.
    var tensors: [[Int]] = []

    struct LayerEntry: Codable {
        var layer: String
        var tensors: [Int]
        var names: [String]?
        var trainable: [Bool]?
    }

    /// The payload; not part of the JSON.
    var payload: [Tensor] = []

    private enum CodingKeys: String, CodingKey {
        case op, model, path, architecture, compile, weights, inputs, targets, batchSize, layers, expand, training,
            dropout
        case losses, metrics, optimizer, weightsOnly, includeOptimizer, repeats, source, models, forget, tensors
    }

    init(_ op: String) { self.op = op }

    /// Adds tensors to the payload and returns their places.
    mutating func add(_ more: [Tensor]) -> [Int] {
        let places = Array(payload.count..<(payload.count + more.count))
        payload += more
        tensors += more.map(\.shape.extents)
        return places
    }
}

/// What the worker answers: the fields that the request asks for, and `tensors`.
struct KerasReply: Decodable {
    var error: String?
    var versions: KerasProcess.Versions?
    var model: Int?
    var name: String?
    var layers: [KerasModel.Layer]?
    var inputShapes: [[Int]]?
    var outputShapes: [[Int]]?
    var text: String?
    var weights: [KerasRequest.LayerEntry]?
    var outputs: [Int]?
    var activations: [Activation]?
    var loss: Float?
    var losses: [Float]?
    var gradients: [Gradient]?
    var optimizer: String?
    var variables: [Variable]?
    var metrics: [String: Double]?
    var seconds: [Double]?
    var made: [Made]?
    var tensors: [[Int]]

    struct Activation: Decodable {
        var layer: String
        var className: String
        var call: Int
        var output: Int
        var tensor: Int
    }

    struct Gradient: Decodable {
        var layer: String
        var weight: Int
        var name: String
        var tensor: Int
    }

    struct Variable: Decodable {
        var name: String
        var tensor: Int
    }

    struct Made: Decodable {
        var model: Int
        var name: String
        var layers: [KerasModel.Layer]
        var inputShapes: [[Int]]
        var outputShapes: [[Int]]
    }
}

/// An optimizer by its Keras name, with options where they differ from the defaults.
public struct OptimizerSpec: Sendable, Encodable {
    public var className: String
    /// Options by their Keras names; numbers and booleans.
    public var options: [String: Option]

    /// One option's value.
    public enum Option: Sendable, Encodable, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
        ExpressibleByIntegerLiteral
    {
        case number(Double)
        case flag(Bool)

        public init(floatLiteral value: Double) { self = .number(value) }
        public init(integerLiteral value: Int) { self = .number(Double(value)) }
        public init(booleanLiteral value: Bool) { self = .flag(value) }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .number(let value): try container.encode(value)
            case .flag(let value): try container.encode(value)
            }
        }
    }

    /// The optimizer `keras.optimizers.<className>(**options)`.
    public init(_ className: String, _ options: [String: Option] = [:]) {
        self.className = className
        self.options = options
    }

    private enum CodingKeys: String, CodingKey {
        case className = "class_name"
        case options = "config"
    }
}
