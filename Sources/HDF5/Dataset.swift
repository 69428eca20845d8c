import CHDF5

/// An array of values of one datatype, in a file.
public struct Dataset: ~Copyable, Sendable {
    /// Where it is: the file and the path from the root.
    public let place: Place
    public let attributes: Attributes
    /// Its axes, slowest first; empty for a scalar.
    public let shape: [Int]
    public let datatype: Datatype
    public let layout: Layout
    let space: Dataspace
    let limits: Limits

    var id: hid_t { attributes.object.id }

    init(_ handle: consuming Handle, at place: Place, limits: Limits) throws(HDF5Error) {
        let id = handle.id
        let space = try Handle("read the extent", at: place, closedBy: H5Sclose) { H5Dget_space(id) }
        let type = try Handle("read the datatype", at: place, closedBy: H5Tclose) { H5Dget_type(id) }
        let options = try Handle("read the layout", at: place, closedBy: H5Pclose) { H5Dget_create_plist(id) }
        let extent = try Dataspace(reading: space.id, at: place, limits: limits)
        let datatype = try Datatype(reading: type.id, at: place)
        let layout = try Layout(reading: options.id, rank: extent.shape.count, at: place)
        self.place = place
        self.limits = limits
        self.space = extent
        self.datatype = datatype
        self.layout = layout
        shape = extent.shape
        attributes = Attributes(of: handle, at: place, limits: limits)
    }

    /// The number of values: the product of the axes.
    public var count: Int { space.count }

    /// The bytes that the values take in the file, 0 where none were written.
    public var storageSize: Int {
        let id = id
        return Int(clamping: hdf5Unchecked { H5Dget_storage_size(id) })
    }

    /// Whether the stored values are few enough to be read; who reads them past this room has to ask.
    public var isWithinLimits: Bool { storageSize <= limits.maxDatasetBytes }

    /// Where contiguous values begin in the file; nil for other layouts and where none were written.
    public var fileOffset: Int? {
        let id = id
        let offset = hdf5Unchecked { H5Dget_offset(id) }
        return offset == chdf5_no_address() ? nil : Int(exactly: offset)
    }
}
