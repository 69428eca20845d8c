/// The path of an object below a group, `a/b/c`.
///
/// Each component is opened by itself, so that each link is looked at.
struct ObjectPath {
    let components: [String]

    /// Splits `path` at its slashes.
    ///
    /// - Throws: ``HDF5Error`` for an empty component (so also for a leading or trailing slash), `.`, `..`, a zero
    ///   character, or more components than `limits` allow.
    init(_ path: String, at place: Place, limits: Limits) throws(HDF5Error) {
        func refuse(_ reason: String) -> HDF5Error {
            var place = place
            place.object = place.object.map { $0 == "/" ? "/" + path : $0 + "/" + path }
            return HDF5Error(place, .badName(reason))
        }
        components = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        for component in components {
            if component.isEmpty { throw refuse("it has an empty component") }
            if component == "." || component == ".." { throw refuse("it has the component \"\(component)\"") }
            if component.utf8.contains(0) { throw refuse("it has a zero character") }
        }
        if components.count > limits.maxDepth {
            throw HDF5Error(place, .limit(name: "maxDepth", limit: limits.maxDepth, found: "depth \(components.count)"))
        }
    }
}

extension Place {
    /// The place of a child of this object.
    func child(_ name: String) -> Place {
        Place(file: file, object: object == nil || object == "/" ? "/\(name)" : "\(object ?? "")/\(name)")
    }

    func attribute(_ name: String) -> Place { Place(file: file, object: object, attribute: name) }
}
