import Digits
import Hummingbird
import Images
import Tensors

extension App {
    /// `POST /api/recognize`: which digit, or which number, a picture shows.
    func recognize(_ request: Request, _ client: Client) async throws -> Response {
        let options = try RecognitionOptions(request)
        let sent = try await RequestImage.read(request, limits, room)
        let (recognizer, limits, patience) = (card.recognizer, limits, Patience(client, crowd, limits))
        let found = try await find(in: sent, options, for: patience)
        let bytes = try await workshop.run(found.effort(options, limits), for: patience) { budget in
            try JSON.bytes(Reply(found, options, recognizer, limits, budget))
        }
        return JSON.response(bytes: bytes)
    }

    /// Decodes a picture, and finds what there is to read.
    func find(
        in sent: RequestImage.Sent, _ options: RecognitionOptions, for patience: Patience
    ) async throws -> FoundInk {
        let recognizer = card.recognizer
        return try await workshop.run(sent.effort(isDrawing: options.isDrawing), for: patience) { budget in
            let clock = ContinuousClock.now
            let ink = try sent.ink(isDrawing: options.isDrawing, polarity: options.polarity, budget)
            let plan = options.multi ? try recognizer.plan(ink, centring: options.centring, budget: budget) : nil
            return FoundInk(ink: ink, plan: plan, time: ContinuousClock.now - clock)
        }
    }
}

/// A picture's ink, and where in it digits may be.
struct FoundInk: Sendable {
    let ink: Ink
    /// `nil` where the ink is one digit.
    let plan: ReadingPlan?
    /// How long it took to find.
    let time: Duration

    /// How much work it is to read and explain it.
    func effort(_ options: RecognitionOptions, _ limits: ServerLimits) -> Effort {
        let explained = options.explain ? (plan == nil || options.index != nil ? 1 : limits.explanations) : 0
        return Effort(
            looks: (plan?.looks ?? 1) + explained * HeatMap.mostLooks,
            pixels: options.steps ? ink.width * ink.height : 0)
    }

    func read(_ recognizer: Recognizer, _ options: RecognitionOptions, _ budget: ReadingBudget) throws -> [Recognition]
    {
        if let plan { return try recognizer.read(plan, budget: budget) }
        return [try recognizer.recognize(ink, centring: options.centring, budget: budget)].filter { $0.doubt != .noInk }
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
    /// Which digit from the left is meant alone: the one to explain, or to correct.
    var index: Int?
    var isDrawing: Bool
    var polarity: Polarity

    init(_ request: Request) throws(Problem) {
        let query = RequestQuery(request)
        multi = try query.flag("multi", default: false)
        centring = try query.flag("centring", default: true) ? .centreOfMass : .none
        explain = try query.flag("explain", default: false)
        index = try query.number("index", in: 0...99)
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
    /// A PNG in base64, as large as `width` and `height` say; with the steps.
    var ink: String?

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

    init(
        _ found: FoundInk, _ options: RecognitionOptions, _ recognizer: Recognizer, _ limits: ServerLimits,
        _ budget: ReadingBudget
    ) throws {
        let clock = ContinuousClock.now
        let read = try found.read(recognizer, options, budget)
        milliseconds = (found.time + (ContinuousClock.now - clock)) / .milliseconds(1)
        digits = try read.enumerated().map { place, recognition in
            try budget.goOn()
            var digit = Digit(recognition)
            if options.steps { digit.steps = Steps(recognition.preparation, limits) }
            if options.explain, place < limits.explanations || place == options.index, place == options.index ?? place {
                try digit.explain(recognition, recognizer, budget)
            }
            return digit
        }
        number = digits.map { "\($0.digit)" }.joined()
        (width, height) = (found.ink.width, found.ink.height)
        if options.steps { ink = Picture.base64(found.ink.png()) }
    }
}

extension Reply.Digit {
    fileprivate init(_ recognition: Recognition) {
        digit = recognition.digit
        confidence = recognition.confidence
        runnerUp = .init(digit: recognition.runnerUp.digit, probability: recognition.runnerUp.probability)
        margin = recognition.margin
        doubt = recognition.doubt?.rawValue
        probabilities = recognition.probabilities
        let box = recognition.box
        self.box = .init(x: box.x, y: box.y, width: box.width, height: box.height)
    }

    fileprivate mutating func explain(
        _ recognition: Recognition, _ recognizer: Recognizer, _ budget: ReadingBudget
    ) throws {
        layers = try recognizer.activations(of: recognition.preparation).compactMap(LayerPictures.init)
        let map = try recognizer.heatMap(of: recognition, budget: budget)
        heat = .init(
            width: map.side, height: map.side, data: Picture.base64(map.values.map { Picture.byte(($0 + 1) / 2) }),
            method: HeatMap.method)
    }
}

extension Reply.Steps {
    fileprivate init(_ preparation: InkPreparation, _ limits: ServerLimits) {
        cropped = Picture(preparation.cropped.shrunk(to: limits.cropSide))
        fitted = Picture(preparation.fitted)
        shift = .init(x: preparation.shift.x, y: preparation.shift.y)
        pixels = Picture(preparation.pixels)
    }
}
