import CHDF5
import CZlib

extension Dataset {
    /// How many chunks the shape has, written or not; `nil` where there are none.
    ///
    /// - Throws: ``HDF5Error`` where they are too many.
    func chunkCount() throws(HDF5Error) -> Int? {
        guard case .chunked(let chunk, _) = layout, count > 0 else { return nil }
        var total = 1
        for count in Self.counts(shape, chunk) {
            let (product, overflow) = total.multipliedReportingOverflow(by: count)
            if overflow || product > limits.maxChunks {
                let found = "shape \(shape) in chunks of \(chunk)"
                throw HDF5Error(place, .limit(name: "maxChunks", limit: limits.maxChunks, found: found))
            }
            total = product
        }
        return total
    }

    /// How many chunks there are along each axis.
    private static func counts(_ shape: [Int], _ chunk: [Int]) -> [Int] {
        zip(shape, chunk).map { $0 / $1 + ($0 % $1 == 0 ? 0 : 1) }
    }

    /// Checks that there are not too many chunks, and that each that passed filters becomes as long as it must be when they are undone.
    ///
    /// libhdf5 believes it does: from a chunk that inflates to less, it copies what lies behind it in memory.
    func checkChunks() throws(HDF5Error) {
        guard case .chunked(let chunk, let filters) = layout, let total = try chunkCount() else { return }
        let counts = Self.counts(shape, chunk)
        // Also what libhdf5 makes room for, whatever the shape is.
        let size = try Dataspace(shape: chunk, at: place).byteCount(
            size: datatype.size, limit: limits.maxDatasetBytes, named: "maxDatasetBytes", at: place)
        if filters.isEmpty { return }
        // Asked once: libhdf5 walks all chunks for it.
        let stored = storageSize
        var index = [Int](repeating: 0, count: counts.count)
        for _ in 0..<total {
            try checkChunk(at: zip(index, chunk).map { hsize_t($0 * $1) }, filters, size: size, ofStored: stored)
            for axis in index.indices.reversed() {
                index[axis] += 1
                if index[axis] < counts[axis] { break }
                index[axis] = 0
            }
        }
    }

    private func checkChunk(
        at start: [hsize_t], _ filters: [Layout.Filter], size: Int, ofStored all: Int
    ) throws(HDF5Error) {
        let id = id
        var stored: hsize_t = 0
        try hdf5("look at a chunk", at: place) { H5Dget_chunk_storage_size(id, start, &stored) }
        if stored == 0 { return }  // never written
        guard stored <= all else { throw damaged(start, "has \(stored) stored bytes, more than all together") }
        var mask: UInt32 = 0
        var bytes = [UInt8](repeating: 0, count: Int(stored))
        try hdf5("read a chunk", at: place) { H5Dread_chunk(id, 0, start, &mask, &bytes) }
        var length = bytes.count
        var isInflated = false
        for (index, filter) in filters.enumerated().reversed() where mask >> UInt32(index) & 1 == 0 {
            switch filter {
            case .shuffle: break
            case .fletcher32:
                length -= 4
                if length < 0 { throw damaged(start, "is too short for its checksum") }
            case .deflate:
                if isInflated { throw HDF5Error(place, .refusedStorage("its chunks were compressed twice")) }
                isInflated = true
                // Room for the checksums of filters before.
                let most = size + 4 * filters.count
                guard let inflated = inflatedLength(of: bytes[..<length], upTo: most) else {
                    throw damaged(start, "does not inflate to at most \(most) bytes")
                }
                length = inflated
            }
        }
        if length != size { throw damaged(start, "has \(length) bytes, and should have \(size)") }
    }

    private func damaged(_ start: [hsize_t], _ what: String) -> HDF5Error {
        HDF5Error(place, .damaged("the chunk at \(start.map { Int(clamping: $0) }) \(what)"))
    }
}

/// How many bytes a zlib stream becomes, nil if it is broken or becomes more than `most`.
private func inflatedLength(of bytes: ArraySlice<UInt8>, upTo most: Int) -> Int? {
    var stream = z_stream()
    guard inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    return bytes.withUnsafeBufferPointer { input in
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 << 16) { output in
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(clamping: input.count)
            while true {
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                let status = inflate(&stream, Z_NO_FLUSH)
                if Int(stream.total_out) > most { return nil }
                if status == Z_STREAM_END { return Int(stream.total_out) }
                if status != Z_OK { return nil }
            }
        }
    }
}
