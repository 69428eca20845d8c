import Foundation

/// Finds the files of a data set, and downloads them when they are nowhere.
///
/// A named set is looked for in `$KERAS_BRIDGE_DATA/<name>/`, in Debian's dataset folder, in Keras' own cache
/// (`~/.keras/datasets`, or `$KERAS_HOME`), in our cache (`$XDG_CACHE_HOME/keras-bridge/<name>/`, by default in
/// `~/.cache`), and then downloaded into our cache.
public struct DatasetFinder: Sendable {
    private let data: String?
    private let debian: String
    private let keras: String
    /// Our cache; downloads go to a folder in it.
    public let cache: String
    private let sources: [DatasetName: [RemoteFile]]

    /// A finder that looks where this environment says.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.init(environment: environment, debian: "/usr/share/datasets", sources: RemoteFile.known)
    }

    /// - Parameters:
    ///   - debian: where Debian's packages put data sets.
    ///   - sources: what can be downloaded.
    package init(environment: [String: String], debian: String, sources: [DatasetName: [RemoteFile]]) {
        func folder(_ variable: String) -> String? { environment[variable].flatMap { $0.isEmpty ? nil : $0 } }
        let home = folder("HOME") ?? NSHomeDirectory()
        data = folder("KERAS_BRIDGE_DATA")
        keras = (folder("KERAS_HOME") ?? home + "/.keras") + "/datasets"
        cache = (folder("XDG_CACHE_HOME") ?? home + "/.cache") + "/keras-bridge"
        self.debian = debian
        self.sources = sources
    }

    /// The files of this data set, downloaded if they are nowhere on this machine.
    ///
    /// - Parameter progress: told now and then how a download goes; return early from nothing.
    /// - Throws: ``DatasetError`` with every place that was looked at.
    public func find(
        _ spec: DatasetSpec, progress: @escaping @Sendable (DownloadProgress) -> Void = { _ in }
    ) throws(DatasetError) -> DatasetFiles {
        switch spec {
        case .named(.embedded):
            return .embedded
        case .named(let name):
            if let files = search(name).files { return files }
            return try download(name, progress: progress)
        case .folder(let path):
            let folder = DatasetFolder(path)
            if folder.train != nil || folder.test != nil { return .idx(train: folder.train, test: folder.test) }
            let (train, test) = (ImageFolder(path + "/train"), ImageFolder(path + "/test"))
            if train != nil || test != nil { return .images(train: train, test: test) }
            guard let all = ImageFolder(path) else {
                throw .notFound(
                    spec: path,
                    places: [folder.complaint, "\(path)/CLASS/*.\(ImageFolder.endings.joined(separator: "|"))"])
            }
            return .images(train: all, test: nil)
        case .arrays(let x, let y, let weights):
            let missing = ([x, y] + (weights.map { [$0] } ?? [])).filter { !FileManager.default.fileExists(atPath: $0) }
            guard missing.isEmpty else { throw .notFound(spec: spec.description, places: missing) }
            return .npy(.init(inputs: x, labels: y), weights: weights)
        }
    }

    /// Looks for a named set on this machine; where it is, or every place where it is not.
    func search(_ name: DatasetName) -> (files: DatasetFiles?, places: [String]) {
        var folders = [debian, keras, cache].map { $0 + "/" + name.rawValue }
        if let data { folders.insert(data + "/" + name.rawValue, at: 0) }
        var places: [String] = []
        for path in folders {
            // Keras keeps MNIST as one file beside the others' folders; our cache keeps what was downloaded.
            let archives = path.hasPrefix(keras + "/") ? [path + ".npz"] : ["\(path)/\(name.rawValue).npz"]
            if let archive = archives.first(where: FileManager.default.fileExists(atPath:)) {
                return (.npz(archive), [])
            }
            let folder = DatasetFolder(path)
            if folder.missing.isEmpty { return (.idx(train: folder.train, test: folder.test), []) }
            places.append(folder.complaint)
        }
        return (nil, places)
    }

    private func download(
        _ name: DatasetName, progress: @escaping @Sendable (DownloadProgress) -> Void
    ) throws(DatasetError) -> DatasetFiles {
        let places = search(name).places
        guard let files = sources[name], !files.isEmpty else { throw .notFound(spec: name.rawValue, places: places) }
        let folder = cache + "/" + name.rawValue
        for file in files {
            do {
                try Download(file, into: folder).run(progress)
            } catch .downloadFailed(let url, let reason) {
                throw .downloadFailed(
                    url: url, reason: "\(reason) (not found in \(places.joined(separator: ", ")) either)")
            }
        }
        guard let found = search(name).files else {
            throw .notFound(spec: name.rawValue, places: search(name).places)
        }
        return found
    }
}
