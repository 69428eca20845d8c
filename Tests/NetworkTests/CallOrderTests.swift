import Networks
import Tensors
import Testing

/// The order as it was first said: over the layers again and again, each time taking all that are ready.
private func plainOrder(_ model: Model) -> [Source] {
    var order: [Source] = []
    var done = Set<Source>()
    var waiting = model.layers.indices.flatMap { layer in
        (0..<max(1, model.layers[layer].calls.count)).map { Source(layer: layer, call: $0) }
    }
    while !waiting.isEmpty {
        let before = waiting.count
        waiting.removeAll { this in
            let calls = model.layers[this.layer].calls
            let isReady = (calls.isEmpty ? [] : calls[this.call])
                .allSatisfy { done.contains(Source(layer: $0.layer, call: $0.call)) }
            if isReady {
                done.insert(this)
                order.append(this)
            }
            return isReady
        }
        if waiting.count == before { break }
    }
    return order
}

@Suite struct CallOrderTests {
    /// A graph of additions whose layers stand in any order.
    private static func randomModel(_ seed: UInt64) -> Model {
        let random = Random(seed: seed)
        var drawn = 0
        func draw(_ count: Int) -> Int {
            drawn += 1
            return min(count - 1, Int(random.uniform(at: drawn) * Float(count)))
        }
        let count = 3 + draw(12)
        // Where each layer of a graph in order stands in the model.
        var places = Array(0..<count)
        for i in places.indices { places.swapAt(i, draw(count)) }
        var layers = (0..<count).map {
            ModelLayer(name: "layer_\($0)", layer: InputLayer(batchShape: [Shape.unknown, 2]))
        }
        var calls: [Source] = [Source(layer: places[0])]
        for number in 1..<count {
            layers[places[number]].layer = Add()
            for call in 0..<1 + draw(2) {
                layers[places[number]].calls.append([calls[draw(calls.count)], calls[draw(calls.count)]])
                calls.append(Source(layer: places[number], call: call))
            }
        }
        return Model(
            name: "random", form: .functional, layers: layers, inputs: [places[0]], outputs: [calls[calls.count - 1]])
    }

    @Test(arguments: 0..<200) func isThatOfGoingOverTheLayersAgainAndAgain(_ seed: Int) {
        let model = Self.randomModel(UInt64(seed))
        #expect(model.schedule.map { Source(layer: $0.layer, call: $0.call) } == plainOrder(model))
    }

    @Test func throwsForACycleAndForAPlaceThatIsNotThere() {
        var model = Self.randomModel(1)
        let last = model.outputs[0].layer
        model.layers[last].calls[0][0] = Source(layer: last)
        #expect(throws: ShapeError.self) { try model.build() }
        #expect(throws: ModelError.self) { try model.validate() }
        model.layers[last].calls[0][0] = Source(layer: 99)
        #expect(throws: ShapeError.self) { try model.build() }
        #expect(throws: ModelError.source(reader: "layer \"\(model.layers[last].name)\"", Source(layer: 99))) {
            try model.validate()
        }
    }

    /// As many steps as the graph has calls and edges, whichever way the layers stand.
    @Test func takesManyLayersInReverse() throws {
        let count = 20_000
        var layers = [ModelLayer(name: "input", layer: InputLayer(batchShape: [Shape.unknown, 2]))]
        for number in 1..<count {
            // Layer 1 comes last, and reads the one behind it.
            let source = number + 1 < count ? number + 1 : 0
            layers.append(ModelLayer(name: "layer_\(number)", layer: Identity(), calls: [[Source(layer: source)]]))
        }
        let model = Model(name: "long", form: .functional, layers: layers, inputs: [0], outputs: [Source(layer: 1)])
        #expect(model.schedule.map(\.layer) == [0] + (1..<count).reversed())
    }

    /// Cells in cells ask each level once; two to the depth would never end.
    @Test func asksNestedCellsOnce() throws {
        var cell: any RecurrentCell = LSTMCell(units: 2)
        for _ in 0..<60 { cell = StackedRNNCells([cell]) }
        let shapes = try cell.shapes(for: [3, 5])
        #expect(shapes.output == [2] && shapes.states == [[2], [2]] && shapes.weights.count == 3)
        let model = try Model.sequential(inputShape: [2, 5], [("rnn", RNN(cell))])
        let plain = try Model.sequential(inputShape: [2, 5], [("rnn", RNN(LSTMCell(units: 2)))])
        #expect(model.layers[1].weights.map(\.shape) == plain.layers[1].weights.map(\.shape))
    }
}
