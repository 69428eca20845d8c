import CHDF5

/// The attributes of a group or dataset: small named values beside it.
public struct Attributes: ~Copyable, Sendable {
    /// The object that bears them; this is its one owner.
    let object: Handle
    let place: Place
    let limits: Limits

    init(of object: consuming Handle, at place: Place, limits: Limits) {
        self.object = object
        self.place = place
        self.limits = limits
    }

    /// The shape and datatype of an attribute.
    public struct Info: Hashable, Sendable {
        /// Empty for a scalar.
        public var shape: [Int]
        public var datatype: Datatype

        public init(shape: [Int], datatype: Datatype) {
            self.shape = shape
            self.datatype = datatype
        }
    }

    /// The names, sorted.
    public func names() throws(HDF5Error) -> [String] {
        let names = try NameList.collect("list the attributes", at: place, limits: limits) { context in
            H5Aiterate2(
                object.id, H5_INDEX_NAME, H5_ITER_INC, nil, { _, name, _, context in NameList.add(name, to: context) },
                context)
        }
        return names.sorted()
    }

    /// Whether there is an attribute of this name.
    public func contains(_ name: String) throws(HDF5Error) -> Bool {
        try check(name)
        return try hdf5("look for the attribute", at: place.attribute(name)) { H5Aexists(object.id, name) } > 0
    }

    /// The shape and datatype of an attribute, of any type.
    public func info(_ name: String) throws(HDF5Error) -> Info {
        let attribute = try open(name)
        return Info(shape: attribute.space.shape, datatype: attribute.datatype)
    }

    // MARK: Reading

    /// One string, of fixed or variable length.
    public func string(_ name: String) throws(HDF5Error) -> String {
        let attribute = try open(name)
        guard attribute.space.count == 1 else {
            throw HDF5Error(
                place.attribute(name), .wrongShape(expected: "one string", found: "shape \(attribute.space.shape)"))
        }
        return try attribute.readStrings()[0]
    }

    /// All strings of an attribute.
    ///
    /// A zero-length attribute of *any* type is an empty list.
    public func strings(_ name: String) throws(HDF5Error) -> [String] {
        try open(name).readStrings()
    }

    /// One number.
    public func value<T: Element>(_ name: String, as type: T.Type = T.self) throws(HDF5Error) -> T {
        let attribute = try open(name)
        guard attribute.space.count == 1 else {
            throw HDF5Error(
                place.attribute(name), .wrongShape(expected: "one value", found: "shape \(attribute.space.shape)"))
        }
        return try attribute.readValues(as: type)[0]
    }

    /// All numbers of an attribute, last axis fastest.
    ///
    /// A zero-length attribute of *any* type is an empty list.
    public func values<T: Element>(_ name: String, as type: T.Type = T.self) throws(HDF5Error) -> [T] {
        try open(name).readValues(as: type)
    }

    func check(_ name: String) throws(HDF5Error) {
        if name.isEmpty { throw HDF5Error(place.attribute(name), .badName("it is empty")) }
        if name.utf8.contains(0) { throw HDF5Error(place.attribute(name), .badName("it has a zero character")) }
    }

    private func open(_ name: String) throws(HDF5Error) -> Attribute {
        guard try contains(name) else {
            throw try HDF5Error(place.attribute(name), .missing(kind: "attribute", present: names()))
        }
        return try Attribute(name, of: object, at: place.attribute(name), limits: limits)
    }
}

/// An open attribute, its type and its extent.
private struct Attribute: ~Copyable {
    let handle: Handle
    let place: Place
    let datatype: Datatype
    let space: Dataspace
    let limits: Limits

    init(_ name: String, of object: borrowing Handle, at place: Place, limits: Limits) throws(HDF5Error) {
        let owner = object.id
        let handle = try Handle("open the attribute", at: place, closedBy: H5Aclose) { H5Aopen(owner, name, 0) }
        let id = handle.id
        let type = try Handle("read the datatype", at: place, closedBy: H5Tclose) { H5Aget_type(id) }
        let space = try Handle("read the extent", at: place, closedBy: H5Sclose) { H5Aget_space(id) }
        let datatype = try Datatype(reading: type.id, at: place)
        let extent = try Dataspace(reading: space.id, at: place, limits: limits)
        self.handle = handle
        self.datatype = datatype
        self.space = extent
        self.place = place
        self.limits = limits
    }

    func readStrings() throws(HDF5Error) -> [String] {
        if space.count == 0 { return [] }
        guard case .string(let string) = datatype else {
            throw HDF5Error(place, .wrongType(expected: "strings", found: "\(datatype)"))
        }
        let bytes = try space.byteCount(
            size: datatype.size, limit: limits.maxAttributeBytes, named: "maxAttributeBytes", at: place)
        let type = try datatype.makeHandle(at: place)
        let extent = try space.makeHandle(at: place)
        return try StringCodec.read(
            string, count: space.count, byteCount: bytes, at: place, limits: limits, type, extent
        ) { [handle = handle.id] buffer, type in H5Aread(handle, type, buffer) }
    }

    func readValues<T: Element>(as type: T.Type) throws(HDF5Error) -> [T] {
        if space.count == 0 { return [] }
        try datatype.checkReadable(as: T.self, at: place)
        _ = try space.byteCount(
            size: max(datatype.size, MemoryLayout<T>.size), limit: limits.maxAttributeBytes, named: "maxAttributeBytes",
            at: place)
        let memoryType = try T.datatype.makeHandle(at: place)
        let (id, typeID, count) = (handle.id, memoryType.id, space.count)
        var status: Result<Void, HDF5Error> = .success(())
        let values = [T](unsafeUninitializedCapacity: count) { buffer, initialized in
            status = Result { () throws(HDF5Error) in
                try hdf5("read the attribute", at: place) { H5Aread(id, typeID, buffer.baseAddress) }
                initialized = count
            }
        }
        try status.get()
        return values
    }
}
