import Networks

extension KerasFile {
    /// Reads a `.keras` archive that lies in memory.
    ///
    /// - Parameters:
    ///   - bytes: all of the archive.
    ///   - name: what errors call it.
    /// - Throws: ``KerasError``.
    public static func read(
        archive bytes: [UInt8], named name: String, registry: LayerRegistry = .keras,
        rules: WeightRules = WeightRules(), limits: ReadingLimits = .current
    ) throws(KerasError) -> KerasFile {
        try bytes.withUnsafeBufferPointer { bytes throws(KerasError) in
            try read(
                archive: UnsafeRawBufferPointer(bytes), named: name, registry: registry, rules: rules, limits: limits)
        }
    }

    /// Reads a `.keras` archive where it lies in memory, as one that is part of a program does: without a copy of it.
    ///
    /// - Parameters:
    ///   - bytes: all of the archive; nothing refers to them after the call.
    ///   - name: what errors call it.
    /// - Throws: ``KerasError``.
    public static func read(
        archive bytes: UnsafeRawBufferPointer, named name: String, registry: LayerRegistry = .keras,
        rules: WeightRules = WeightRules(), limits: ReadingLimits = .current
    ) throws(KerasError) -> KerasFile {
        let archive = try KerasArchive(bytes: bytes, named: name, limits: limits)
        return try Reader(registry: registry, rules: rules, limits: limits).read(archive, named: name)
    }
}
