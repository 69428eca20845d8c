import CHDF5

extension Datatype {
    /// A libhdf5 type of this kind, which the caller owns.
    func makeHandle(at place: Place) throws(HDF5Error) -> Handle {
        switch self {
        case .integer(let bytes, let signed, let order):
            let type = try Handle.copy(of: chdf5_int64, at: place)
            try hdf5("make an integer type", at: place) {
                min(
                    H5Tset_size(type.id, bytes), H5Tset_sign(type.id, signed ? H5T_SGN_2 : H5T_SGN_NONE),
                    H5Tset_order(type.id, order.libraryValue))
            }
            return type
        case .float(let format, let order):
            let type = try Handle.copy(of: format == .binary64 ? chdf5_float64 : chdf5_float32, at: place)
            try hdf5("make a float type", at: place) {
                let shaped: herr_t
                switch format {
                case .binary16:
                    shaped = min(
                        H5Tset_fields(type.id, 15, 10, 5, 0, 10), H5Tset_size(type.id, 2), H5Tset_ebias(type.id, 15))
                case .bfloat16:
                    shaped = min(
                        H5Tset_fields(type.id, 15, 7, 8, 0, 7), H5Tset_size(type.id, 2), H5Tset_ebias(type.id, 127))
                case .binary32, .binary64: shaped = 0
                }
                return min(shaped, H5Tset_order(type.id, order.libraryValue))
            }
            return type
        case .boolean:
            let base = try Datatype.int8.makeHandle(at: place)
            let type = try Handle("make a type", at: place, closedBy: H5Tclose) { H5Tenum_create(base.id) }
            var values: [Int8] = [0, 1]
            try hdf5("make a boolean type", at: place) {
                min(H5Tenum_insert(type.id, "FALSE", &values[0]), H5Tenum_insert(type.id, "TRUE", &values[1]))
            }
            return type
        case .string(let string):
            let type = try Handle.copy(of: chdf5_string, at: place)
            try hdf5("make a string type", at: place) {
                switch string {
                case .variable(let set):
                    min(H5Tset_size(type.id, chdf5_variable_size()), H5Tset_cset(type.id, set.libraryValue))
                case .fixed(let size, let padding, let set):
                    min(
                        H5Tset_size(type.id, max(1, size)), H5Tset_strpad(type.id, padding.libraryValue),
                        H5Tset_cset(type.id, set.libraryValue))
                }
            }
            return type
        case .opaque(let size, let tag):
            let type = try Handle("make a type", at: place, closedBy: H5Tclose) { H5Tcreate(H5T_OPAQUE, size) }
            try hdf5("make an opaque type", at: place) { H5Tset_tag(type.id, tag) }
            return type
        case .unsupported:
            throw HDF5Error(place, .wrongType(expected: "a type that can be written", found: description))
        }
    }

    /// What the libhdf5 type `id` is.
    init(reading id: hid_t, at place: Place) throws(HDF5Error) {
        var found = Datatype.unsupported("unknown", size: 0)
        try hdf5("read the datatype", at: place) {
            found = Datatype(describing: id)
            return herr_t(0)
        }
        self = found
    }

