import HDF5
import Networks
import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Inspection {
    /// Looks into a file.
    ///
    /// - Parameter withStatistics: reads every number of every dataset, too.
    /// - Throws: ``KerasError`` for what is neither HDF5 nor a `.keras` archive.
    public init(
        _ path: String, withStatistics: Bool = false, limits: ReadingLimits = .current
    ) throws(KerasError) {
        let place = Place(file: path)
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { throw KerasError(place, .fileMissing) }
            throw KerasError(place, .cannotOpen(reason: String(cString: strerror(errno))))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw KerasError(place, .notKeras(reason: "it is not a regular file"))
        }
        self.path = path
        byteCount = Int(status.st_size)
        objects = []
        format = "HDF5 file"
        if try Self.startsLikeArchive(path) {
            format = "Keras archive (.keras)"
            try readArchive(limits, withStatistics: withStatistics)
        } else {
            let file = try kerasErrors { () throws(HDF5Error) in try File(path: path, limits: limits.hdf5) }
            try kerasErrors { () throws(HDF5Error) in
                try readHDF5(
                    file.root, prefix: "", withStatistics: withStatistics, ReadingBudget(limits.hdf5))
                format = try Self.format(of: file.root)
                for group in ["", "model_weights"] where kerasVersion == nil {
                    let attributes = objects.first { $0.path == "/" + group }?.attributes ?? []
                    // A version of an odd type is shown as an attribute alone.
                    kerasVersion = attributes.first { $0.name == "keras_version" }?.text
                    backend = attributes.first { $0.name == "backend" }?.text
                }
            }
        }
    }

    private static func startsLikeArchive(_ path: String) throws(KerasError) -> Bool {
        guard let file = fopen(path, "rb") else {
            throw KerasError(Place(file: path), .cannotOpen(reason: String(cString: strerror(errno))))
        }
        defer { fclose(file) }
        var start = [UInt8](repeating: 0, count: 4)
        return fread(&start, 1, 4, file) == 4 && start == [0x50, 0x4B, 0x03, 0x04]
    }

    private static func format(of root: borrowing Group) throws(HDF5Error) -> String {
        if try root.attributes.contains("model_config") { return "Keras model in legacy HDF5 (.h5)" }
        for name in ["layer_names", "layer_names0", "nb_layers"] {
            if try root.attributes.contains(name) { return "Keras weights in legacy HDF5 (.h5)" }
        }
        if try root.entry("model_weights") == .group { return "Keras weights in legacy HDF5 (.h5)" }
        for name in ["layers", "_layer_checkpoint_dependencies", "vars", "optimizer"] {
            if try root.entry(name) == .group { return "Keras weights (.weights.h5)" }
        }
        return "HDF5 file"
    }

    // MARK: The archive

    private mutating func readArchive(_ limits: ReadingLimits, withStatistics: Bool) throws(KerasError) {
        var contents: [(name: String, memory: FileMemory)] = []
        do throws(ZipArchive.Fault) {
            let archive = try ZipArchive(path: path, limits: limits.zip)
            try archive.checkNames()
            for name in archive.names {
                objects.append(
                    Object(path: name, kind: .member(byteCount: archive.members[name]?.bytes ?? 0), attributes: []))
                guard name == "metadata.json" || name.hasSuffix(".h5") else { continue }
                if let memory = try archive.memory(name) { contents.append((name, memory)) }
            }
        } catch {
            throw KerasError(Place(file: path, object: error.member), .damaged(reason: error.reason))
        }
        let budget = ReadingBudget(limits.hdf5)
        for (name, memory) in contents {
            let bytes = UnsafeRawBufferPointer(memory.bytes)
            if name == "metadata.json" {
                // Shown where it can be read.
                kerasVersion = (try? JSON.parse([UInt8](bytes), limits: limits.json))?.object?["keras_version"]?.string
                continue
            }
            let named = path + ":" + name
            try kerasErrors { () throws(HDF5Error) in
                let file = try File(bytes: bytes, of: memory, named: named, limits: limits.hdf5)
                try readHDF5(file.root, prefix: name + ":", withStatistics: withStatistics, budget)
            }
        }
    }

    // MARK: HDF5

    private mutating func readHDF5(
        _ root: borrowing Group, prefix: String, withStatistics: Bool, _ budget: ReadingBudget
    ) throws(HDF5Error) {
        objects.append(Object(path: prefix + "/", kind: .group, attributes: try Self.attributes(root.attributes)))
        for found in try root.descendants() {
            let kind: Kind
            var attributes: [Attribute] = []
            switch found.entry {
            case .group:
                kind = .group
                attributes = try Self.attributes(root.group(found.path).attributes)
            case .dataset:
                let dataset = try root.dataset(found.path)
                attributes = try Self.attributes(dataset.attributes)
                var description = Dataset(
                    shape: dataset.shape, count: dataset.count, datatype: dataset.datatype.description,
                    layout: dataset.layout.description, storedBytes: dataset.storageSize)
                if withStatistics, dataset.datatype.isNumber {
                    // Counted once for each link to it, as it is read.
                    try budget.charge(dataset, of: MemoryLayout<Double>.size)
                    description.statistics = Statistics(try dataset.read(as: Double.self))
                }
                kind = .dataset(description)
            default: kind = .other(found.entry.rawValue)
            }
            objects.append(Object(path: prefix + "/" + found.path, kind: kind, attributes: attributes))
        }
    }

    private static func attributes(_ attributes: borrowing Attributes) throws(HDF5Error) -> [Attribute] {
        var found: [Attribute] = []
        for name in try attributes.names() {
            let info = try attributes.info(name)
            var attribute = Attribute(name: name, shape: info.shape, datatype: info.datatype.description)
            switch info.datatype {
            case .string:
                let strings = try attributes.strings(name).map(OptionValue.string)
                attribute.value = JSON.text(info.shape.isEmpty && strings.count == 1 ? strings[0] : .array(strings))
                attribute.text = info.shape.isEmpty ? strings.first?.string : nil
            case .integer where info.datatype.size <= 8:
                let numbers = try attributes.values(name, as: Int64.self).map { OptionValue.int(Int($0)) }
                attribute.value = JSON.text(info.shape.isEmpty && numbers.count == 1 ? numbers[0] : .array(numbers))
            case .float, .boolean:
                let numbers = try attributes.values(name, as: Double.self).map(OptionValue.double)
                attribute.value = JSON.text(info.shape.isEmpty && numbers.count == 1 ? numbers[0] : .array(numbers))
            default: break
            }
            found.append(attribute)
        }
        return found
    }
}

extension Datatype {
    /// Whether values can be read as numbers.
    fileprivate var isNumber: Bool {
        switch self {
        case .integer, .float, .boolean: true
        default: false
        }
    }
}
