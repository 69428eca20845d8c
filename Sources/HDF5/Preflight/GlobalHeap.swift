extension Preflight {
    /// Checks a string of variable length: length 4, address of a collection 8, index of an object in it 4.
    ///
    /// libhdf5 makes room for `length` bytes and copies the whole object, so both must agree.
    ///
    /// - Returns: the length.
    mutating func checkHeapReference(_ reference: inout ByteCursor) throws(Problem) -> Int {
        let length = try reference.u32()
        let address = try reference.u64()
        let index = try reference.u32()
        if address == 0 || address == .max {
            guard length == 0, address == 0 else { throw reference.damaged("a string of \(length) bytes is nowhere") }
            return 0
        }
        guard let address = Int(exactly: address) else { throw reference.damaged("a string lies outside the file") }
        let sizes = try collection(at: address)
        guard index > 0, let key = UInt16(exactly: index), let size = sizes[key] else {
            throw reference.damaged("a string refers to object \(index) of the heap at byte \(address), which has none")
        }
        guard size == length else {
            throw reference.damaged(
                "a string of \(length) bytes refers to \(size) bytes in the heap at byte \(address)")
        }
        return length
    }

    /// The sizes of the objects in a collection of the global heap.
    ///
    /// GCOL, version, 0 3, size 8; then objects: index 2, references 2, 0 4, size 8, bytes filled up to 8. Index 0 is
    /// the free space, whose size counts its own head; what is too small for a head is free too.
    private mutating func collection(at address: Int) throws(Problem) -> [UInt16: Int] {
        if let known = heapCollections[address] { return known }
        var head = try peek("the global heap", at: address, size: 16)
        try head.expect("GCOL")
        guard try head.u8() == 1 else { throw head.damaged("its version is unknown") }
        try head.skip(3)
        let size = try head.length()
        try claim("the global heap", at: address, size: size)
        guard size >= 4096 else { throw head.damaged("it has \(size) bytes, fewer than 4096") }
        var sizes: [UInt16: Int] = [:]
        var offset = 16
        while size - offset >= 16 {
            var object = try peek("the global heap", at: address + offset, size: 16)
            let index = try UInt16(object.u16())
            try object.skip(6)
            let length = try object.length()
            if index == 0 {
                guard length == size - offset else { throw object.damaged("its free space does not reach its end") }
                offset = size
                break
            }
            guard length <= size - offset - 16 else { throw object.damaged("object \(index) does not fit into it") }
            guard sizes.updateValue(length, forKey: index) == nil else {
                throw object.damaged("it has two objects \(index)")
            }
            offset += 16 + (length + 7) / 8 * 8
        }
        guard offset <= size else { throw head.damaged("an object does not fit into it") }
        heapCollections[address] = sizes
        return sizes
    }
}
