extension Preflight {
    /// Checks shape, type, filters, fill value and layout of a dataset, and where its values are.
    mutating func checkDataset(_ header: ObjectHeader) throws(Problem) {
        guard var spaceMessage = header.dataspace, var typeMessage = header.datatype, let layout = header.layout else {
            throw damaged("the dataset has no shape or no type")
        }
        let space = try SpaceFacts(reading: &spaceMessage, limits: limits)
        let type = try TypeFacts(reading: &typeMessage)
        let size = try space.byteCount(size: type.size, spaceMessage)
        let hasFilters = if let filters = header.filters { try checkFilters(filters) } else { false }
        for (message, isOld) in header.fillValues { try checkFillValue(message, isOld: isOld, type) }
        try checkLayout(layout, space, type, size: size, hasFilters: hasFilters)
        try addToTotal(size)
    }

    /// Datasets above their own limit do not count: they cannot be read anyway.
    private mutating func addToTotal(_ size: Int) throws(Problem) {
        if size > limits.maxDatasetBytes { return }
        let (total, overflow) = declaredBytes.addingReportingOverflow(size)
        declaredBytes = total
        if overflow || total > limits.maxTotalBytes {
            let found = "a total of at least \(overflow ? Int.max : total) bytes in all datasets"
            throw .limit(name: "maxTotalBytes", limit: limits.maxTotalBytes, found: found)
        }
    }

    /// Counts a string that lies in the global heap: each value has its own there, so all together are no more than the
    /// file, unless many values refer to the same one.
    mutating func addString(_ bytes: Int) throws(Problem) {
        stringBytes += bytes
        let limit = max(fileSize, limits.maxAttributeBytes)
        if stringBytes > limit {
            let found = "a total of at least \(stringBytes) bytes in all strings, more than the file,"
            throw .limit(name: "maxAttributeBytes", limit: limits.maxAttributeBytes, found: found)
        }
    }

    // MARK: Filters

    /// Version, number, (1: 0 6); then filters: id 2, length of the name 2 (2: if id ≥ 256), flags 2, number of
    /// values 2, name, values 4 each, (1: 4 bytes more if they are odd).
    ///
    /// - Returns: whether there are any.
    private func checkFilters(_ message: ByteCursor) throws(Problem) -> Bool {
        var message = message
        let version = try message.u8()
        guard version == 1 || version == 2 else { throw message.damaged("filters of the unknown version \(version)") }
        let count = try message.u8()
        guard count <= 32 else { throw message.damaged("\(count) filters, where 32 are the most") }
        if version == 1 { try message.skip(6) }
        for _ in 0..<count {
            let id = try message.u16()
            guard (1...3).contains(id) else { throw refused("its values passed the unknown filter \(id)") }
            let nameSize = version == 1 ? try message.u16() : 0
            try message.skip(2)
            let values = try message.u16()
            guard version == 2 || nameSize % 8 == 0 else { throw message.damaged("the name of a filter is cut off") }
            let name = try message.raw(nameSize)
            guard nameSize == 0 || name.contains(0) else { throw message.damaged("the name of a filter does not end") }
            try message.skip(values * 4 + (version == 1 && values % 2 == 1 ? 4 : 0))
        }
        return count > 0
    }

    // MARK: Fill value

    /// Checks a fill value's message.
    ///
    /// Old: size 4, value. Version 1 and 2: version, times 2, defined, (size 4, value). Version 3: version, flags,
    /// (size 4, value).
    private func checkFillValue(_ message: ByteCursor, isOld: Bool, _ type: TypeFacts) throws(Problem) {
        var message = message
        if !isOld {
            let version = try message.u8()
            switch version {
            case 1, 2:
                let (allocation, writing, isDefined) = try (message.u8(), message.u8(), message.u8())
                guard allocation <= 3, writing <= 2, isDefined <= 1 else {
                    throw message.damaged("a fill value that is neither there nor not")
                }
                if version == 2, isDefined == 0 { return }
            case 3:
                let flags = try message.u8()
                guard flags & 0xC0 == 0, flags & 0x30 != 0x30, flags >> 2 & 3 <= 2 else {
                    throw message.damaged("a fill value of unknown kind")
                }
                if flags & 0x20 == 0 { return }
            default: throw message.damaged("a fill value of the unknown version \(version)")
            }
        }
        let size = try message.u32()
        if size == 0 || size == 0xFFFF_FFFF { return }
        guard size == type.size else {
            throw message.damaged("a fill value of \(size) bytes for values of \(type.size)")
        }
        if type.isVariable { throw message.refused("its strings have a fill value") }
        try message.skip(size)
    }

