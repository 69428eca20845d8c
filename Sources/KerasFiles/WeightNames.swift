import Networks

/// Where files keep the weights of a model: which groups there are, and the order of weights in them.
package enum WeightNames {
    /// The weights of one layer, or of one model inside the model, as a legacy file groups them.
    struct LegacyGroup {
        var name: String
        var className: String
        var weights: [WeightAddress]
    }

    /// The groups of a legacy file, in the model's order: one for each outermost layer.
    ///
    /// A layer's weights stand in its own order. Of a model inside the model, first all weights stand that are trained,
    /// then the others: freezing a layer moves its weights to the end.
    static func legacyGroups(of architecture: Architecture, _ graph: FlatGraph, _ model: Model) -> [LegacyGroup] {
        architecture.layers.enumerated().map { position, declaration in
            var weights: [WeightAddress] = []
            collect(declaration, at: [position], graph, model, &weights)
            if declaration.model != nil {
                func isTrained(_ address: WeightAddress) -> Bool {
                    model.layers[address.layer].isTrainable
                        && model.layers[address.layer].specs[address.weight].isTrainable
                }
                weights = weights.filter(isTrained) + weights.filter { !isTrained($0) }
            }
            return LegacyGroup(name: declaration.name, className: declaration.className, weights: weights)
        }
    }

    private static func collect(
        _ declaration: Architecture.Declaration, at path: FlatGraph.Path, _ graph: FlatGraph, _ model: Model,
        _ weights: inout [WeightAddress]
    ) {
        if let inner = declaration.model?.value {
            for (position, layer) in inner.layers.enumerated() {
                collect(layer, at: path + [position], graph, model, &weights)
            }
        } else if let layer = graph.index[path] {
            weights += model.layers[layer].specs.indices.map { WeightAddress(layer: layer, weight: $0) }
        }
    }

    /// The name of a weight's dataset, at which people look and loaders do not.
    static func legacyName(
        of address: WeightAddress, in model: Model, _ dialect: Dialect, form: Model.Form
    ) -> String {
        let layer = model.layers[address.layer]
        let weight = layer.specs[address.weight].name
        let own = layer.name.split(separator: "/").last.map(String.init) ?? layer.name
        switch dialect {
        case .keras2: return "\(own)/\(weight):0"
        case .keras3: return form == .sequential ? "\(model.name)/\(own)/\(weight)" : "\(own)/\(weight)"
        }
    }

    // MARK: saving_lib

    /// A layer's place in a `.weights.h5` file, and each of its variables'.
    struct Location {
        var layer: Int
        /// `layers/functional/layers/conv2d`.
        var path: String
        /// The layer's own name, which Keras 3 notes beside the variables.
        var name: String
        /// For each weight of the layer, the path below `path`: `vars/0`, `cell/vars/1`.
        var variables: [String]
        /// Variables that stand there a second time: the kernel that SpectralNormalization shares with its layer.
        var copies: [(weight: Int, path: String)] = []
    }

    /// The places of all layers.
    ///
    /// A layer is numbered by its class among the layers of its model, never by its name.
    static func locations(
        of architecture: Architecture, _ graph: FlatGraph, _ model: Model, _ dialect: Dialect
    ) -> [Location] {
        var locations: [Location] = []
        walk(architecture, at: [], prefix: "layers/") { path, declaration, place in
            guard let index = graph.index[path] else { return }
            let layer = model.layers[index]
            var location = Location(
                layer: index, path: place, name: declaration.name, variables: variables(of: layer, dialect))
            if let vector = layer.specs.firstIndex(where: { $0.name == "vector_u" }),
                let kernel = layer.specs.firstIndex(where: { ["layer/kernel", "layer/embeddings"].contains($0.name) })
            {
                location.copies = [(kernel, "vars/0")]
                location.variables[vector] = "vars/1"
            }
            locations.append(location)
        }
        return locations
    }

    /// The places of the model itself and of all models inside it.
    static func models(of architecture: Architecture) -> [(path: String, name: String)] {
        var models = [(path: "", name: architecture.name)]
        walk(architecture, at: [], prefix: "layers/") { _, declaration, place in
            if declaration.model != nil { models.append((place, declaration.name)) }
        }
        return models
    }

    /// Calls `body` for every layer of the tree of models, with its place in the file.
    static func walk(
        _ model: Architecture, at path: FlatGraph.Path, prefix: String,
        _ body: (FlatGraph.Path, Architecture.Declaration, String) -> Void
    ) {
        var used: [String: Int] = [:]
        for (position, declaration) in model.layers.enumerated() {
            // A Sequential hides its input layer.
            if model.form == .sequential, declaration.className == InputLayer.kerasName { continue }
            let name = containerName(of: declaration)
            let number = used[name, default: 0]
            used[name] = number + 1
            let place = prefix + (number == 0 ? name : "\(name)_\(number)")
            body(path + [position], declaration, place)
            if let inner = declaration.model?.value {
                walk(inner, at: path + [position], prefix: place + "/layers/", body)
            }
        }
    }

    private static func containerName(of declaration: Architecture.Declaration) -> String {
        if let inner = declaration.model?.value { return inner.form == .sequential ? "sequential" : "functional" }
        let className = KerasVersion.currentClass(
            declaration.className.split(separator: ">").last.map(String.init) ?? "")
        // Keras calls this class otherwise than its file does.
        return snakeCase(className == GroupQueryAttention.kerasName ? "GroupedQueryAttention" : className)
    }

    /// Where a layer keeps its variables: in each of its objects those that are trained first, whatever is frozen.
    ///
    /// A weight of an object inside the layer is called by a path: `cell/kernel`, `query_dense/bias`.
    private static func variables(of layer: ModelLayer, _ dialect: Dialect) -> [String] {
        let trained = layer.specs.indices.filter { layer.specs[$0].isTrainable }
        let others = layer.specs.indices.filter { !layer.specs[$0].isTrainable }
        var paths = [String](repeating: "", count: layer.specs.count)
        var counts: [String: Int] = [:]
        for weight in trained + others {
            var object = layer.specs[weight].name.split(separator: "/").dropLast().map { $0 + "/" }.joined()
            if dialect == .keras2 { object = hiddenInKeras2(object) }
            let number = counts[object, default: 0]
            counts[object] = number + 1
            paths[weight] = "\(object)vars/\(number)"
        }
        return paths
    }

    /// What tf_keras calls a variable's path: it hides the parts of its attention behind an underscore.
    static func hiddenInKeras2(_ path: String) -> String {
        path.replacing(#/(^|\/)((query|key|value|output)_dense\/)/#) { "\($0.1)_\($0.2)" }
    }

    /// Keras' own way to make a file's name of a class's: `MaxPooling2D` becomes `max_pooling2d`.
    package static func snakeCase(_ className: String) -> String {
        className.snakeCased
    }
}
