// Which conversions between a file's numbers and Swift's are made. libhdf5 makes any, silently clipping and truncating.

extension Datatype {
    /// Checks that values of this type can be read as `T`: any number as a float, a whole number as an integer type
    /// that holds all values of its type.
    func checkReadable<T: Element>(as type: T.Type, at place: Place) throws(HDF5Error) {
        switch (self, T.datatype) {
        case (.float, .float), (.integer, .float), (.boolean, .integer), (.boolean, .float): return
        case (.integer(let bytes, let signed, _), .integer(let wanted, let wantedSigned, _)):
            if signed == wantedSigned ? wanted >= bytes : (wantedSigned && wanted > bytes) { return }
        default: break
        }
        throw HDF5Error(place, .wrongType(expected: "values that fit \(T.self)", found: description))
    }

    /// Checks that numbers of this type, that of Swift values, can be written as `stored`: floats as floats, rounded if
    /// need be, and integers as floats or as an integer type that holds all values of theirs.
    func checkWritable(as stored: Datatype, at place: Place) throws(HDF5Error) {
        switch (self, stored) {
        case (.float, .float), (.integer, .float), (.integer(1, _, _), .boolean): return
        case (.integer(let bytes, let signed, _), .integer(let wanted, let wantedSigned, _)):
            if signed == wantedSigned ? wanted >= bytes : (wantedSigned && wanted > bytes) { return }
        default: break
        }
        throw HDF5Error(place, .wrongType(expected: "a file type that holds \(self)", found: "\(stored)"))
    }

    /// The type that numbers of this type are handed over as, to be stored as `stored`.
    ///
    /// libhdf5 converts no integers to an enumeration: bytes that hold 0 and 1 are handed over as what they become.
    func handedOver(as stored: Datatype) -> Datatype { stored == .boolean ? .boolean : self }

    /// The same type in little-endian order, which is what files are written in unless asked otherwise.
    var storedLittleEndian: Datatype {
        switch self {
        case .integer(let bytes, let signed, _): .integer(bytes: bytes, signed: signed)
        case .float(let format, _): .float(format)
        default: self
        }
    }
}