    // MARK: Layout

    /// Version 3 and 4: version, class; compact: size 2, values; contiguous: address 8, size 8; chunked (version 3):
    /// number of axes and one, B-tree 8, axes 4 each, size of a value 4.
    private mutating func checkLayout(
        _ message: ByteCursor, _ space: SpaceFacts, _ type: TypeFacts, size: Int, hasFilters: Bool
    ) throws(Problem) {
        var message = message
        let version = try message.u8()
        if version < 3 { return try checkOldLayout(&message, space, type, size: size, hasFilters: hasFilters) }
        guard version <= 4 else { throw message.damaged("a layout of the unknown version \(version)") }
        switch try message.u8() {
        case 0:
            let stored = try message.u16()
            try checkCompact(&message, stored: stored, space, type, size: size)
        case 1:
            let address = try message.address()
            let stored = try message.length()
            guard stored == size else { throw message.damaged("\(stored) bytes are stored, the shape has \(size)") }
            try checkContiguous(address, space, type, size: size)
        case 2:
            guard version == 3 else { throw refused("its chunks have an index of the new kind") }
            let rank = try message.u8() - 1
            let tree = try message.address()
            try checkChunked(&message, rank: rank, tree: tree, space, type, hasFilters: hasFilters)
        case 3: throw refused("it is a virtual dataset, made of others")
        case let other: throw message.damaged("a layout of the unknown class \(other)")
        }
    }

    /// Version 1 and 2: version, number of axes (chunked: and one), class, 0 5, (address 8), axes 4 each, (compact: size
    /// 4, values).
    private mutating func checkOldLayout(
        _ message: inout ByteCursor, _ space: SpaceFacts, _ type: TypeFacts, size: Int, hasFilters: Bool
    ) throws(Problem) {
        let axes = try message.u8()
        let kind = try message.u8()
        try message.skip(5)
        let address = kind == 0 ? nil : try message.address()
        switch kind {
        case 0, 1:
            try message.skip(axes * 4)
            if kind == 1 { return try checkContiguous(address, space, type, size: size) }
            let stored = try message.u32()
            try checkCompact(&message, stored: stored, space, type, size: size)
        case 2: try checkChunked(&message, rank: axes - 1, tree: address, space, type, hasFilters: hasFilters)
        default: throw message.damaged("a layout of the unknown class \(kind)")
        }
    }

    private mutating func checkCompact(
        _ message: inout ByteCursor, stored: Int, _ space: SpaceFacts, _ type: TypeFacts, size: Int
    ) throws(Problem) {
        guard stored == size else { throw message.damaged("\(stored) bytes are stored, the shape has \(size)") }
        var values = try message.part(stored)
        if type.isVariable { for _ in 0..<space.count { try addString(try checkHeapReference(&values)) } }
    }

    private mutating func checkContiguous(
        _ address: Int?, _ space: SpaceFacts, _ type: TypeFacts, size: Int
    ) throws(Problem) {
        guard let address else { return }
        try claim("the dataset's values", at: address, size: size)
        if type.isVariable {
            if size > limits.maxDatasetBytes {
                throw .limit(name: "maxDatasetBytes", limit: limits.maxDatasetBytes, found: "\(size) bytes")
            }
            // One after another, because all of them may be much.
            for index in 0..<space.count {
                var value = try peek("the dataset's values", at: address + index * type.size, size: type.size)
                try addString(try checkHeapReference(&value))
            }
        }
    }
}
