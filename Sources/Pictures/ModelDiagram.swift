import Networks
import Tensors

/// A model as boxes and arrows: what `keras.utils.plot_model` draws with Graphviz, drawn without it.
public struct ModelDiagram: Sendable {
    /// The picture.
    public let drawing: Drawing

    private static let box = (width: 310.0, height: 58.0)
    private static let gap = (across: 26.0, down: 34.0)

    /// - Throws: ``ShapeError`` where a layer cannot take its input.
    public init(_ model: Model) throws(ShapeError) {
        let summary = try model.summary()
        let rows = Dictionary(summary.rows.map { ($0.name, $0) }) { first, _ in first }
        let shapes = try model.shapes()
        // A layer stands below all that it takes its inputs from.
        var depths = [Int](repeating: 0, count: model.layers.count)
        for _ in model.layers.indices {
            var isDone = true
            for (index, layer) in model.layers.enumerated() {
                let depth = layer.calls.joined().map { depths[$0.layer] + 1 }.max() ?? 0
                // Shared layers may close a circle; nothing is deeper than there are layers.
                if depth > depths[index], depth < model.layers.count { (depths[index], isDone) = (depth, false) }
            }
            if isDone { break }
        }
        let levels = Dictionary(grouping: model.layers.indices) { depths[$0] }
        let widest = levels.values.map(\.count).max() ?? 1
        let deepest = (levels.keys.max() ?? 0) + 1
        let width = max(358, 48 + Double(widest) * (Self.box.width + Self.gap.across) - Self.gap.across)
        var drawing = Drawing(
            width: width, height: 96 + Double(deepest) * (Self.box.height + Self.gap.down),
            title: "Model \(model.name)")
        drawing.text(model.name, x: 24, y: 34, size: 17, isBold: true)
        drawing.text(
            "\(Self.grouped(summary.parameters)) parameters"
                + (summary.multiplyAdds.map { " · \(Self.grouped($0)) multiply-adds" } ?? ""), x: 24, y: 55, size: 12.5,
            .faint)
        var places: [Int: Drawing.Point] = [:]
        for (depth, layers) in levels {
            let total = Double(layers.count) * (Self.box.width + Self.gap.across) - Self.gap.across
            for (number, layer) in layers.sorted().enumerated() {
                places[layer] = Drawing.Point(
                    (width - total) / 2 + Double(number) * (Self.box.width + Self.gap.across),
                    74 + Double(depth) * (Self.box.height + Self.gap.down))
            }
        }
        for (index, layer) in model.layers.enumerated() {
            guard let to = places[index] else { continue }
            for source in Set(layer.calls.joined().map(\.layer)).sorted() {
                if let from = places[source] { Self.arrow(&drawing, from, to) }
            }
        }
        for (index, layer) in model.layers.enumerated() {
            guard let place = places[index] else { continue }
            let row = rows[layer.name]
            let output = row?.outputShapes.first ?? shapes[Source(layer: index)]
            Self.draw(
                layer, type(of: layer.layer).kerasName, output, row?.parameters ?? 0, &drawing, place,
                isOutput: model.outputs.contains { $0.layer == index })
        }
        self.drawing = drawing
    }

    private static func arrow(_ drawing: inout Drawing, _ from: Drawing.Point, _ to: Drawing.Point) {
        let start = Drawing.Point(from.x + box.width / 2, from.y + box.height)
        let end = Drawing.Point(to.x + box.width / 2, to.y - 1)
        // Over more than one level the line leaves and comes straight, and bends between.
        let points =
            start.x == end.x
            ? [start, end]
            : [start, .init(start.x, start.y + gap.down * 0.3), .init(end.x, end.y - gap.down * 0.35), end]
        drawing.line(points, .faint, width: 1.4)
        drawing.line([.init(end.x - 4, end.y - 6), end, .init(end.x + 4, end.y - 6)], .faint, width: 1.4)
    }

    private static func draw(
        _ layer: ModelLayer, _ className: String, _ output: Shape?, _ parameters: Int, _ drawing: inout Drawing,
        _ place: Drawing.Point, isOutput: Bool
    ) {
        let ink = Self.ink(className, hasWeights: parameters > 0)
        drawing.box(x: place.x, y: place.y, width: box.width, height: box.height, radius: 8, fill: .panel, edge: .grid)
        drawing.box(x: place.x, y: place.y + 8, width: 4, height: box.height - 16, radius: 2, fill: ink)
        drawing.text(cut(className, 26), x: place.x + 16, y: place.y + 24, size: 14, isBold: true)
        drawing.text(cut(layer.name, 30), x: place.x + 16, y: place.y + 44, size: 12, .faint)
        let right = place.x + box.width - 14
        if let output {
            let extents = output.dropFirst().map { $0 == Shape.unknown ? "?" : "\($0)" }.joined(separator: "×")
            drawing.text(extents, x: right, y: place.y + 24, size: 12.5, anchor: .end)
        }
        let note = parameters > 0 ? grouped(parameters) : isOutput ? "output" : layer.calls.isEmpty ? "input" : ""
        if !note.isEmpty { drawing.text(note, x: right, y: place.y + 44, size: 12, anchor: .end, .faint) }
    }

    /// Layers of one kind have one colour.
    private static func ink(_ className: String, hasWeights: Bool) -> Ink {
        if className.contains("Pool") || className.contains("UpSampling") { return .orange }
        if className.contains("Normalization") { return .purple }
        if className.contains("Conv") { return .blue }
        return hasWeights ? .green : .faint
    }

    private static func cut(_ text: String, _ length: Int) -> String {
        text.count <= length ? text : text.prefix(length - 1) + "…"
    }

    private static func grouped(_ count: Int) -> String {
        var parts: [Substring] = []
        var digits = Substring(String(count))
        while digits.count > 3 {
            parts.insert(digits.suffix(3), at: 0)
            digits = digits.dropLast(3)
        }
        return ([digits] + parts).joined(separator: ",")
    }
}
