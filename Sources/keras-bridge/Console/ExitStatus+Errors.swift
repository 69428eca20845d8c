import Datasets
import Digits
import HDF5
import KerasBridge
import Parity

extension ExitStatus {
    /// How a command ends with an error of ours; `nil` for errors that only the argument parser can read.
    init?(of error: any Error) {
        switch error {
        case let error as CommandError: self = error.status
        case let error as KerasError: self.init(of: error.problem)
        case let error as DataError: self.init(of: error)
        case let error as DatasetError: self.init(of: error)
        case let error as TrainingError: self.init(of: error)
        case let error as ParityError: self = ExitStatus(rawValue: error.exitStatus) ?? .failed
        case is OptionError, is LayerError, is ShapeError, is InputError, is ConfigurationError, is RecognizerError:
            self = .badInput
        case is ToleranceError: self = .usage
        case is KerasProcessError: self = .failed
        default: return nil
        }
    }

    private init(of problem: KerasError.Problem) {
        self =
            switch problem {
            case .fileMissing: .inputMissing
            case .exists, .cannotWrite, .hdf5(.fileExists): .cannotWrite
            default: .badInput
            }
    }

    private init(of error: DataError) {
        self =
            switch error {
            case .missing: .inputMissing
            case .unwritable: .cannotWrite
            case .unreadable, .malformed, .unfit: .badInput
            }
    }

    private init(of error: TrainingError) {
        switch error {
        case .input, .targets, .classNumber, .count: self = .badInput
        case .data(let error): self.init(of: error)
        case .notFinite, .unsupported, .callback: self = .failed
        }
    }

    private init(of error: DatasetError) {
        self =
            switch error {
            case .unknown: .usage
            case .notFound: .inputMissing
            case .downloadFailed: .failed
            case .notWritable: .cannotWrite
            case .wrongChecksum, .unreadable: .badInput
            }
    }
}
