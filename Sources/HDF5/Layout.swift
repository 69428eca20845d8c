import CHDF5

/// Where the values of a dataset lie in the file.
public enum Layout: Hashable, Sendable {
    /// In the object's header: up to 64 KiB.
    case compact
    /// In one piece. The place is taken when values are first written.
    case contiguous
    /// In pieces of equal shape, each of which passes the filters in their order on writing.
    case chunked([Int], filters: [Filter] = [])

    /// What chunks go through.
    public enum Filter: Hashable, Sendable {
        /// Gathers first bytes, second bytes and so on, which makes numbers compress better.
        case shuffle
        /// zlib, at a level from 0 to 9.
        case deflate(Int)
        /// A checksum.
        case fletcher32
    }
}

extension Layout: CustomStringConvertible {
    public var description: String {
        switch self {
        case .compact: "compact"
        case .contiguous: "contiguous"
        case .chunked(let shape, let filters):
            "chunked \(shape)" + filters.map { " + \($0)" }.joined()
        }
    }
}

extension Layout.Filter: CustomStringConvertible {
    public var description: String {
        switch self {
        case .shuffle: "shuffle"
        case .deflate(let level): "deflate(\(level))"
        case .fletcher32: "fletcher32"
        }
    }
}

extension Layout {
    /// The options of a new dataset.
    ///
    /// No times are kept, so the same content gives the same bytes.
    func makeHandle(for shape: [Int], at place: Place) throws(HDF5Error) -> Handle {
        let options = try Handle("make a dataset", at: place, closedBy: H5Pclose) { H5Pcreate(chdf5_dataset_create()) }
        let id = options.id
        try hdf5("make a dataset", at: place) { H5Pset_obj_track_times(id, false) }
        switch self {
        case .compact: try hdf5("choose the layout", at: place) { H5Pset_layout(id, H5D_COMPACT) }
        case .contiguous: try hdf5("choose the layout", at: place) { H5Pset_layout(id, H5D_CONTIGUOUS) }
        case .chunked(let chunk, let filters):
            guard chunk.count == shape.count, !chunk.isEmpty,
                zip(chunk, shape).allSatisfy({ $0 > 0 && $0 <= max(1, $1) })
            else {
                throw HDF5Error(
                    place, .wrongShape(expected: "chunks of 1 to \(shape) along each axis", found: "chunks of \(chunk)")
                )
            }
            let axes = chunk.map { hsize_t($0) }
            try hdf5("choose the chunks", at: place) { H5Pset_chunk(id, Int32(axes.count), axes) }
            for filter in filters {
                try hdf5("choose the filter \(filter)", at: place) {
                    switch filter {
                    case .shuffle: H5Pset_shuffle(id)
                    case .deflate(let level): H5Pset_deflate(id, UInt32(clamping: level))
                    case .fletcher32: H5Pset_fletcher32(id)
                    }
                }
            }
        }
        return options
    }

    /// The layout of the dataset with these options, of `rank` axes.
    ///
    /// - Throws: ``HDF5Error`` for virtual and external data, and for filters that are not ours.
    init(reading options: hid_t, rank: Int, at place: Place) throws(HDF5Error) {
        let external = try hdf5("look for external files", at: place) { H5Pget_external_count(options) }
        if external != 0 { throw HDF5Error(place, .refusedStorage("its values lie in \(external) external files")) }
        switch try hdf5("read the layout", at: place, { H5Pget_layout(options).rawValue }) {
        case H5D_COMPACT.rawValue: self = .compact
        case H5D_CONTIGUOUS.rawValue: self = .contiguous
        case H5D_CHUNKED.rawValue:
            var axes = [hsize_t](repeating: 0, count: max(1, rank))
            try hdf5("read the chunks", at: place) { H5Pget_chunk(options, Int32(rank), &axes) }
            self = try .chunked(
                axes.prefix(rank).map { Int(clamping: $0) }, filters: Filter.read(from: options, at: place))
        case H5D_VIRTUAL.rawValue: throw HDF5Error(place, .refusedStorage("it is a virtual dataset, made of others"))
        default: throw HDF5Error(place, .refusedStorage("its layout is unknown"))
        }
    }
}

extension Layout.Filter {
    fileprivate static func read(from options: hid_t, at place: Place) throws(HDF5Error) -> [Layout.Filter] {
        let count = try hdf5("count the filters", at: place) { H5Pget_nfilters(options) }
        var filters: [Layout.Filter] = []
        for index in 0..<UInt32(count) {
            var flags: UInt32 = 0
            var valueCount = 1
            var value: UInt32 = 0
            let filter = try hdf5("read a filter", at: place) {
                H5Pget_filter2(options, index, &flags, &valueCount, &value, 0, nil, nil)
            }
            switch filter {
            case H5Z_FILTER_SHUFFLE: filters.append(.shuffle)
            case H5Z_FILTER_DEFLATE: filters.append(.deflate(Int(value)))
            case H5Z_FILTER_FLETCHER32: filters.append(.fletcher32)
            default: throw HDF5Error(place, .refusedStorage("its values passed the unknown filter \(filter)"))
            }
        }
        return filters
    }
}
