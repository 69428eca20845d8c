import CHDF5

extension Dataset {
    /// Reads all values, last axis fastest, converted to `T`.
    ///
    /// - Throws: ``HDF5Error`` where the datatype does not fit `T`, or the size exceeds the limits or is far from what
    ///   is stored; both are looked at before memory is taken.
    public func read<T: Element>(as type: T.Type = T.self) throws(HDF5Error) -> [T] {
        try datatype.checkReadable(as: T.self, at: place)
        try checkSize(of: MemoryLayout<T>.size)
        var status: Result<Void, HDF5Error> = .success(())
        let values = [T](unsafeUninitializedCapacity: count) { buffer, initialized in
            let room = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
            status = Result { () throws(HDF5Error) in try read(into: room) }
            if case .success = status { initialized = count }
        }
        try status.get()
        return values
    }

    /// Reads all values into `buffer`, which has exactly ``count`` places.
    public func read<T: Element>(into buffer: UnsafeMutableBufferPointer<T>) throws(HDF5Error) {
        try datatype.checkReadable(as: T.self, at: place)
        try checkSize(of: MemoryLayout<T>.size)
        try checkCount(buffer.count, "values")
        try transfer(as: T.datatype, into: UnsafeMutableRawBufferPointer(buffer))
    }

    /// Reads all values as the bytes they have in the file.
    public func readBytes() throws(HDF5Error) -> [UInt8] {
        let size = try checkSize(of: 0)
        switch datatype {
        case .unsupported, .string(.variable):
            throw HDF5Error(place, .wrongType(expected: "values of fixed size", found: "\(datatype)"))
        default: break
        }
        var bytes = [UInt8](repeating: 0, count: size)
        var status: Result<Void, HDF5Error> = .success(())
        bytes.withUnsafeMutableBytes { bytes in
            status = Result { () throws(HDF5Error) in try transfer(as: datatype, into: bytes) }
        }
        try status.get()
        return bytes
    }

    /// Reads all strings.
    ///
    /// A dataset without values, of any type, is an empty list.
    public func readStrings() throws(HDF5Error) -> [String] {
        if count == 0 { return [] }
        guard case .string(let string) = datatype else {
            throw HDF5Error(place, .wrongType(expected: "strings", found: "\(datatype)"))
        }
        let size = try checkSize(of: 0)
        try checkChunks()
        let type = try datatype.makeHandle(at: place)
        let extent = try space.makeHandle(at: place)
        return try StringCodec.read(string, count: count, byteCount: size, at: place, limits: limits, type, extent) {
            [id] buffer, type in H5Dread(id, type, 0, 0, 0, buffer)
        }
    }

    private func transfer(as type: Datatype, into bytes: UnsafeMutableRawBufferPointer) throws(HDF5Error) {
        if count == 0 { return }
        try checkChunks()
        let memoryType = try type.makeHandle(at: place)
        let (id, typeID) = (id, memoryType.id)
        try hdf5("read the values", at: place) { H5Dread(id, typeID, 0, 0, 0, bytes.baseAddress) }
    }

    func checkCount(_ found: Int, _ what: String) throws(HDF5Error) {
        if found != count {
            throw HDF5Error(
                place, .wrongShape(expected: "\(count) \(what) for shape \(shape)", found: "\(found)"))
        }
    }

    /// Checks the declared size against the limits and against what is stored, before anything of that size is made.
    ///
    /// - Parameter memorySize: the bytes of one value in memory.
    /// - Returns: the declared size in the file's datatype.
    @discardableResult
    private func checkSize(of memorySize: Int) throws(HDF5Error) -> Int {
        let limit = limits.maxDatasetBytes
        _ = try space.byteCount(size: memorySize, limit: limit, named: "maxDatasetBytes", at: place)
        let declared = try space.byteCount(size: datatype.size, limit: limit, named: "maxDatasetBytes", at: place)
        let stored = storageSize
        if case .chunked = layout {
        } else if stored != 0, stored != declared {
            throw HDF5Error(place, .damaged("\(declared) bytes are declared, \(stored) are stored"))
        }
        if declared > limits.expansionFloor, declared / limits.maxExpansion > stored {
            throw HDF5Error(
                place,
                .limit(
                    name: "maxExpansion", limit: limits.maxExpansion,
                    found: "\(declared) declared bytes over \(stored) stored ones"))
        }
        return declared
    }
}
