extension Preflight {
    /// Checks the attributes of an object, all of which are in its header.
    mutating func checkAttributes(_ header: ObjectHeader) throws(Problem) {
        if var info = header.attributeInfo {
            // Version 0, flags, (creation index 2), heap 8, B-tree 8, (B-tree 8).
            guard try info.u8() == 0 else { throw info.damaged("attribute information of an unknown version") }
            let flags = try info.u8()
            try info.skip(flags & 1 != 0 ? 2 : 0)
            let heap = try info.address()
            let tree = try info.address()
            if heap != nil || tree != nil { throw refused("its attributes are in a fractal heap") }
        }
        if header.attributes.isEmpty { return }
        if header.attributes.count > limits.maxAttributes {
            let found = "\(header.attributes.count) attributes"
            throw .limit(name: "maxAttributes", limit: limits.maxAttributes, found: found)
        }
        var names: [UnsafeRawBufferPointer] = []
        names.reserveCapacity(header.attributes.count)
        for attribute in header.attributes { try names.append(checkAttribute(attribute)) }
        if let name = names.firstTwice() {
            throw damaged("two attributes are named \"\(String(decoding: name, as: UTF8.self))\"")
        }
    }

    /// Version, 0 or flags, sizes of name, type and shape 2 each, (3: encoding), name, type, shape, values.
    ///
    /// In version 1, name, type and shape are filled up to 8 bytes.
    private mutating func checkAttribute(_ message: ByteCursor) throws(Problem) -> UnsafeRawBufferPointer {
        var message = message
        let version = try message.u8()
        guard (1...3).contains(version) else {
            throw message.damaged("an attribute has the unknown version \(version)")
        }
        let flags = try message.u8()
        if version > 1, flags != 0 { throw message.refused("the type or shape of an attribute is shared") }
        let nameSize = try message.u16()
        let typeSize = try message.u16()
        let spaceSize = try message.u16()
        if version == 3 {
            guard try message.u8() <= 1 else {
                throw message.damaged("the name of an attribute has an unknown encoding")
            }
        }
        func filled(_ size: Int) -> Int { version == 1 ? (size + 7) / 8 * 8 : size }
        let filledName = try message.raw(filled(nameSize))
        guard let name = filledName.text(at: 0), name.count > 0, name.count == nameSize - 1 else {
            throw message.damaged("the name of an attribute does not end where it should")
        }
        var typePart = try message.part(filled(typeSize))
        let type = try TypeFacts(reading: &typePart)
        var spacePart = try message.part(filled(spaceSize))
        let space = try SpaceFacts(reading: &spacePart, limits: limits)
        let size = try space.byteCount(size: type.size, message)
        if size > message.remaining {
            let text = String(decoding: name, as: UTF8.self)
            throw message.damaged("the values of the attribute \"\(text)\" are cut off")
        }
        if type.isVariable {
            var total = 0
            for _ in 0..<space.count {
                let length = try checkHeapReference(&message)
                try addString(length)
                total += length
            }
            if total > limits.maxAttributeBytes {
                self.attribute = name
                throw .limit(name: "maxAttributeBytes", limit: limits.maxAttributeBytes, found: "\(total) bytes")
            }
        }
        return name
    }
}
