import CHDF5

extension Dataset {
    /// Writes all values, last axis fastest, converted to the file's datatype.
    public func write<T: Element>(_ values: [T]) throws(HDF5Error) {
        var status: Result<Void, HDF5Error> = .success(())
        values.withUnsafeBufferPointer { values in
            status = Result { () throws(HDF5Error) in try write(values) }
        }
        try status.get()
    }

    /// Writes all values, last axis fastest, converted to the file's datatype.
    public func write<T: Element>(_ values: UnsafeBufferPointer<T>) throws(HDF5Error) {
        try T.datatype.checkWritable(as: datatype, at: place)
        try checkCount(values.count, "values")
        try transfer(UnsafeRawBufferPointer(values), as: T.datatype.handedOver(as: datatype))
    }

    /// Writes all values as the bytes that the file's datatype has.
    public func writeBytes(_ bytes: UnsafeRawBufferPointer) throws(HDF5Error) {
        if case .string(.variable) = datatype {
            throw HDF5Error(place, .wrongType(expected: "values of fixed size", found: "\(datatype)"))
        }
        let size = try space.byteCount(
            size: datatype.size, limit: limits.maxDatasetBytes, named: "maxDatasetBytes", at: place)
        if bytes.count != size {
            throw HDF5Error(
                place, .wrongShape(expected: "\(size) bytes for shape \(shape)", found: "\(bytes.count)"))
        }
        try transfer(bytes, as: datatype)
    }

    /// Writes all strings.
    public func write(_ strings: [String]) throws(HDF5Error) {
        guard case .string(let string) = datatype else {
            throw HDF5Error(place, .wrongType(expected: "a dataset of strings", found: "\(datatype)"))
        }
        try checkCount(strings.count, "strings")
        for string in strings where string.utf8.contains(0) {
            throw HDF5Error(place, .wrongType(expected: "strings without a zero character", found: "one with"))
        }
        switch string {
        case .fixed(let size, let padding, _):
            let bytes = try StringCodec.encode(strings, size: size, padding: padding, at: place)
            var status: Result<Void, HDF5Error> = .success(())
            bytes.withUnsafeBytes { bytes in status = Result { () throws(HDF5Error) in try writeBytes(bytes) } }
            try status.get()
        case .variable:
            if strings.isEmpty { return }
            let type = try datatype.makeHandle(at: place)
            let (id, typeID) = (id, type.id)
            try hdf5("write the strings", at: place) {
                StringCodec.withCStrings(strings) { H5Dwrite(id, typeID, 0, 0, 0, $0) }
            }
        }
    }

    private func transfer(_ bytes: UnsafeRawBufferPointer, as type: Datatype) throws(HDF5Error) {
        if count == 0 { return }
        let memoryType = try type.makeHandle(at: place)
        let (id, typeID) = (id, memoryType.id)
        try hdf5("write the values", at: place) { H5Dwrite(id, typeID, 0, 0, 0, bytes.baseAddress) }
    }
}
