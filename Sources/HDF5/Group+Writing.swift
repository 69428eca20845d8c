import CHDF5

extension Group {
    /// Creates the group at `path`, and the groups on the way to it that are not there yet.
    @discardableResult
    public func createGroup(_ path: String) throws(HDF5Error) -> Group {
        try descend(ObjectPath(path, at: place, limits: limits).components[...], lastMustBeNew: true)
    }

    /// Opens the group at `path`, creating what is not there yet.
    public func requireGroup(_ path: String) throws(HDF5Error) -> Group {
        try descend(ObjectPath(path, at: place, limits: limits).components[...], lastMustBeNew: false)
    }

    /// Creates a dataset without values, and the groups on the way to it that are not there yet.
    ///
    /// - Parameters:
    ///   - shape: its axes; none for a scalar.
    ///   - datatype: how values are stored.
    ///   - layout: where they are stored.
    @discardableResult
    public func createDataset(
        _ path: String, shape: [Int], datatype: Datatype, layout: Layout = .contiguous
    ) throws(HDF5Error) -> Dataset {
        let components = try ObjectPath(path, at: place, limits: limits).components
        if components.count > 1 {
            let parent = try descend(components.dropLast(), lastMustBeNew: false)
            return try parent.createDataset(
                named: components[components.count - 1], shape: shape, datatype: datatype, layout: layout)
        }
        return try createDataset(named: components[0], shape: shape, datatype: datatype, layout: layout)
    }

    /// Creates a dataset and writes its values, last axis fastest.
    ///
    /// - Parameter datatype: how to store them; as they are, in little-endian order, if nil.
    @discardableResult
    public func createDataset<T: Element>(
        _ path: String, shape: [Int], values: [T], datatype: Datatype? = nil, layout: Layout = .contiguous
    ) throws(HDF5Error) -> Dataset {
        let dataset = try createDataset(
            path, shape: shape, datatype: datatype ?? T.datatype.storedLittleEndian, layout: layout)
        try dataset.write(values)
        return dataset
    }

    private func descend(_ components: ArraySlice<String>, lastMustBeNew: Bool) throws(HDF5Error) -> Group {
        var place = place
        var current: Handle?
        var currentID = id
        for (index, name) in components.enumerated() {
            let next: Handle
            if try link(name, in: currentID, at: place) == nil {
                next = try createGroup(named: name, in: currentID, at: place.child(name))
            } else if lastMustBeNew, index == components.count - 1 {
                throw HDF5Error(place.child(name), .exists)
            } else {
                next = try open(name, in: currentID, at: place, as: .group)
            }
            currentID = next.id
            current = consume next
            place = place.child(name)
        }
        guard let found = current.take() else { throw HDF5Error(place, .badName("it is empty")) }
        return Group(found, at: place, limits: limits)
    }

    private func createGroup(named name: String, in parent: hid_t, at place: Place) throws(HDF5Error) -> Handle {
        let options = try Handle("make a group", at: place, closedBy: H5Pclose) { H5Pcreate(chdf5_group_create()) }
        let optionsID = options.id
        try hdf5("make a group", at: place) { H5Pset_obj_track_times(optionsID, false) }
        return try Handle("create the group", at: place, closedBy: H5Gclose) {
            H5Gcreate2(parent, name, 0, optionsID, 0)
        }
    }

    private func createDataset(
        named name: String, shape: [Int], datatype: Datatype, layout: Layout
    ) throws(HDF5Error) -> Dataset {
        let parent = id
        let place = place.child(name)
        if try link(name, in: parent, at: self.place) != nil { throw HDF5Error(place, .exists) }
        let extent = try Dataspace(shape: shape, at: place)
        _ = try extent.byteCount(
            size: datatype.size, limit: limits.maxDatasetBytes, named: "maxDatasetBytes", at: place)
        let space = try extent.makeHandle(at: place)
        let type = try datatype.makeHandle(at: place)
        let options = try layout.makeHandle(for: shape, at: place)
        let (spaceID, typeID, optionsID) = (space.id, type.id, options.id)
        let handle = try Handle("create the dataset", at: place, closedBy: H5Dclose) {
            H5Dcreate2(parent, name, typeID, spaceID, 0, optionsID, 0)
        }
        return try Dataset(handle, at: place, limits: limits)
    }
}
