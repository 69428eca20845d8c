import Tensors

/// What `model.summary()` of Keras tells about a model, as data.
public struct Summary: Sendable, Hashable {
    /// One layer.
    public struct Row: Sendable, Hashable {
        public var name: String
        public var className: String
        /// The shapes of the outputs of the layer's last call.
        public var outputShapes: [Shape]
        public var parameters: Int
        /// Products with weights for one sample, over all calls; `nil` where an extent is not known.
        public var multiplyAdds: Int?
        /// Where the inputs come from: `conv2d[0][0]`, a layer, its call and that call's output.
        public var connectedTo: [String]
        public var isTrainable: Bool
    }

    public var modelName: String
    public var rows: [Row]
    /// Whether each layer takes its input from the one above, so that the connections tell nothing.
    public var isChain: Bool
    public var trainableParameters: Int
    public var nonTrainableParameters: Int

    public var parameters: Int { trainableParameters + nonTrainableParameters }
    /// The memory of the weights, in bytes.
    public var bytes: Int { parameters * 4 }
    /// Products with weights for one sample; `nil` where an extent is not known.
    public var multiplyAdds: Int? {
        rows.reduce(0) { sum, row in sum.flatMap { sum in row.multiplyAdds.map { ShapeLimits.sum(sum, $0) } } }
    }
}

extension Model {
    /// The model's layers, shapes and counts.
    ///
    /// - Throws: ``ShapeError`` where a layer cannot take its input.
    public func summary() throws(ShapeError) -> Summary {
        let shapes = try shapes()
        var rows: [Summary.Row] = []
        for (index, entry) in layers.enumerated() {
            // As in Keras, the input layer of a Sequential model is not listed.
            if form == .sequential && entry.calls.isEmpty { continue }
            let lastCall = max(entry.calls.count - 1, 0)
            var outputs: [Shape] = []
            while let shape = shapes[Source(layer: index, call: lastCall, output: outputs.count)] {
                outputs.append(shape)
            }
            var multiplyAdds: Int? = 0
            for sources in entry.calls {
                let inputs = sources.compactMap { shapes[$0] }.map { $0.isEmpty ? $0 : $0.withBatch(1) }
                let products = inputs.allSatisfy(\.isKnown) ? try entry.layer.multiplyAdds(for: inputs) : nil
                multiplyAdds = multiplyAdds.flatMap { sum in products.map { ShapeLimits.sum(sum, $0) } }
            }
            rows.append(
                Summary.Row(
                    name: entry.name, className: type(of: entry.layer).kerasName, outputShapes: outputs,
                    parameters: entry.specs.reduce(0) { ShapeLimits.sum($0, $1.shape.elementCount) },
                    multiplyAdds: multiplyAdds,
                    connectedTo: entry.calls.joined().map { "\(layers[$0.layer].name)[\($0.call)][\($0.output)]" },
                    isTrainable: entry.isTrainable))
        }
        let isChain = layers.indices.allSatisfy { index in
            index == 0 || layers[index].calls == [[Source(layer: index - 1)]]
        }
        let trainable = trainableWeights.reduce(0) {
            ShapeLimits.sum($0, layers[$1.layer].specs[$1.weight].shape.elementCount)
        }
        let all = layers.flatMap(\.specs)
        return Summary(
            modelName: name, rows: rows, isChain: isChain, trainableParameters: trainable,
            nonTrainableParameters: all.reduce(0) { ShapeLimits.sum($0, $1.shape.elementCount) } - trainable)
    }
}

// MARK: Text

