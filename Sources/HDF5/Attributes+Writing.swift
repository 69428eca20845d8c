import CHDF5

extension Attributes {
    /// Writes one string; by default of variable length and declared ASCII, whatever characters it has.
    public func write(
        _ name: String, string: String, as type: StringType = .variable(.ascii)
    ) throws(HDF5Error) {
        try write(name, strings: [string], as: type, shape: [])
    }

    /// Writes a list of strings.
    ///
    /// An empty one is written as h5py writes it: float64 of shape [0].
    ///
    /// - Parameter type: by default fixed-length ASCII of the longest string's bytes, filled up with zeros.
    public func write(_ name: String, strings: [String], as type: StringType? = nil) throws(HDF5Error) {
        if strings.isEmpty { return try write(name, values: [Double]()) }
        let longest = strings.lazy.map(\.utf8.count).max() ?? 0
        try write(name, strings: strings, as: type ?? .fixed(size: max(1, longest)), shape: [strings.count])
    }

    /// Writes one number.
    public func write<T: Element>(_ name: String, value: T, as datatype: Datatype? = nil) throws(HDF5Error) {
        try write(name, values: [value], as: datatype, shape: [])
    }

    /// Writes a list of numbers.
    public func write<T: Element>(_ name: String, values: [T], as datatype: Datatype? = nil) throws(HDF5Error) {
        try write(name, values: values, as: datatype, shape: [values.count])
    }

    private func write<T: Element>(
        _ name: String, values: [T], as datatype: Datatype?, shape: [Int]
    ) throws(HDF5Error) {
        let place = place.attribute(name)
        let datatype = datatype ?? T.datatype.storedLittleEndian
        try T.datatype.checkWritable(as: datatype, at: place)
        let attribute = try create(name, datatype, shape)
        if values.isEmpty { return }
        let memoryType = try T.datatype.handedOver(as: datatype).makeHandle(at: place)
        let (id, type) = (attribute.id, memoryType.id)
        try hdf5("write the attribute", at: place) { values.withUnsafeBytes { H5Awrite(id, type, $0.baseAddress) } }
    }

    private func write(_ name: String, strings: [String], as type: StringType, shape: [Int]) throws(HDF5Error) {
        let place = place.attribute(name)
        for string in strings where string.utf8.contains(0) {
            throw HDF5Error(place, .wrongType(expected: "strings without a zero character", found: "one with"))
        }
        let datatype = Datatype.string(type)
        var bytes: [UInt8] = []
        if case .fixed(let size, let padding, _) = type {
            bytes = try StringCodec.encode(strings, size: size, padding: padding, at: place)
        }
        let attribute = try create(name, datatype, shape)
        let memoryType = try datatype.makeHandle(at: place)
        let (id, typeID) = (attribute.id, memoryType.id)
        try hdf5("write the attribute", at: place) {
            if case .variable = type { return StringCodec.withCStrings(strings) { H5Awrite(id, typeID, $0) } }
            return bytes.withUnsafeBytes { H5Awrite(id, typeID, $0.baseAddress) }
        }
    }

    private func create(_ name: String, _ datatype: Datatype, _ shape: [Int]) throws(HDF5Error) -> Handle {
        let place = place.attribute(name)
        if try contains(name) { throw HDF5Error(place, .exists) }
        let type = try datatype.makeHandle(at: place)
        let extent = try Dataspace(shape: shape, at: place)
        let space = try extent.makeHandle(at: place)
        let options = try Handle("make an attribute", at: place, closedBy: H5Pclose) {
            H5Pcreate(chdf5_attribute_create())
        }
        let (typeID, spaceID, optionsID) = (type.id, space.id, options.id)
        if name.utf8.contains(where: { $0 >= 0x80 }) {
            try hdf5("make an attribute", at: place) { H5Pset_char_encoding(optionsID, H5T_CSET_UTF8) }
        }
        do throws(HDF5Error) {
            return try Handle("create the attribute", at: place, closedBy: H5Aclose) {
                H5Acreate2(object.id, name, typeID, spaceID, optionsID, 0)
            }
        } catch {
            // An object header holds 64 KiB: the values, their type, their extent and the name.
            let bytes = extent.count * datatype.size
            throw bytes > 64512 ? HDF5Error(place, .attributeTooLarge(bytes: bytes)) : error
        }
    }
}
