import Networks
import Runtime
import Tensors

/// Why training or evaluation cannot go on.
public enum TrainingError: Error, CustomStringConvertible {
    case input(InputError)
    case data(DataError)
    /// Targets that the loss cannot take.
    case targets(output: String, loss: String, expected: Shape, found: Shape, remedy: String)
    /// A target that is not the number of a class.
    case classNumber(output: String, classes: Int, found: Float)
    /// The data set has not as many inputs or targets as the model.
    case count(of: String, expected: Int, found: Int)
    /// The loss is not a number any more. The weights are those before this step.
    case notFinite(loss: Float, epoch: Int, batch: Int, step: Int)
    /// The model has something that training cannot do.
    case unsupported(String)
    /// A callback failed: a checkpoint that cannot be written, for one.
    case callback(String, any Error)

    public var description: String {
        switch self {
        case .input(let error): error.description
        case .data(let error): error.description
        case .targets(let output, let loss, let expected, let found, let remedy):
            "output \"\(output)\": the loss \(loss) expects targets of shape \(expected), found \(found)"
                + (remedy.isEmpty ? "" : "; \(remedy)")
        case .classNumber(let output, let classes, let found):
            "output \"\(output)\": expected targets from 0 to \(classes - 1), the numbers of its classes, found \(found)"
        case .count(let kind, let expected, let found):
            "the model has \(expected) \(kind)(s), the data set has \(found)"
        case .notFinite(let loss, let epoch, let batch, let step):
            "the loss became \(loss) in epoch \(epoch + 1), batch \(batch + 1) (step \(step)); "
                + "a smaller learning rate or clipnorm may help"
        case .unsupported(let what): what
        case .callback(let name, let error): "\(name): \(error)"
        }
    }
}

/// Something that is allowed but probably not meant.
public enum TrainingWarning: Sendable, Hashable, CustomStringConvertible {
    /// Adadelta with a learning rate at which it hardly learns.
    case slowAdadelta(learningRate: Double)
    /// A value to watch is not among the logs.
    case missingLog(callback: String, name: String, present: [String])
    /// The loss became no number, and the run was ended before that changed anything.
    case terminatedOnNaN(loss: Float, epoch: Int, batch: Int)

    public var description: String {
        switch self {
        case .slowAdadelta(let rate):
            "Adadelta with a learning rate of \(Float(rate)) hardly learns; the paper and Keras 1 and 2 have 1.0 "
                + "(0.001 is only the default of Keras 3)"
        case .terminatedOnNaN(let loss, let epoch, let batch):
            "the loss became \(loss) in epoch \(epoch + 1), batch \(batch + 1); the run ended there with the weights before it"
        case .missingLog(let callback, let name, let present):
            "\(callback) watches \"\(name)\", which is not there; present: \(present.joined(separator: ", "))"
        }
    }
}
