import CHDF5

/// A new HDF5 file.
///
/// It is built in memory; nothing is on disk before ``write(to:replacing:)``.
///
/// Files have the oldest format that holds them (superblock 0), and no times: the same content gives the same bytes.
public struct FileDraft: ~Copyable, Sendable {
    /// The group `/`.
    public let root: Group
    private let file: Handle

    /// Begins a file.
    ///
    /// - Parameter name: what errors call it, usually the path that it will be written to.
    public init(named name: String, limits: Limits = Limits()) throws(HDF5Error) {
        let place = Place(file: name)
        let access = try Handle.inMemoryAccess(at: place)
        let options = try Handle("create the file", at: place, closedBy: H5Pclose) { H5Pcreate(chdf5_file_create()) }
        let (accessID, optionsID) = (access.id, options.id)
        try hdf5("create the file", at: place) { H5Pset_obj_track_times(optionsID, false) }
        let file = try Handle("create the file", at: place, closedBy: H5Fclose) {
            H5Fcreate(uniqueName(for: name), chdf5_truncate(), optionsID, accessID)
        }
        root = try Group(rootOf: file, at: place, limits: limits)
        self.file = file
    }

    /// The bytes of the file.
    public consuming func bytes() throws(HDF5Error) -> [UInt8] {
        try withImage { image throws(HDF5Error) in [UInt8](image) }
    }

    /// Writes the file: to a temporary file in the same folder, which is synced and takes the place of `path`.
    ///
    /// - Parameter replacing: whether a file that is there may be replaced. It is whole until the new one is.
    public consuming func write(to path: String, replacing: Bool = false) throws(HDF5Error) {
        try withImage { image throws(HDF5Error) in try writeAtomically(image, to: path, replacing: replacing) }
    }

    /// Lets `body` see the file where libhdf5's core driver keeps it: models are large, and a copy is saved.
    private func withImage<Result>(
        _ body: (UnsafeRawBufferPointer) throws(HDF5Error) -> Result
    ) throws(HDF5Error) -> Result {
        let id = file.id
        let place = Place(file: root.place.file)
        // Flushing also grows the memory to the end of the file, so all `size` bytes are there.
        try hdf5("finish the file", at: place) { H5Fflush(id, H5F_SCOPE_GLOBAL) }
        let size = try hdf5("finish the file", at: place) { H5Fget_file_image(id, nil, 0) }
        var driver: UnsafeMutableRawPointer?
        try hdf5("finish the file", at: place) { H5Fget_vfd_handle(id, 0, &driver) }
        let memory = driver?.load(as: UnsafeRawPointer?.self)
        return try body(UnsafeRawBufferPointer(start: memory, count: memory == nil ? 0 : size))
    }
}
