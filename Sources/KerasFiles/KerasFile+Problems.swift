import Networks

extension KerasFile {
    /// Everything that keeps a file's model from being run here, layer by layer; empty where nothing does.
    ///
    /// - Parameter architecture: for a file with weights only, where its model is declared.
    /// - Throws: ``KerasError`` where the file declares no architecture that can be looked at, or where its weights do
    ///   not fit one that is supported.
    public static func problems(
        in path: String, architecture: String? = nil, registry: LayerRegistry = .keras,
        limits: ReadingLimits = .current
    ) throws(KerasError) -> [KerasError] {
        let reader = Reader(registry: registry, rules: WeightRules(), limits: limits)
        let declaration = try reader.declaration(in: architecture ?? path)
        var architectureReader = ArchitectureReader(at: declaration.place, limits: limits.architecture)
        let builder = ModelBuilder(
            place: declaration.place, registry: registry, major: declaration.origin.major, limits: limits.architecture,
            weights: limits.hdf5)
        let problems = builder.problems(in: try architectureReader.read(declaration.value))
        guard problems.isEmpty else { return problems }
        if case .json = try reader.content(of: path) { return [] }
        _ = try reader.read(path, architecture: architecture)
        return []
    }
}
