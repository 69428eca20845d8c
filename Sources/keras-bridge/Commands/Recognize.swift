import ArgumentParser
import Digits
import KerasBridge

/// Says which digits pictures show.
struct Recognize: ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "recognize", abstract: "Say which digit a photo, a scan or a drawing shows.",
        discussion: """
            Takes PNG and JPEG pictures: dark ink on light paper or light on dark, evenly lit or not, on plain, ruled or \
            squared paper. The digit is brought to where MNIST has it, then a network reads it: the one that is part of \
            this program, or any Keras model that takes 28×28 grey points and gives ten classes.
            """)

    @Argument(help: "Pictures: .png or .jpg.", completion: .file(extensions: ["png", "jpg", "jpeg"]))
    var images: [String]

    @Option(
        help: "The model that reads; the one in this program by default.", completion: .file(extensions: modelEndings))
    var model: String?

    @Option(
        help: "For a model file that holds weights only: an architecture JSON, or any model file.",
        completion: .file(extensions: modelEndings + ["json"]))
    var architecture: String?

    @Flag(help: "Read all digits of a picture, 100 at most, line by line from left to right.")
    var multi = false

    @Flag(
        inversion: .prefixedNo,
        help: "Bring the digit to the middle, as MNIST was made; without, the whole picture is squeezed into 28×28.")
    var centring = true

    @Option(help: "Which is darker: ink (dark-on-light), paper (light-on-dark), or what the picture looks like (auto).")
    var polarity = Polarity.auto

    @Option(
        help: "Draw how each picture became what the network saw: a PNG.", completion: .file(extensions: ["png"]))
    var steps: String?

    @OptionGroup var writing: WriteOptions
    @OptionGroup var running: RunOptions
    @OptionGroup(title: "Reading files of strangers") var reading: ReadingOptions
    @OptionGroup var result: ResultOptions

    func validate() throws {
        if let steps, !steps.hasSuffix(".png") {
            throw ValidationError("--steps expects a name that ends in .png, found \(steps)")
        }
        guard model != nil || architecture == nil else {
            throw ValidationError("--architecture belongs to a --model, which is missing")
        }
    }

    var onlyReads: Bool { steps == nil }

    var modelFiles: [(path: String, architecture: String?)] {
        // Pictures come from strangers, too: where nothing is written, all of it can be done apart.
        (model.map { [(path: $0, architecture: architecture)] } ?? [])
            + (onlyReads ? images.map { (path: $0, architecture: nil) } : [])
    }

    func run() throws {
        try writing.check([steps])
        let recognizer = try recognizer()
        var readings: [RecognizeResult.Image] = []
        var sheet = StepsSheet()
        for path in images {
            var options = PhotoOptions()
            options.polarity = polarity
            let image = try ImageFile.image(path: path, shrinkingTowards: options.side)
            let ink = try Photo.ink(from: image, options)
            let digits = try read(ink, of: path, recognizer)
            for digit in digits where steps != nil { try sheet.add(digit) }
            if !result.json { try Console.print(RecognizeText(path, digits, isAlone: images.count == 1).text) }
            readings.append(RecognizeResult.Image(path, ink, digits))
        }
        if let steps { try writing.write(sheet.image.png(), to: steps) }
        if result.json { try Console.print(RecognizeResult(model: recognizer.name, images: readings)) }
    }

    private func read(_ ink: Ink, of path: String, _ recognizer: Recognizer) throws -> [Recognition] {
        let centring = centring ? Centring.centreOfMass : .none
        guard multi else { return [try recognizer.recognize(ink, centring: centring)] }
        do {
            return try recognizer.recognizeAll(ink, centring: centring)
        } catch let error as ReadingError {
            throw DataError.malformed(file: path, problem: "\(error)")
        }
    }

    private func recognizer() throws -> Recognizer {
        guard let model else { return try Recognizer.shipped(pool: running.pool) }
        let file = try reading.load(model, architecture: architecture)
        return try Recognizer(file.model, name: model, pool: running.pool)
    }
}

extension Polarity: ExpressibleByArgument {
    public init?(argument: String) {
        switch argument {
        case "auto": self = .auto
        case "dark-on-light": self = .darkOnLight
        case "light-on-dark": self = .lightOnDark
        default: return nil
        }
    }

    public static var allValueStrings: [String] { ["auto", "dark-on-light", "light-on-dark"] }
}

/// What `recognize --json` prints.
struct RecognizeResult: JSONResult {
    static let command = "recognize"

    var model: String
    var images: [Image]

    struct Image: Encodable {
        var file: String
        /// The size at which the picture was looked at, which boxes refer to.
        var width: Int
        var height: Int
        /// All digits in a row.
        var text: String
        var digits: [Digit]

        init(_ file: String, _ ink: Ink, _ digits: [Recognition]) {
            self.file = file
            (width, height) = (ink.width, ink.height)
            self.digits = digits.filter { $0.doubt != .noInk }.map(Digit.init)
            text = self.digits.map { "\($0.digit)" }.joined()
        }
    }

    struct Digit: Encodable {
        var digit: Int
        var confidence: Float
        var margin: Float
        var runnerUp: Int
        var probabilities: [Float]
        /// Why the answer is not to be relied on.
        var doubt: String?
        var box: Box

        init(_ recognition: Recognition) {
            digit = recognition.digit
            confidence = recognition.confidence
            margin = recognition.margin
            runnerUp = recognition.runnerUp.digit
            probabilities = recognition.probabilities
            doubt = recognition.doubt?.rawValue
            let found = recognition.box
            box = Box(x: found.x, y: found.y, width: found.width, height: found.height)
        }
    }

    struct Box: Encodable {
        var x: Int
        var y: Int
        var width: Int
        var height: Int
    }
}
