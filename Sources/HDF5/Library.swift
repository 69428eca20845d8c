import CHDF5
import Synchronization

/// The one lock around libhdf5.
///
/// It is not reentrant: nothing inside ``hdf5(_:at:_:)`` may come back here.
private let libraryLock = Mutex(())

/// Done once, before the first call: no filter plugin is ever looked for or loaded, whatever a file asks for.
private let pluginsAreOff: Bool = H5PLset_loading_state(0) >= 0

/// The gate: every call into libhdf5 goes through here.
///
/// One lock, error printing off, negative result → typed error.
///
/// - Parameters:
///   - operation: what is tried, as the error will say it: "open the group".
///   - place: what it is tried on.
@discardableResult
func hdf5<Result: FixedWidthInteger & SignedInteger>(
    _ operation: String, at place: Place, _ call: () -> Result
) throws(HDF5Error) -> Result {
    let (result, reason) = libraryLock.withLock { _ in
        prepareThread()
        let result = call()
        return (result, result < 0 ? lastReason() : "")
    }
    guard result >= 0 else { throw HDF5Error(place, .library(operation: operation, reason: reason)) }
    return result
}

/// The gate for calls whose failure is an answer too, and for closing.
func hdf5Unchecked<Result>(_ call: () -> Result) -> Result {
    libraryLock.withLock { _ in
        prepareThread()
        return call()
    }
}

/// How many files, groups, datasets, datatypes and attributes libhdf5 holds open in this process: 0 when all is let go.
public var openObjectCount: Int {
    hdf5Unchecked { H5Fget_obj_count(chdf5_all_files(), chdf5_all_objects()) }
}

/// The version of libhdf5 that is loaded: `1.10.8`.
public var libraryVersion: String {
    hdf5Unchecked {
        var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
        H5get_libversion(&major, &minor, &release)
        return "\(major).\(minor).\(release)"
    }
}

/// Silences libhdf5's error printer, which is one per thread in thread-safe builds.
private func prepareThread() {
    _ = pluginsAreOff
    H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
}

/// Both ends of libhdf5's error stack: what was asked for, and what went wrong at the bottom.
private func lastReason() -> String {
    var descriptions: [String] = []
    withUnsafeMutablePointer(to: &descriptions) { list in
        _ = H5Ewalk2(
            hid_t(H5E_DEFAULT), H5E_WALK_UPWARD,
            { _, entry, context in
                if let text = entry?.pointee.desc, let list = context?.assumingMemoryBound(to: [String].self) {
                    list.pointee.append(String(cString: text))
                }
                return 0
            }, list)
    }
    guard let inner = descriptions.first, let outer = descriptions.last else { return "libhdf5 gives no reason" }
    return inner == outer ? inner : "\(outer): \(inner)"
}
