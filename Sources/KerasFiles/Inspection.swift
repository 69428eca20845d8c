/// What lies in a file, without asking whether anybody can run it.
///
/// Any HDF5 file can be looked at, and any `.keras` archive with the HDF5 file inside it.
public struct Inspection: Sendable {
    /// Something inside the file.
    public struct Object: Sendable {
        /// From the root; a member of an archive stands before its own paths: `model.weights.h5:/layers/dense`.
        public var path: String
        public var kind: Kind
        public var attributes: [Attribute]
    }

    public enum Kind: Sendable {
        /// A file inside an archive.
        case member(byteCount: Int)
        case group
        case dataset(Dataset)
        /// A link that is never followed, or a stored datatype.
        case other(String)
    }

    public struct Dataset: Sendable {
        public var shape: [Int]
        /// The number of values: the product of the axes.
        public var count: Int
        public var datatype: String
        public var layout: String
        /// The bytes that the values take in the file.
        public var storedBytes: Int
        public var statistics: Statistics?
    }

    public struct Attribute: Sendable {
        public var name: String
        /// Empty for a scalar.
        public var shape: [Int]
        public var datatype: String
        /// The values as JSON would write them; `nil` for types that cannot be read.
        public var value: String?
        /// The value of a scalar string, as it stands.
        var text: String?
    }

    /// What the numbers of a dataset are like.
    public struct Statistics: Hashable, Sendable {
        /// Over the finite numbers; `nil` where there are none.
        public var minimum: Double?
        public var maximum: Double?
        public var mean: Double?
        public var standardDeviation: Double?
        public var zeros = 0
        public var nans = 0
        public var infinities = 0
    }

    public var path: String
    public var byteCount: Int
    /// What kind of file it is, in words.
    public var format: String
    public var kerasVersion: String?
    public var backend: String?
    /// In the order of a walk, each group before what is in it.
    public var objects: [Object]
}

extension Inspection.Statistics {
    /// Takes the numbers in two passes, for the sake of the deviation's digits.
    public init(_ numbers: [Double]) {
        var sum = 0.0
        var finite = 0
        for number in numbers {
            if number.isNaN { nans += 1 } else if number.isInfinite { infinities += 1 }
            guard number.isFinite else { continue }
            if number == 0 { zeros += 1 }
            finite += 1
            sum += number
            minimum = min(minimum ?? number, number)
            maximum = max(maximum ?? number, number)
        }
        guard finite > 0 else { return }
        let mean = sum / Double(finite)
        var squares = 0.0
        for number in numbers where number.isFinite { squares += (number - mean) * (number - mean) }
        self.mean = mean
        standardDeviation = (squares / Double(finite)).squareRoot()
    }
}
