import Tensors

/// How a file stores its numbers.
public enum NumberType: String, Sendable, Hashable, CaseIterable {
    case bool, uint8, int8, uint16, int16, uint32, int32, uint64, int64, float16, float32, float64

    /// How many bytes a number takes.
    public var size: Int {
        switch self {
        case .bool, .uint8, .int8: 1
        case .uint16, .int16, .float16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        }
    }
}

/// An array of numbers as it stands in a file: in C order, each number little-endian.
public struct NumberArray: Sendable, Hashable {
    public let type: NumberType
    public let shape: Shape
    public let bytes: [UInt8]

    /// - Precondition: as many bytes as the shape needs.
    public init(_ type: NumberType, _ shape: Shape, bytes: [UInt8]) {
        precondition(
            bytes.count == shape.elementCount * type.size, "\(bytes.count) bytes do not fill \(shape) of \(type)")
        self.type = type
        self.shape = shape
        self.bytes = bytes
    }

    /// The elements of a tensor.
    public init(_ tensor: Tensor) {
        self.init(.float32, tensor.shape, bytes: tensor.withElements { Array(UnsafeRawBufferPointer($0)) })
    }

    /// The numbers as float32, rounded where they do not fit.
    public func tensor() -> Tensor {
        Tensor(unsafeUninitialized: shape) { elements in
            switch type {
            case .bool: each(UInt8.self) { elements[$0] = $1 == 0 ? 0 : 1 }
            case .uint8: each(UInt8.self) { elements[$0] = Float($1) }
            case .int8: each(Int8.self) { elements[$0] = Float($1) }
            case .uint16: each(UInt16.self) { elements[$0] = Float(UInt16(littleEndian: $1)) }
            case .int16: each(Int16.self) { elements[$0] = Float(Int16(littleEndian: $1)) }
            case .uint32: each(UInt32.self) { elements[$0] = Float(UInt32(littleEndian: $1)) }
            case .int32: each(Int32.self) { elements[$0] = Float(Int32(littleEndian: $1)) }
            case .uint64: each(UInt64.self) { elements[$0] = Float(UInt64(littleEndian: $1)) }
            case .int64: each(Int64.self) { elements[$0] = Float(Int64(littleEndian: $1)) }
            case .float16: each(UInt16.self) { elements[$0] = widened(UInt16(littleEndian: $1)) }
            case .float32: each(UInt32.self) { elements[$0] = Float(bitPattern: UInt32(littleEndian: $1)) }
            case .float64: each(UInt64.self) { elements[$0] = Float(Double(bitPattern: UInt64(littleEndian: $1))) }
            }
        }
    }

    /// The numbers as whole ones; `nil` where one is not.
    public func integers() -> [Int]? {
        var integers: [Int] = []
        integers.reserveCapacity(shape.elementCount)
        func add(_ value: Int?) { if let value { integers.append(value) } }
        switch type {
        case .bool: each(UInt8.self) { add($1 == 0 ? 0 : 1) }
        case .uint8: each(UInt8.self) { add(Int($1)) }
        case .int8: each(Int8.self) { add(Int($1)) }
        case .uint16: each(UInt16.self) { add(Int(UInt16(littleEndian: $1))) }
        case .int16: each(Int16.self) { add(Int(Int16(littleEndian: $1))) }
        case .uint32: each(UInt32.self) { add(Int(UInt32(littleEndian: $1))) }
        case .int32: each(Int32.self) { add(Int(Int32(littleEndian: $1))) }
        case .uint64: each(UInt64.self) { add(Int(exactly: UInt64(littleEndian: $1))) }
        case .int64: each(Int64.self) { add(Int(Int64(littleEndian: $1))) }
        case .float16: each(UInt16.self) { add(Int(exactly: widened(UInt16(littleEndian: $1)))) }
        case .float32: each(UInt32.self) { add(Int(exactly: Float(bitPattern: UInt32(littleEndian: $1)))) }
        case .float64: each(UInt64.self) { add(Int(exactly: Double(bitPattern: UInt64(littleEndian: $1)))) }
        }
        return integers.count == shape.elementCount ? integers : nil
    }

    /// The array as samples along its first axis: bytes stay bytes, which become `byte / divisor` in a batch.
    ///
    /// Other numbers are divided at once.
    public func samples(divisor: Float = 1) -> Samples {
        if type == .uint8 { return Samples(bytes: bytes, shape: shape, divisor: divisor) }
        return Samples(divisor == 1 ? tensor() : mapped(tensor(), on: .shared) { $0 / divisor })
    }

    private func each<Number>(_ type: Number.Type, _ body: (Int, Number) -> Void) {
        bytes.withUnsafeBytes { bytes in
            for i in 0..<shape.elementCount {
                body(i, bytes.loadUnaligned(fromByteOffset: i * MemoryLayout<Number>.size, as: type))
            }
        }
    }

    /// A number of half precision, in bits, as float32. (Swift's own `Float16` does not exist on every platform.)
    private func widened(_ half: UInt16) -> Float {
        let sign: Float = half & 0x8000 == 0 ? 1 : -1
        let (exponent, fraction) = (Int(half >> 10) & 31, Float(half & 0x3FF) * 0x1p-10)
        switch exponent {
        case 0: return sign * fraction * 0x1p-14
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction)
        }
    }
}