    /// Inside the gate.
    private init(describing id: hid_t) {
        let size = H5Tget_size(id)
        let order = ByteOrder(id)
        switch H5Tget_class(id) {
        case H5T_INTEGER:
            let isPlain = H5Tget_precision(id) == size * 8 && H5Tget_offset(id) == 0
            if let order, isPlain, [1, 2, 4, 8].contains(size) {
                self = .integer(bytes: size, signed: H5Tget_sign(id) == H5T_SGN_2, order)
            } else {
                self = .unsupported("integer of an odd size", size: size)
            }
        case H5T_FLOAT:
            if let order, let format = FloatFormat(id) {
                self = .float(format, order)
            } else {
                self = .unsupported("float of an odd format", size: size)
            }
        case H5T_STRING:
            let set: StringType.CharacterSet = H5Tget_cset(id) == H5T_CSET_UTF8 ? .utf8 : .ascii
            if H5Tis_variable_str(id) > 0 {
                self = .string(.variable(set))
            } else {
                let padding: StringType.Padding =
                    switch H5Tget_strpad(id) {
                    case H5T_STR_NULLTERM: .terminator
                    case H5T_STR_SPACEPAD: .space
                    default: .null
                    }
                self = .string(.fixed(size: size, padding, set))
            }
        case H5T_OPAQUE:
            let tag = H5Tget_tag(id)
            self = .opaque(size: size, tag: tag.map { String(cString: $0) } ?? "")
            H5free_memory(tag)
        case H5T_ENUM: self = Datatype.isBoolean(id) ? .boolean : .unsupported("enumeration", size: size)
        case H5T_COMPOUND: self = .unsupported("compound", size: size)
        case H5T_REFERENCE: self = .unsupported("reference", size: size)
        case H5T_VLEN: self = .unsupported("variable-length sequence", size: size)
        case H5T_ARRAY: self = .unsupported("array", size: size)
        case H5T_TIME: self = .unsupported("time", size: size)
        case H5T_BITFIELD: self = .unsupported("bit field", size: size)
        default: self = .unsupported("unknown", size: size)
        }
    }

    /// Whether an enumeration is h5py's boolean.
    ///
    /// Inside the gate.
    private static func isBoolean(_ id: hid_t) -> Bool {
        guard H5Tget_size(id) == 1, H5Tget_nmembers(id) == 2 else { return false }
        for (index, expected) in ["FALSE", "TRUE"].enumerated() {
            var value: Int8 = -1
            guard H5Tget_member_value(id, UInt32(index), &value) >= 0, value == Int8(index) else { return false }
            guard let name = H5Tget_member_name(id, UInt32(index)) else { return false }
            defer { H5free_memory(name) }
            guard String(cString: name) == expected else { return false }
        }
        return true
    }
}

extension Handle {
    /// A copy of one of libhdf5's own types, open to changes.
    static func copy(of type: () -> hid_t, at place: Place) throws(HDF5Error) -> Handle {
        try Handle("make a type", at: place, closedBy: H5Tclose) { H5Tcopy(type()) }
    }
}

extension ByteOrder {
    fileprivate var libraryValue: H5T_order_t { self == .little ? H5T_ORDER_LE : H5T_ORDER_BE }

    /// Inside the gate.
    ///
    /// Nil where bytes have no order or an odd one.
    fileprivate init?(_ type: hid_t) {
        switch H5Tget_order(type) {
        case H5T_ORDER_LE: self = .little
        case H5T_ORDER_BE: self = .big
        default: return nil
        }
    }
}

extension FloatFormat {
    /// Inside the gate.
    ///
    /// Nil for a format that is none of ours.
    fileprivate init?(_ type: hid_t) {
        var sign = 0
        var exponent = 0
        var exponentSize = 0
        var mantissa = 0
        var mantissaSize = 0
        guard H5Tget_fields(type, &sign, &exponent, &exponentSize, &mantissa, &mantissaSize) >= 0,
            H5Tget_offset(type) == 0, mantissa == 0, H5Tget_norm(type) == H5T_NORM_IMPLIED
        else { return nil }
        switch (H5Tget_size(type), sign, exponent, exponentSize, mantissaSize, H5Tget_ebias(type)) {
        case (2, 15, 10, 5, 10, 15): self = .binary16
        case (2, 15, 7, 8, 7, 127): self = .bfloat16
        case (4, 31, 23, 8, 23, 127): self = .binary32
        case (8, 63, 52, 11, 52, 1023): self = .binary64
        default: return nil
        }
    }
}

extension StringType.CharacterSet {
    fileprivate var libraryValue: H5T_cset_t { self == .utf8 ? H5T_CSET_UTF8 : H5T_CSET_ASCII }
}

extension StringType.Padding {
    fileprivate var libraryValue: H5T_str_t {
        switch self {
        case .null: H5T_STR_NULLPAD
        case .terminator: H5T_STR_NULLTERM
        case .space: H5T_STR_SPACEPAD
        }
    }
}
