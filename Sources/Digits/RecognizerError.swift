import Tensors

/// A model that does not recognise digits.
public enum RecognizerError: Error, Hashable, Sendable, CustomStringConvertible {
    case inputs(model: String, found: String)
    case outputs(model: String, found: String)
    /// Asked for something that is no digit.
    case noDigit(Int)

    public var description: String {
        switch self {
        case .inputs(let model, let found):
            "model \"\(model)\" takes \(found); to recognise digits it must take one grey image: "
                + "[28, 28], [28, 28, 1] or [784]"
        case .outputs(let model, let found):
            "model \"\(model)\" gives \(found); to recognise digits it must give ten numbers for each image, one for "
                + "each digit"
        case .noDigit(let number): "there is no digit \(number); give one from 0 to 9"
        }
    }
}
