/// A Swift number that values of a dataset or attribute can be read into and written from.
public protocol Element: BitwiseCopyable, Sendable {
    /// The datatype with this number's bits, in this machine's byte order.
    static var datatype: Datatype { get }
}

extension Float: Element { public static var datatype: Datatype { .float(.binary32, .native) } }
extension Double: Element { public static var datatype: Datatype { .float(.binary64, .native) } }
extension Int8: Element { public static var datatype: Datatype { .integer(bytes: 1, signed: true, .native) } }
extension Int16: Element { public static var datatype: Datatype { .integer(bytes: 2, signed: true, .native) } }
extension Int32: Element { public static var datatype: Datatype { .integer(bytes: 4, signed: true, .native) } }
extension Int64: Element { public static var datatype: Datatype { .integer(bytes: 8, signed: true, .native) } }
extension Int: Element { public static var datatype: Datatype { Int64.datatype } }
extension UInt8: Element { public static var datatype: Datatype { .integer(bytes: 1, signed: false, .native) } }
extension UInt16: Element { public static var datatype: Datatype { .integer(bytes: 2, signed: false, .native) } }
extension UInt32: Element { public static var datatype: Datatype { .integer(bytes: 4, signed: false, .native) } }
extension UInt64: Element { public static var datatype: Datatype { .integer(bytes: 8, signed: false, .native) } }
