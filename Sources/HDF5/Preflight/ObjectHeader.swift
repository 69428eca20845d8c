/// The messages of an object header, those that may stand once apart from those that may repeat.
struct ObjectHeader {
    var dataspace: ByteCursor?
    var datatype: ByteCursor?
    var layout: ByteCursor?
    var filters: ByteCursor?
    var fillValues: [(ByteCursor, isOld: Bool)] = []
    var symbolTable: ByteCursor?
    var linkInfo: ByteCursor?
    var attributeInfo: ByteCursor?
    var links: [ByteCursor] = []
    var attributes: [ByteCursor] = []
}

extension Preflight {
    /// Walks the object whose header is at `address`, and everything below it.
    ///
    /// - Parameters:
    ///   - depth: how many groups it is in.
    ///   - cached: what the link to it says of its B-tree and heap, if anything.
    mutating func walkObject(at address: Int, depth: Int, cached: GroupCache? = nil) throws(Problem) {
        guard objects.insert(address).inserted else {
            if openObjects.contains(address) { throw damaged("the group contains itself") }
            return
        }
        if objects.count > limits.maxObjects {
            let found = "more than \(limits.maxObjects) objects"
            throw .limit(name: "maxObjects", limit: limits.maxObjects, found: found)
        }
        if depth > limits.maxDepth {
            throw .limit(name: "maxDepth", limit: limits.maxDepth, found: "depth \(depth)")
        }
        openObjects.append(address)
        defer { openObjects.removeLast() }
        let header = try readHeader(at: address)
        try checkAttributes(header)
        // Groups turn into the new kind when a name in them is not ASCII. The link to one still names its old B-tree and
        // heap, which libhdf5 forgets when it sees that there is no symbol table.
        if header.symbolTable == nil, cached != nil, header.linkInfo == nil {
            throw damaged("a link takes it for a group, which it is not")
        }
        if let table = header.symbolTable {
            try checkNoData(header)
            try walkSymbolTable(table, depth: depth, cached: cached)
        } else if header.linkInfo != nil || !header.links.isEmpty {
            try checkNoData(header)
            try walkLinks(header, depth: depth)
        } else if header.layout != nil {
            try checkDataset(header)
        } else if var type = header.datatype {
            // A named type. Nothing can refer to it, because shared messages are refused.
            guard header.dataspace == nil else { throw damaged("the object has a type and a shape, but no values") }
            _ = try TypeFacts(reading: &type)
        } else {
            throw damaged("the object is neither group nor dataset nor type")
        }
    }

    private func checkNoData(_ header: ObjectHeader) throws(Problem) {
        if header.dataspace != nil || header.datatype != nil || header.layout != nil || header.filters != nil {
            throw damaged("the object is a group and a dataset at once")
        }
        if header.symbolTable != nil, header.linkInfo != nil || !header.links.isEmpty {
            throw damaged("the group has links of two kinds")
        }
    }

    // MARK: Messages

    private mutating func readHeader(at address: Int) throws(Problem) -> ObjectHeader {
        let isNew = try peek("the object header", at: address, size: 4).startsWith("OHDR")
        return isNew ? try readNewHeader(at: address) : try readOldHeader(at: address)
    }

    /// Version 1: version, 0, number of messages 2, references 4, size 4, 0 4; then messages.
    private mutating func readOldHeader(at address: Int) throws(Problem) -> ObjectHeader {
        var prefix = try peek("the object header", at: address, size: 16)
        let version = try prefix.u8()
        guard version == 1 else { throw prefix.damaged("its version is \(version), not 1") }
        try prefix.skip(1)
        let count = try prefix.u16()
        try prefix.skip(4)
        let size = try prefix.u32()
        var first = try block("the object header", at: address, size: 16 + size)
        try first.skip(16)
        var header = ObjectHeader()
        var found = 0
        var continuations: [ByteCursor] = []
        var part: ByteCursor? = first
        while var chunk = part {
            while chunk.remaining > 0 {
                let type = try chunk.u16()
                let size = try chunk.u16()
                let flags = try chunk.u8()
                try chunk.skip(3)
                guard size % 8 == 0 else { throw chunk.damaged("a message has \(size) bytes, which 8 do not divide") }
                let body = try chunk.part(size)
                found += 1
                if found > count { throw chunk.damaged("it has more than the \(count) messages it says") }
                if type == 0x10 { continuations.append(try readContinuation(body)) }
                try header.add(body, type: type, flags: flags)
            }
            part = continuations.popLast()
        }
        guard found == count else { throw prefix.damaged("it has \(found) messages, and says \(count)") }
        return header
    }

