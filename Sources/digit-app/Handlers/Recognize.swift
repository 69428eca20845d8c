import Digits
import Hummingbird
import Images
import Tensors

extension App {
    /// `POST /api/recognize`: which digit, or which number, a picture shows.
    func recognize(_ request: Request) async throws -> Response {
        let options = try RecognitionOptions(request)
        let sent = try await RequestImage.read(request, limits)
        let recognizer = card.recognizer
        let reply = try await work { try Reply(of: sent, options, recognizer) }
        return try JSON.response(reply)
    }
}

/// What a client wants to know besides the answer.
struct RecognitionOptions: Sendable {
    /// Several digits from left to right, or one.
    var multi: Bool
    /// Prepared as MNIST was made, or squashed as it is.
    var centring: Centring
    /// With the pictures of the preparation.
    var steps: Bool
    /// With those, the layers' outputs and the heat map.
    var explain: Bool
    var isDrawing: Bool
    var polarity: Polarity

    init(_ request: Request) throws(Problem) {
        let query = RequestQuery(request)
        multi = try query.flag("multi", default: false)
        centring = try query.flag("centring", default: true) ? .centreOfMass : .none
        explain = try query.flag("explain", default: false)
        steps = try query.flag("steps", default: false) || explain
        isDrawing = try query.flag("drawing", default: false)
        polarity = try query.choice("polarity", default: PolarityName.auto).polarity
    }

    private enum PolarityName: String, CaseIterable {
        case auto
        case dark
        case light

        var polarity: Polarity {
            switch self {
            case .auto: .auto
            case .dark: .darkOnLight
            case .light: .lightOnDark
            }
        }
    }
}

/// The answer as JSON; openapi.json describes each field.
private struct Reply: Encodable {
    var number: String
    var digits: [Digit]
    var width: Int
    var height: Int
    var milliseconds: Double

    struct Digit: Encodable {
        var digit: Int
        var confidence: Float
        var runnerUp: RunnerUp
        var margin: Float
        var doubt: String?
        var probabilities: [Float]
        var box: Box
        var steps: Steps?
        var layers: [LayerPictures]?
        var heat: Heat?
    }

    struct RunnerUp: Encodable { var digit: Int, probability: Float }
    struct Box: Encodable { var x: Int, y: Int, width: Int, height: Int }

    struct Steps: Encodable {
        /// A PNG in base64, as large as what was sent.
        var ink: String
        var cropped: Picture
        var fitted: Picture
        var shift: Shift
        var pixels: Picture
    }

    struct Shift: Encodable { var x: Int, y: Int }

    struct Heat: Encodable {
        var width: Int
        var height: Int
        var data: String
        var method: String
    }

    init(of sent: RequestImage.Sent, _ options: RecognitionOptions, _ recognizer: Recognizer) throws {
        let clock = ContinuousClock.now
        let ink = try sent.ink(isDrawing: options.isDrawing, polarity: options.polarity)
        let found =
            options.multi
            ? recognizer.recognizeAll(ink, centring: options.centring)
            : [recognizer.recognize(ink, centring: options.centring)].filter { $0.doubt != .noInk }
        milliseconds = (ContinuousClock.now - clock) / .milliseconds(1)
        digits = found.map { Digit($0, ink, options, recognizer) }
        number = digits.map { "\($0.digit)" }.joined()
        (width, height) = (ink.width, ink.height)
    }
}

extension Reply.Digit {
    fileprivate init(
        _ recognition: Recognition, _ ink: Ink, _ options: RecognitionOptions, _ recognizer: Recognizer
    ) {
        digit = recognition.digit
        confidence = recognition.confidence
        runnerUp = .init(digit: recognition.runnerUp.digit, probability: recognition.runnerUp.probability)
        margin = recognition.margin
        doubt = recognition.doubt?.rawValue
        probabilities = recognition.probabilities
        let box = recognition.box
        self.box = .init(x: box.x, y: box.y, width: box.width, height: box.height)
        guard options.steps else { return }
        let preparation = recognition.preparation
        steps = .init(
            ink: Picture.base64(ink.png()), cropped: Picture(preparation.cropped), fitted: Picture(preparation.fitted),
            shift: .init(x: preparation.shift.x, y: preparation.shift.y), pixels: Picture(preparation.pixels))
        guard options.explain else { return }
        layers = recognizer.activations(of: preparation).compactMap(LayerPictures.init)
        let map = recognizer.heatMap(of: recognition)
        heat = .init(
            width: map.side, height: map.side, data: Picture.base64(map.values.map { Picture.byte(($0 + 1) / 2) }),
            method: HeatMap.method)
    }
}
