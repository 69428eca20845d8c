import CHDF5

/// Collects the names that libhdf5's iterators call out.
struct NameList {
    private var names: [String] = []
    private var hasBadName = false
    private let limit: Int
    private var isFull = false

    /// Runs `iterate` with a context for ``add(_:to:)``.
    static func collect(
        _ operation: String, at place: Place, limits: Limits, _ iterate: (UnsafeMutableRawPointer) -> herr_t
    ) throws(HDF5Error) -> [String] {
        var list = NameList(limit: limits.maxObjects)
        try hdf5(operation, at: place) { withUnsafeMutablePointer(to: &list) { iterate($0) } }
        if list.isFull {
            throw HDF5Error(
                place,
                .limit(name: "maxObjects", limit: limits.maxObjects, found: "more than \(limits.maxObjects) names"))
        }
        if list.hasBadName { throw HDF5Error(place, .badName("a name in it is not valid UTF-8")) }
        return list.names
    }

    /// The names of all links of a group.
    static func links(of group: hid_t, at place: Place, limits: Limits) throws(HDF5Error) -> [String] {
        try collect("list the group", at: place, limits: limits) { context in
            chdf5_each_link(group, { _, name, _, context in NameList.add(name, to: context) }, context)
        }
    }

    private init(limit: Int) { self.limit = limit }

    /// For use in an iterator's callback: 0 to go on, 1 to stop.
    static func add(_ name: UnsafePointer<CChar>?, to context: UnsafeMutableRawPointer?) -> herr_t {
        guard let name, let list = context?.assumingMemoryBound(to: NameList.self) else { return 1 }
        if list.pointee.names.count == list.pointee.limit {
            list.pointee.isFull = true
            return 1
        }
        if let text = String(validatingCString: name) {
            list.pointee.names.append(text)
        } else {
            list.pointee.hasBadName = true
        }
        return 0
    }
}
