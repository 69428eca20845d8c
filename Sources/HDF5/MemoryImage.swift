import CHDF5
import Synchronization

/// The bytes of a file in memory, which libhdf5 reads in place: its core driver would copy them three times.
///
/// libhdf5 asks its client for the memory of an image and tells when it is done with it. We answer each request for
/// memory with the one buffer, each request for copying with nothing, and count the references.
final class MemoryImage: @unchecked Sendable {  // never changed after init
    let bytes: UnsafeRawBufferPointer
    /// Who gives the bytes back; `nil` for this object.
    private let owner: (AnyObject & Sendable)?

    /// Bytes that stay in place as long as their owner lives.
    init(_ bytes: UnsafeRawBufferPointer, of owner: AnyObject & Sendable) {
        self.bytes = bytes
        self.owner = owner
    }

    /// Copies `bytes`, once.
    init(copying bytes: UnsafeRawBufferPointer) {
        owner = nil
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        copy.copyMemory(from: bytes)
        self.bytes = UnsafeRawBufferPointer(copy)
    }

    deinit { if owner == nil { bytes.deallocate() } }

    /// Makes `access` open this image, read-only.
    func attach(to access: hid_t, at place: Place) throws(HDF5Error) {
        var callbacks = H5FD_file_image_callbacks_t()
        callbacks.image_malloc = { _, operation, context in
            guard let context else { return nil }
            let image = MemoryImage.unretained(context)
            // An open file refers to the image without a copy of the context, so it counts by itself.
            if operation == H5FD_FILE_IMAGE_OP_FILE_OPEN { _ = Unmanaged.passRetained(image) }
            return UnsafeMutableRawPointer(mutating: image.bytes.baseAddress)
        }
        callbacks.image_memcpy = { destination, _, _, _, _ in destination }
        callbacks.image_realloc = { _, _, _, _ in nil }
        callbacks.image_free = { _, operation, context in
            if operation == H5FD_FILE_IMAGE_OP_FILE_CLOSE { context.map { MemoryImage.release($0) } }
            return 0
        }
        callbacks.udata_copy = { context in
            context.map { Unmanaged.passRetained(MemoryImage.unretained($0)).toOpaque() }
        }
        callbacks.udata_free = { context in
            context.map { MemoryImage.release($0) }
            return 0
        }
        callbacks.udata = Unmanaged.passUnretained(self).toOpaque()
        let image = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        try hdf5("open the file", at: place) {
            min(H5Pset_file_image_callbacks(access, &callbacks), H5Pset_file_image(access, image, bytes.count))
        }
    }

    private static func unretained(_ context: UnsafeMutableRawPointer) -> MemoryImage {
        Unmanaged<MemoryImage>.fromOpaque(context).takeUnretainedValue()
    }

    private static func release(_ context: UnsafeMutableRawPointer) {
        Unmanaged<MemoryImage>.fromOpaque(context).release()
    }
}

/// Counts the files in memory.
private let imageCount = Atomic(0)

/// A name for libhdf5 to know a file in memory by.
///
/// No two are the same: it takes files in memory of one name for one file, and would show the content of the first.
func uniqueName(for name: String) -> String {
    "\(name)#\(imageCount.add(1, ordering: .relaxed).newValue)"
}