    private mutating func readContinuation(_ message: ByteCursor) throws(Problem) -> ByteCursor {
        var message = message
        let address = try message.definedAddress(of: "its continuation")
        return try block("the object header's continuation", at: address, size: message.length())
    }

    /// Version 2: OHDR, version, flags, (times 16), (attribute limits 4), size 1–8; messages, checksum 4.
    private mutating func readNewHeader(at address: Int) throws(Problem) -> ObjectHeader {
        var prefix = try peek("the object header", at: address, size: min(34, superblock.end - address))
        try prefix.skip(4)
        let version = try prefix.u8()
        guard version == 2 else { throw prefix.damaged("its version is \(version), not 2") }
        let flags = try prefix.u8()
        let sizeBytes = 1 << (flags & 3)
        let times = (flags & 0x20 != 0 ? 16 : 0) + (flags & 0x10 != 0 ? 4 : 0)
        try prefix.skip(times)
        guard let size = try Int(exactly: prefix.integer(bytes: sizeBytes)), size < superblock.end else {
            throw prefix.damaged("it is larger than the file")
        }
        let start = 6 + times + sizeBytes
        var first = try block("the object header", at: address, size: start + size + 4)
        try first.skip(start)
        var header = ObjectHeader()
        var found = 0
        var continuations: [ByteCursor] = []
        var part: ByteCursor? = try first.part(size)
        let prefixSize = flags & 4 != 0 ? 6 : 4
        while var chunk = part {
            // What is left may be too small for a message.
            while chunk.remaining >= prefixSize {
                let type = try chunk.u8()
                let size = try chunk.u16()
                let messageFlags = try chunk.u8()
                try chunk.skip(prefixSize - 4)
                let body = try chunk.part(size)
                found += 1
                if found > limits.maxObjects {
                    let found = "more than \(limits.maxObjects) messages"
                    throw .limit(name: "maxObjects", limit: limits.maxObjects, found: found)
                }
                if type == 0x10 {
                    var continuation = try readContinuation(body)
                    try continuation.expect("OCHK")
                    guard continuation.remaining >= 4 else { throw continuation.damaged("it has no checksum") }
                    try continuations.append(continuation.part(continuation.remaining - 4))
                }
                try header.add(body, type: type, flags: messageFlags)
            }
            part = continuations.popLast()
        }
        return header
    }
}

extension ObjectHeader {
    /// Puts a message where it belongs, or refuses it.
    fileprivate mutating func add(_ body: ByteCursor, type: Int, flags: Int) throws(Problem) {
        if flags & 2 != 0 { throw body.refused("a part of its header is shared with other objects") }
        func once(_ slot: inout ByteCursor?) throws(Problem) {
            if slot != nil { throw body.damaged("two messages of type \(type)") }
            slot = body
        }
        switch type {
        case 0x00, 0x10: break  // nothing, or a continuation, which is followed
        case 0x01: try once(&dataspace)
        case 0x02: try once(&linkInfo)
        case 0x03: try once(&datatype)
        case 0x04: fillValues.append((body, isOld: true))
        case 0x05: fillValues.append((body, isOld: false))
        case 0x06: links.append(body)
        case 0x07: throw body.refused("its values lie in external files")
        case 0x08: try once(&layout)
        case 0x0A: try checkGroupInfo(body)
        case 0x0B: try once(&filters)
        case 0x0C: attributes.append(body)
        case 0x0D:  // a comment
            var body = body
            _ = try body.terminatedText()
        case 0x0E:  // the time of the last change, in digits
            if body.remaining < 14 { throw body.damaged("a time is cut off") }
        case 0x11: try once(&symbolTable)
        case 0x12, 0x16:  // the time of the last change, the number of references
            if body.remaining < (type == 0x12 ? 8 : 5) { throw body.damaged("a number is cut off") }
        case 0x15: try once(&attributeInfo)
        default: throw body.refused("its header has a message of the unknown type \(type)")
        }
    }

    /// Version 0, flags, (two limits 4), (two estimates 4).
    private func checkGroupInfo(_ message: ByteCursor) throws(Problem) {
        var message = message
        guard try message.u8() == 0 else { throw message.damaged("group information of an unknown version") }
        let flags = try message.u8()
        try message.skip((flags & 1 != 0 ? 4 : 0) + (flags & 2 != 0 ? 4 : 0))
    }
}
