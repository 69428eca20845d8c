import HDF5
import Networks
import Tensors
import Training

/// What went wrong with a Keras file: the file, the place inside it, and the problem, in one sentence.
public struct KerasError: Error, Hashable, CustomStringConvertible {
    public var place: Place
    public var problem: Problem

    public init(_ place: Place, _ problem: Problem) {
        self.place = place
        self.problem = problem
    }

    init(_ error: HDF5Error) { self.init(error.place, .hdf5(error.problem)) }

    public enum Problem: Hashable, Sendable {
        case fileMissing
        case cannotOpen(reason: String)
        /// The content starts like no Keras file.
        case notKeras(reason: String)
        case damaged(reason: String)
        case badJSON(JSONError)
        case hdf5(HDF5Error.Problem)
        case optimizerState(OptimizerStateError)
        case malformed(expected: String, found: String)
        /// A valid file whose content nobody here understands.
        case notSupported(String)
        case architectureMissing
        case weightsMissing
        /// A layer that cannot be made, with its position among the model's layers.
        case layer(index: Int, LayerError)
        case shape(ShapeError)
        case weightMissing(layer: String, weight: String, expected: Shape)
        case weightExtra(layer: String, found: Shape)
        case weightShape(layer: String, className: String, expected: Shape, found: Shape)
        case layerCount(expected: Int, found: Int)
        case unsafeName(String)
        case tooLarge(what: String, found: Int, limit: Int)
        case exists
        case cannotWrite(reason: String)
        /// What the chosen format or dialect has no words for.
        case notWritable(String)
    }

    public var description: String { "\(place) — \(problem)" }
}

extension KerasError.Problem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .fileMissing: "there is no such file"
        case .cannotOpen(let reason): "the file cannot be opened: \(reason)"
        case .notKeras(let reason): "this is no Keras file: \(reason)"
        case .damaged(let reason): "the file is damaged: \(reason)"
        case .badJSON(let error): "this is not valid JSON: \(error)"
        case .hdf5(let problem): problem.description
        case .optimizerState(let error): error.description
        case .malformed(let expected, let found): "expected \(expected), found \(found)"
        case .notSupported(let what): what
        case .architectureMissing:
            "the file holds weights but no architecture; name one with --architecture: an architecture JSON or any model file"
        case .weightsMissing: "the file holds an architecture but no weights"
        case .layer(let index, .unsupportedClass(let name, let className, let reason, let supported)):
            "layer \(index) \"\(name)\" has class \"\(className)\", which is not supported"
                + (reason.map { ": \($0)" } ?? "; supported: " + supported.joined(separator: ", "))
        case .layer(_, .options(let error)): error.description
        case .shape(let error): error.description
        case .weightMissing(let layer, let weight, let expected):
            "layer \"\(layer)\": weight \"\(weight)\" of shape \(expected) is missing"
        case .weightExtra(let layer, let found):
            "layer \"\(layer)\" has no place for this weight of shape \(found)"
        case .weightShape(let layer, let className, let expected, let found):
            "expected shape \(expected) (\(className) \"\(layer)\"), found \(found)"
        case .layerCount(let expected, let found):
            "expected \(expected) layers with weights, found \(found)"
        case .unsafeName(let name): "the name \"\(name)\" is not safe to follow"
        case .tooLarge(let what, let found, let limit): "\(what) is \(found), more than the limit of \(limit)"
        case .exists: "the file exists and is kept; ask for overwriting to replace it"
        case .cannotWrite(let reason): "the file cannot be written: \(reason)"
        case .notWritable(let what): what
        }
    }
}
