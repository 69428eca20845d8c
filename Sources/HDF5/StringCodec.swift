import CHDF5

/// Strings to the bytes that a fixed-length type wants, and back.
enum StringCodec {
    /// The text in the room of one fixed-length string, nil if it is not UTF-8.
    static func decode(_ room: UnsafeRawBufferPointer, padding: StringType.Padding) -> String? {
        var end = room.count
        switch padding {
        case .terminator: end = room.firstIndex(of: 0) ?? end
        case .null: while end > 0, room[end - 1] == 0 { end -= 1 }
        case .space: while end > 0, room[end - 1] == 0x20 || room[end - 1] == 0 { end -= 1 }
        }
        return String(validating: UnsafeRawBufferPointer(rebasing: room[..<end]), as: UTF8.self)
    }

    /// All strings, each in `size` bytes.
    ///
    /// - Throws: ``HDF5Error`` where a string needs more room, or a character that ends it.
    static func encode(
        _ strings: [String], size: Int, padding: StringType.Padding, at place: Place
    ) throws(HDF5Error) -> [UInt8] {
        let room = padding == .terminator ? size - 1 : size
        var bytes: [UInt8] = []
        bytes.reserveCapacity(strings.count * size)
        for string in strings {
            let text = Array(string.utf8)
            if text.count > room {
                throw HDF5Error(
                    place, .wrongType(expected: "strings of at most \(room) bytes", found: "one of \(text.count)"))
            }
            bytes += text
            bytes += [UInt8](repeating: padding == .space ? 0x20 : 0, count: size - text.count)
        }
        return bytes
    }

    /// Lets `body` see `strings` as an array of C strings, as libhdf5 takes strings of variable length.
    static func withCStrings<Result>(_ strings: [String], _ body: (UnsafeRawPointer?) -> Result) -> Result {
        var text: [CChar] = []
        var starts: [Int] = []
        for string in strings {
            starts.append(text.count)
            text += string.utf8CString
        }
        return text.withUnsafeBufferPointer { text in
            let pointers = starts.map { start in text.baseAddress.map { $0 + start } }
            return pointers.withUnsafeBytes { body($0.baseAddress) }
        }
    }
}

extension StringCodec {
    /// Reads `count` strings of the type `string` through `read`, a call into libhdf5 that fills a buffer.
    ///
    /// - Parameters:
    ///   - type: the type to read them as, that of the file.
    ///   - extent: their extent, which libhdf5 wants for freeing strings of variable length.
    static func read(
        _ string: StringType, count: Int, byteCount: Int, at place: Place, limits: Limits, _ type: borrowing Handle,
        _ extent: borrowing Handle, _ read: (UnsafeMutableRawPointer?, hid_t) -> herr_t
    ) throws(HDF5Error) -> [String] {
        switch string {
        case .fixed(let size, let padding, _):
            let typeID = type.id
            var bytes = [UInt8](repeating: 0, count: byteCount)
            try hdf5("read the strings", at: place) { bytes.withUnsafeMutableBytes { read($0.baseAddress, typeID) } }
            let strings = bytes.withUnsafeBytes { bytes in
                (0..<count).map {
                    decode(UnsafeRawBufferPointer(rebasing: bytes[$0 * size..<($0 + 1) * size]), padding: padding)
                }
            }
            return try strings.allPresent(at: place)
        case .variable:
            let (typeID, extentID) = (type.id, extent.id)
            var texts = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
            try hdf5("read the strings", at: place) { texts.withUnsafeMutableBytes { read($0.baseAddress, typeID) } }
            defer {
                _ = hdf5Unchecked {
                    texts.withUnsafeMutableBytes { H5Dvlen_reclaim(typeID, extentID, 0, $0.baseAddress) }
                }
            }
            return try texts.map { $0.map { String(validatingCString: $0) } ?? "" }.allPresent(at: place)
        }
    }
}

extension [String?] {
    fileprivate func allPresent(at place: Place) throws(HDF5Error) -> [String] {
        var strings: [String] = []
        strings.reserveCapacity(count)
        for string in self {
            guard let string else { throw HDF5Error(place, .notText) }
            strings.append(string)
        }
        return strings
    }
}
