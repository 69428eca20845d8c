extension Group {
    /// An object or link somewhere below a group.
    public struct Descendant: Hashable, Sendable {
        /// From the group where the walk began.
        public var path: String
        public var entry: Entry

        public init(path: String, entry: Entry) {
            self.path = path
            self.entry = entry
        }
    }

    /// Everything below this group, each group before what is in it, names sorted.
    ///
    /// An object with several hard links is listed under each. Groups that contain themselves end in an error, at the
    /// limit of depth.
    public func descendants() throws(HDF5Error) -> [Descendant] {
        var found: [Descendant] = []
        try collect(prefix: "", depth: 1, into: &found)
        return found
    }

    private func collect(prefix: String, depth: Int, into found: inout [Descendant]) throws(HDF5Error) {
        if depth > limits.maxDepth {
            throw HDF5Error(place, .limit(name: "maxDepth", limit: limits.maxDepth, found: "depth \(depth)"))
        }
        for name in try names() {
            guard let entry = try entry(name) else { continue }
            if found.count == limits.maxObjects {
                let more = "more than \(limits.maxObjects) objects"
                throw HDF5Error(place, .limit(name: "maxObjects", limit: limits.maxObjects, found: more))
            }
            found.append(Descendant(path: prefix + name, entry: entry))
            if entry == .group {
                try group(name).collect(prefix: prefix + name + "/", depth: depth + 1, into: &found)
            }
        }
    }
}
