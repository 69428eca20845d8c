import HDF5
import Networks

extension NestedModel {
    /// A model that a file declares inside a wrapper.
    init(_ built: ModelBuilder.Built, declared: Architecture, as object: Options) {
        let locations = WeightNames.locations(of: declared, built.graph, built.model, .keras3)
        let places = Dictionary(uniqueKeysWithValues: locations.map { ($0.layer, $0.path) })
        self.init(
            built.model, places: built.model.layers.indices.map { places[$0] ?? "layers" }, declaration: object)
    }

    /// The architecture that the file declares; `nil` for a model of no file.
    var declaredArchitecture: Architecture? {
        guard let declaration else { return nil }
        var reader = ArchitectureReader(at: Place(file: model.name))
        return try? reader.read(.object(declaration))
    }
}
