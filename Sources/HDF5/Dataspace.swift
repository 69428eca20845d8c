import CHDF5

/// The extent of a dataset or attribute: its axes, none for a scalar, one of length 0 for HDF5's "null".
struct Dataspace {
    let shape: [Int]
    /// Whether there is exactly one value and no axis.
    let isScalar: Bool
    /// The product of the axes.
    let count: Int

    init(shape: [Int], isScalar: Bool? = nil, at place: Place) throws(HDF5Error) {
        self.shape = shape
        self.isScalar = isScalar ?? shape.isEmpty
        var product = 1
        // A zero axis makes the product zero, whatever the others are.
        if !shape.contains(0) {
            for axis in shape {
                let (next, overflow) = product.multipliedReportingOverflow(by: axis)
                if axis < 0 || overflow {
                    throw HDF5Error(
                        place, .wrongShape(expected: "a shape whose product fits 63 bits", found: "shape \(shape)"))
                }
                product = next
            }
        } else {
            product = 0
        }
        count = product
    }

    /// Reads the extent of `id`.
    init(reading id: hid_t, at place: Place, limits: Limits) throws(HDF5Error) {
        let rank = try Int(hdf5("read the number of axes", at: place) { H5Sget_simple_extent_ndims(id) })
        if rank > limits.maxRank {
            throw HDF5Error(place, .limit(name: "maxRank", limit: limits.maxRank, found: "rank \(rank)"))
        }
        var axes = [hsize_t](repeating: 0, count: max(rank, 1))
        let kind = hdf5Unchecked { H5Sget_simple_extent_type(id) }
        if kind == H5S_NULL {
            try self.init(shape: [0], at: place)
            return
        }
        try hdf5("read the shape", at: place) { H5Sget_simple_extent_dims(id, &axes, nil) }
        var shape: [Int] = []
        for axis in axes.prefix(rank) {
            guard let length = Int(exactly: axis) else {
                throw HDF5Error(place, .wrongShape(expected: "axes that fit 63 bits", found: "an axis of \(axis)"))
            }
            shape.append(length)
        }
        try self.init(shape: shape, isScalar: kind == H5S_SCALAR, at: place)
    }

    /// A libhdf5 dataspace of this extent.
    func makeHandle(at place: Place) throws(HDF5Error) -> Handle {
        let axes = shape.map { hsize_t($0) }
        return try Handle("make a dataspace", at: place, closedBy: H5Sclose) {
            isScalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(axes.count), axes, nil)
        }
    }

    /// The bytes of all values at `size` bytes each.
    ///
    /// - Throws: ``HDF5Error`` where they exceed `limit`, which the error calls `name`.
    func byteCount(size: Int, limit: Int, named name: String, at place: Place) throws(HDF5Error) -> Int {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
        if overflow || bytes > limit {
            let found = "shape \(shape) of \(size)-byte values" + (overflow ? "" : ", \(bytes) bytes,")
            throw HDF5Error(place, .limit(name: name, limit: limit, found: found))
        }
        return bytes
    }
}