extension Summary {
    /// The table that Keras prints, at most `width` columns wide; long cells go on in the next line.
    public func text(width: Int = 88) -> String {
        var columns = [
            Column("Layer (type)", rows.map { "\($0.name) (\($0.className))" }),
            Column("Output Shape", rows.map { $0.outputShapes.map(\.kerasDescription).joined(separator: ", ") }),
            Column("Param #", rows.map { Self.grouped($0.parameters) }, isNumber: true),
        ]
        if !isChain {
            columns.append(
                Column(
                    "Connected to", rows.map { $0.connectedTo.isEmpty ? "-" : $0.connectedTo.joined(separator: ", ") }))
        }
        Column.fit(&columns, into: width)

        func rule(_ left: String, _ line: String, _ cross: String, _ right: String) -> String {
            left + columns.map { String(repeating: line, count: $0.width + 2) }.joined(separator: cross) + right
        }
        func row(_ index: Int?, _ bar: String) -> [String] {
            let cells = columns.map { $0.lines(index) }
            let height = cells.map(\.count).max() ?? 0
            return (0..<height).map { line in
                let parts = zip(columns, cells).map { column, cell in
                    column.padded(line < cell.count ? cell[line] : "")
                }
                return "\(bar) " + parts.joined(separator: " \(bar) ") + " \(bar)"
            }
        }
        var lines = ["Model: \"\(modelName)\"", rule("┏", "━", "┳", "┓")] + row(nil, "┃")
        lines.append(rule("┡", "━", "╇", "┩"))
        for index in rows.indices {
            if index > 0 { lines.append(rule("├", "─", "┼", "┤")) }
            lines += row(index, "│")
        }
        lines.append(rule("└", "─", "┴", "┘"))
        for (title, count) in [
            ("Total", parameters), ("Trainable", trainableParameters), ("Non-trainable", nonTrainableParameters),
        ] {
            lines.append(" \(title) params: \(Self.grouped(count)) (\(Self.readable(bytes: count * 4)))")
        }
        if let multiplyAdds { lines.append(" Multiply-adds for one sample: \(Self.grouped(multiplyAdds))") }
        return lines.joined(separator: "\n")
    }

    /// A count with commas between thousands.
    static func grouped(_ count: Int) -> String {
        var digits = String(count)
        var end = digits.endIndex
        while digits.distance(from: digits.startIndex, to: end) > 3 {
            end = digits.index(end, offsetBy: -3)
            digits.insert(",", at: end)
        }
        return digits
    }

    /// A size as Keras writes it: `4.58 MB`.
    static func readable(bytes: Int) -> String {
        var (size, unit) = (Double(bytes), 0)
        let units = ["B", "KB", "MB", "GB", "TB", "PB"]
        while size >= 1024 && unit < units.count - 1 {
            size /= 1024
            unit += 1
        }
        let hundredths = Int((size * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) \(units[unit])"
    }
}

extension Shape {
    /// The shape as Keras writes it: `(None, 28, 28, 1)`.
    fileprivate var kerasDescription: String {
        "(" + map { $0 == Shape.unknown ? "None" : String($0) }.joined(separator: ", ") + (count == 1 ? ",)" : ")")
    }
}

/// One column of the table.
private struct Column {
    var title: String
    var cells: [String]
    var isNumber: Bool
    var width: Int

    init(_ title: String, _ cells: [String], isNumber: Bool = false) {
        self.title = title
        self.cells = cells
        self.isNumber = isNumber
        width = ([title] + cells).map(\.count).max() ?? 0
    }

    /// Takes width from the widest columns until the table fits.
    static func fit(_ columns: inout [Column], into total: Int) {
        let narrowest = 8
        func used() -> Int { columns.reduce(1) { $0 + $1.width + 3 } }
        while used() > total, let widest = columns.indices.max(by: { columns[$0].width < columns[$1].width }),
            columns[widest].width > narrowest
        {
            columns[widest].width -= 1
        }
    }

    /// A cell, or the title, cut into lines of the column's width, at spaces where there are any.
    func lines(_ index: Int?) -> [String] {
        var lines: [String] = []
        var rest = Substring(index.map { cells[$0] } ?? title)
        // The length of what is left is not asked: a layer of many calls has a cell of many lines.
        while let end = rest.index(rest.startIndex, offsetBy: width, limitedBy: rest.endIndex), end < rest.endIndex {
            let space = rest[...end].lastIndex(of: " ")
            lines.append(String(rest[..<(space ?? end)]))
            rest = space.map { rest[rest.index(after: $0)...] } ?? rest[end...]
        }
        return lines + [String(rest)]
    }

    func padded(_ text: String) -> String {
        let spaces = String(repeating: " ", count: max(0, width - text.count))
        return isNumber ? spaces + text : text + spaces
    }
}
