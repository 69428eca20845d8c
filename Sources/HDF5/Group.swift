import CHDF5

/// A group: named groups and datasets, and attributes.
///
/// Paths below it are written `a/b/c`.
///
/// Only hard links are followed, component by component: soft, external and user-defined links are refused.
public struct Group: ~Copyable, Sendable {
    /// Where it is: the file and the path from the root.
    public let place: Place
    public let attributes: Attributes
    let limits: Limits

    var id: hid_t { attributes.object.id }

    init(_ handle: consuming Handle, at place: Place, limits: Limits) {
        self.place = place
        self.limits = limits
        attributes = Attributes(of: handle, at: place, limits: limits)
    }

    /// What a link in a group leads to.
    public enum Entry: String, Hashable, Sendable {
        case group, dataset, datatype
        case softLink = "soft link"
        case externalLink = "external link"
        case userDefinedLink = "user-defined link"
    }

    /// The names of all links in this group, sorted by their bytes.
    public func names() throws(HDF5Error) -> [String] {
        try NameList.links(of: id, at: place, limits: limits)
    }

    /// What is at `path`, nil if nothing.
    ///
    /// A link that is not followed is an answer only as the last component.
    public func entry(_ path: String) throws(HDF5Error) -> Entry? {
        let components = try ObjectPath(path, at: place, limits: limits).components
        let first = components[0]
        guard let link = try link(first, in: id, at: place) else { return nil }
        if components.count > 1 {
            return try group(first).entry(components.dropFirst().joined(separator: "/"))
        }
        if link != .hard { return link.entry }
        return try openAny(first, in: id, at: place).kind
    }

    /// Opens the group at `path`.
    public func group(_ path: String) throws(HDF5Error) -> Group {
        let found = try resolve(path, as: .group)
        return Group(found.handle, at: found.place, limits: limits)
    }

    /// Opens the dataset at `path`.
    ///
    /// Refuses virtual and external data and all filters but deflate, shuffle, fletcher32.
    public func dataset(_ path: String) throws(HDF5Error) -> Dataset {
        let found = try resolve(path, as: .dataset)
        return try Dataset(found.handle, at: found.place, limits: limits)
    }

    // MARK: One component at a time

    private func resolve(_ path: String, as kind: Entry) throws(HDF5Error) -> Located {
        let path = try ObjectPath(path, at: place, limits: limits)
        var place = place
        var current: Handle?
        var currentID = id
        for (index, component) in path.components.enumerated() {
            let isLast = index == path.components.count - 1
            let next = try open(component, in: currentID, at: place, as: isLast ? kind : .group)
            currentID = next.id
            current = consume next
            place = place.child(component)
        }
        guard let found = current.take() else { throw HDF5Error(place, .badName("it is empty")) }
        return Located(handle: found, place: place)
    }

    /// The type of the link `name`, nil if there is none.
    func link(_ name: String, in group: hid_t, at place: Place) throws(HDF5Error) -> LinkType? {
        let place = place.child(name)
        let exists = try hdf5("look for the link", at: place) { H5Lexists(group, name, 0) }
        if exists == 0 { return nil }
        return try LinkType(hdf5("look at the link", at: place) { chdf5_link_type(group, name) })
    }

    /// Opens what the hard link `name` leads to.
    func open(
        _ name: String, in group: hid_t, at parent: Place, as expected: Entry
    ) throws(HDF5Error) -> Handle {
        let place = parent.child(name)
        guard let link = try link(name, in: group, at: parent) else {
            let present = try NameList.links(of: group, at: parent, limits: limits)
            throw HDF5Error(place, .missing(kind: expected.rawValue, present: present))
        }
        if link != .hard { throw HDF5Error(place, .refusedLink(kind: link.sentence)) }
        let object = try openAny(name, in: group, at: parent)
        if object.kind != expected {
            throw HDF5Error(place, .wrongKind(expected: expected.rawValue, found: object.kind.rawValue))
        }
        return object.take()
    }

    private func openAny(_ name: String, in group: hid_t, at parent: Place) throws(HDF5Error) -> OpenObject {
        let place = parent.child(name)
        let handle = try Handle("open the object", at: place, closedBy: H5Oclose) { H5Oopen(group, name, 0) }
        let id = handle.id
        switch hdf5Unchecked({ H5Iget_type(id) }) {
        case H5I_GROUP: return OpenObject(handle: handle, kind: .group)
        case H5I_DATASET: return OpenObject(handle: handle, kind: .dataset)
        default: return OpenObject(handle: handle, kind: .datatype)
        }
    }
}

/// An open object and where it is.
private struct Located: ~Copyable {
    var handle: Handle
    let place: Place
}

/// An open object and what it is.
private struct OpenObject: ~Copyable {
    let handle: Handle
    let kind: Group.Entry

    consuming func take() -> Handle { handle }
}

/// The kinds of links.
enum LinkType {
    case hard, soft, external, userDefined

    init(_ value: Int32) {
        switch value {
        case H5L_TYPE_HARD.rawValue: self = .hard
        case H5L_TYPE_SOFT.rawValue: self = .soft
        case H5L_TYPE_EXTERNAL.rawValue: self = .external
        default: self = .userDefined
        }
    }

    var entry: Group.Entry? {
        switch self {
        case .hard: nil
        case .soft: .softLink
        case .external: .externalLink
        case .userDefined: .userDefinedLink
        }
    }

    /// With its article, for errors.
    var sentence: String {
        switch self {
        case .hard: "a hard link"
        case .soft: "a soft link"
        case .external: "an external link"
        case .userDefined: "a user-defined link"
        }
    }
}
