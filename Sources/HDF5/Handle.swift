import CHDF5

/// Owns one libhdf5 identifier and closes it exactly once.
struct Handle: ~Copyable, Sendable {
    typealias Closer = @Sendable @convention(c) (hid_t) -> herr_t

    let id: hid_t
    private let close: Closer

    /// Takes over the identifier that `open` returns; throws where it is negative.
    init(_ operation: String, at place: Place, closedBy close: Closer, _ open: () -> hid_t) throws(HDF5Error) {
        id = try hdf5(operation, at: place, open)
        self.close = close
    }

    // The result is of no use: an identifier whose file was closed under it is refused, which is what we want.
    deinit { _ = hdf5Unchecked { [id, close] in close(id) } }
}
