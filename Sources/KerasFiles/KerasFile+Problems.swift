import Network

extension KerasFile {
    /// Everything that keeps a file's model from being read, layer by layer; empty where nothing does.
    ///
    /// - Throws: ``KerasError`` where the file declares no architecture that can be looked at.
    public static func problems(
        in path: String, registry: LayerRegistry = .keras, limits: ReadingLimits = ReadingLimits()
    ) throws(KerasError) -> [KerasError] {
        let reader = Reader(registry: registry, rules: WeightRules(), limits: limits)
        let declaration = try reader.declaration(in: path)
        var architecture = ArchitectureReader(at: declaration.place, limits: limits.architecture)
        let builder = ModelBuilder(
            place: declaration.place, registry: registry, major: declaration.origin.major, limits: limits.architecture)
        return builder.problems(in: try architecture.read(declaration.value))
    }
}
