import ArgumentParser
import Escaping
import KerasBridge

/// Shows what lies in a file.
struct Inspect: ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what is in a file: format, Keras version, groups, datasets, types, shapes, attributes.",
        discussion: "Takes any HDF5 file and any .keras archive, whether its layers are supported or not.")

    @Argument(help: "A file.", completion: .file(extensions: modelEndings))
    var file: String

    @Flag(help: "List every group and dataset.")
    var tree = false

    @Flag(help: "List attributes, too, with their whole values.")
    var attrs = false

    @Flag(help: "Read every number: range, mean, deviation, zeros, NaNs, infinities of each dataset.")
    var stats = false

    @OptionGroup(title: "Reading files of strangers") var reading: ReadingOptions
    @OptionGroup var result: ResultOptions

    var modelFiles: [(path: String, architecture: String?)] { [(file, nil)] }
    var onlyReads: Bool { true }
    static let isUntrustedByDefault = true

    func run() throws {
        let inspection = try Inspection(file, withStatistics: stats)
        if result.json {
            try Console.print(InspectResult(inspection))
        } else {
            try Console.print(text(of: inspection))
        }
    }

    private func text(of inspection: Inspection) -> String {
        var lines = [
            "\(inspection.path.visible()): \(inspection.format), \(inspection.byteCount.readableBytes)",
            "Keras version: \(inspection.kerasVersion ?? "not named")".visible()
                + (inspection.backend.map { ", backend: \($0)".visible() } ?? ""),
        ]
        let datasets = inspection.objects.compactMap(\.dataset)
        let groups = inspection.objects.count { if case .group = $0.kind { true } else { false } }
        lines.append("\(groups) groups, \(datasets.count) datasets, \(inspection.numbers.grouped) numbers")
        guard tree || attrs || stats else {
            for object in inspection.objects {
                if case .member(let bytes) = object.kind {
                    lines.append("  \(object.path.visible())  \(bytes.readableBytes)")
                }
                for attribute in object.attributes where object.isRoot {
                    lines.append("  @\(attribute.name)  \(attribute.briefly)".visible())
                }
            }
            if !datasets.isEmpty { lines.append("More: --tree, --attrs, --stats") }
            return lines.joined(separator: "\n")
        }
        var table = Table(
            ("Object", .left), ("Type", .left), ("Shape", .left), ("Bytes", .right), ("Layout", .left))
        if stats {
            table = Table(
                ("Object", .left), ("Type", .left), ("Shape", .left), ("Min", .right), ("Max", .right),
                ("Mean", .right), ("Deviation", .right), ("Zeros", .right), ("NaN", .right), ("±∞", .right))
        }
        for object in inspection.objects {
            table.add(cells(of: object))
            guard attrs else { continue }
            for attribute in object.attributes {
                table.addLine("    @\(attribute.name) = \(attribute.value ?? "(\(attribute.datatype))")")
            }
        }
        return (lines + ["", table.text]).joined(separator: "\n")
    }

    private func cells(of object: Inspection.Object) -> [String] {
        switch object.kind {
        case .member(let bytes): [object.path, "member", "", bytes.grouped]
        case .group: [object.path, "group"]
        case .other(let what): [object.path, what]
        case .dataset(let dataset):
            stats
                ? [object.path, dataset.datatype, "\(dataset.shape)"] + (dataset.statistics?.cells ?? [])
                : [object.path, dataset.datatype, "\(dataset.shape)", dataset.storedBytes.grouped, dataset.layout]
        }
    }
}

extension Inspection {
    /// How many numbers all datasets hold.
    fileprivate var numbers: Int {
        objects.compactMap(\.dataset).reduce(0) { sum, dataset in
            let (next, overflow) = sum.addingReportingOverflow(dataset.count)
            return overflow ? .max : next
        }
    }
}

extension Inspection.Object {
    fileprivate var isRoot: Bool { path.hasSuffix("/") }
    fileprivate var dataset: Inspection.Dataset? { if case .dataset(let dataset) = kind { dataset } else { nil } }
}

extension Inspection.Attribute {
    /// The start of the value.
    fileprivate var briefly: String {
        guard let value else { return "(\(datatype))" }
        return value.count > 60 ? "\(value.prefix(57))… (\(value.count.grouped) characters)" : value
    }
}

extension Inspection.Statistics {
    fileprivate var cells: [String] {
        [minimum, maximum, mean, standardDeviation].map { $0.map(\.short) ?? "–" }
            + [zeros, nans, infinities].map { $0 == 0 ? "·" : $0.grouped }
    }
}

/// What `inspect --json` prints.
private struct InspectResult: JSONResult {
    static let command = "inspect"

    var file: String
    var format: String
    var bytes: Int
    var kerasVersion: String?
    var backend: String?
    var objects: [Object]

    struct Object: Encodable {
        var path: String
        /// `group`, `dataset`, `member`, or the kind of link.
        var kind: String
        var shape: [Int]?
        var dtype: String?
        var layout: String?
        var bytes: Int?
        var statistics: Statistics?
        var attributes: [Attribute]
    }

    struct Statistics: Encodable {
        var min: Double?
        var max: Double?
        var mean: Double?
        var standardDeviation: Double?
        var zeros: Int
        var nans: Int
        var infinities: Int
    }

    struct Attribute: Encodable {
        var name: String
        var shape: [Int]
        var dtype: String
        /// As JSON text.
        var value: String?
    }

    init(_ inspection: Inspection) {
        file = inspection.path
        format = inspection.format
        bytes = inspection.byteCount
        kerasVersion = inspection.kerasVersion
        backend = inspection.backend
        objects = inspection.objects.map { found in
            var object = Object(
                path: found.path, kind: "group",
                attributes: found.attributes.map {
                    Attribute(name: $0.name, shape: $0.shape, dtype: $0.datatype, value: $0.value)
                })
            switch found.kind {
            case .group: break
            case .other(let what): object.kind = what
            case .member(let byteCount):
                object.kind = "member"
                object.bytes = byteCount
            case .dataset(let dataset):
                object.kind = "dataset"
                object.shape = dataset.shape
                object.dtype = dataset.datatype
                object.layout = dataset.layout
                object.bytes = dataset.storedBytes
                object.statistics = dataset.statistics.map {
                    Statistics(
                        min: $0.minimum, max: $0.maximum, mean: $0.mean, standardDeviation: $0.standardDeviation,
                        zeros: $0.zeros, nans: $0.nans, infinities: $0.infinities)
                }
            }
            return object
        }
    }
}
