import CEmbedded
import Networks
import Tensors
import Training

/// What becomes of bytes.
public enum PixelScale: String, Sendable, CaseIterable {
    /// 0…255 becomes 0…1.
    case unit
    case none

    /// What bytes are divided by.
    public var divisor: Float { self == .unit ? 255 : 1 }
}

extension DatasetFinder {
    /// Finds a data set and reads it.
    ///
    /// Images get a channel axis, `[count, 28, 28, 1]`. Bytes are pixels and scaled when a batch is
    /// made; numbers of other types stay as they are. Images of a folder by class come in an order drawn once for all, so
    /// that a part of them has all classes.
    ///
    /// - Parameters:
    ///   - shape: what images of a folder are resized to, `[height, width, channels]`; the first image tells what is unknown.
    /// - Throws: ``DatasetError`` that names the file, what was expected and what was found.
    public func load(
        _ spec: DatasetSpec, scale: PixelScale = .unit, imageShape shape: Shape? = nil,
        progress: @escaping @Sendable (DownloadProgress) -> Void = { _ in }
    ) throws(DatasetError) -> LoadedDataset {
        let files = try find(spec, progress: progress)
        do throws(DataError) {
            if case .images(let train, let test) = files {
                let shape = shape ?? [Shape.unknown, Shape.unknown, 3]
                return LoadedDataset(
                    spec: spec, files: files,
                    train: try train.map { part throws(DataError) in try images(part, shape, scale.divisor) },
                    test: try test.map { part throws(DataError) in try images(part, shape, scale.divisor) })
            }
            let (train, test) = try read(files, divisor: scale.divisor)
            return LoadedDataset(spec: spec, files: files, train: train, test: test)
        } catch {
            throw .unreadable(reason: error.description)
        }
    }

    private func read(
        _ files: DatasetFiles, divisor: Float
    ) throws(DataError) -> (train: LabeledSamples?, test: LabeledSamples?) {
        switch files {
        case .embedded:
            let parts = try EmbeddedDigits.files.map { (name, bytes) throws(DataError) in
                NamedArray(name: "embedded \(name)", array: try IDX.read(bytes, name: "embedded \(name)"))
            }
            return (try images(parts[0], parts[1], divisor), try images(parts[2], parts[3], divisor))
        case .idx(let train, let test):
            return (
                try train.map { pair throws(DataError) in try idx(pair, divisor) },
                try test.map { pair throws(DataError) in try idx(pair, divisor) }
            )
        case .npz(let path):
            let arrays = try NPZ.read(path: path, names: ["x_train", "y_train", "x_test", "y_test"])
            func part(_ name: String) -> NamedArray? {
                arrays.first { $0.name == name }.map { NamedArray(name: "\(path)@\(name)", array: $0.array) }
            }
            guard let x = part("x_train"), let y = part("y_train"), let v = part("x_test"), let w = part("y_test")
            else {
                throw .malformed(file: path, problem: "expected x_train, y_train, x_test and y_test")
            }
            return (try images(x, y, divisor), try images(v, w, divisor))
        case .images:
            preconditionFailure("images are read with the shape that they are to have")
        case .npy(let pair, let weightsPath):
            let inputs = try NPY.read(path: pair.inputs)
            let targets = try NPY.read(path: pair.labels)
            for (array, path) in [(inputs, pair.inputs), (targets, pair.labels)] where array.shape.isEmpty {
                throw .malformed(
                    file: path, problem: "expected one sample along each first index, found a single number")
            }
            var weights: [Float]?
            if let path = weightsPath {
                let array = try NPY.read(path: path)
                guard array.shape.elementCount == inputs.shape[0], array.shape.first == inputs.shape[0] else {
                    throw .malformed(
                        file: path,
                        problem: "expected a weight for each of \(inputs.shape[0]) samples, found shape \(array.shape)")
                }
                weights = array.tensor().elements
                guard weights?.allSatisfy({ $0 >= 0 && $0.isFinite }) == true else {
                    throw .malformed(file: path, problem: "expected weights of at least 0")
                }
            }
            return (
                try LabeledSamples(
                    inputs: samples(
                        NamedArray(name: pair.inputs, array: inputs), inputs.type == .uint8 ? divisor : 1),
                    targets: samples(NamedArray(name: pair.labels, array: targets)),
                    weights: weights),
                nil
            )
        }
    }

    private func images(_ folder: ImageFolder, _ shape: Shape, _ divisor: Float) throws(DataError) -> LabeledSamples {
        let entries = Random(seed: 0).permutation(folder.entries.count).map { folder.entries[$0] }
        let inputs = try ImageFile.samples(entries.map(\.path), shape: shape, divisor: divisor)
        let labels = Tensor([entries.count], entries.map { Float($0.label) })
        return try LabeledSamples(inputs: inputs, targets: Samples(labels))
    }

    private func idx(_ pair: DatasetFiles.Pair, _ divisor: Float) throws(DataError) -> LabeledSamples {
        try images(
            NamedArray(name: pair.inputs, array: try IDX.read(path: pair.inputs)),
            NamedArray(name: pair.labels, array: try IDX.read(path: pair.labels)), divisor)
    }

    /// An array's samples; those that do not stay bytes take four for each number.
    private func samples(_ found: NamedArray, _ divisor: Float = 1) throws(DataError) -> Samples {
        if found.array.type != .uint8 {
            var budget = DataBudget()
            try budget.charge(found.array.shape.elementCount, of: 4, for: "as float32, it has", of: found.name)
        }
        return found.array.samples(divisor: divisor)
    }

    private func images(
        _ images: NamedArray, _ labels: NamedArray, _ divisor: Float
    ) throws(DataError) -> LabeledSamples {
        let shape = images.array.shape
        guard shape.count == 3 || shape.count == 4, !shape.contains(0) else {
            throw .malformed(
                file: images.name,
                problem: "expected images [count, height, width] or with channels, found shape \(shape)")
        }
        guard labels.array.shape == [shape[0]] else {
            throw .malformed(
                file: labels.name,
                problem: "expected \(shape[0]) labels as in \(images.name), found shape \(labels.array.shape)")
        }
        let all = try samples(images, divisor)
        let inputs = shape.count == 3 ? all.reshaped(to: shape.sample + [1]) : all
        return try LabeledSamples(inputs: inputs, targets: samples(labels))
    }
}

private struct NamedArray {
    var name: String
    var array: NumberArray
}

/// The digits that are part of this program.
private enum EmbeddedDigits {
    /// Training images and labels, test images and labels: gzipped IDX.
    static var files: [(name: String, bytes: [UInt8])] {
        withUnsafeBytes(of: cembedded_digits) { table in
            table.bindMemory(to: cembedded_file.self).map { file in
                (String(cString: file.name), Array(UnsafeBufferPointer(start: file.bytes, count: file.count)))
            }
        }
    }
}
