/// The calls of a model's layers in an order in which each finds its inputs ready, found in one pass over the graph.
///
/// It is the order in which calls are taken by going over the layers again and again, each time taking all that are
/// ready: as far as possible the order of the layers.
struct CallOrder {
    private(set) var calls: [(layer: Int, call: Int)] = []
    /// A call whose inputs are never ready: it stands in or behind a cycle, or reads from a call that does not exist.
    private(set) var waiting: (layer: Int, call: Int)?

    init(_ model: Model) {
        // Each call has a number: its place in the order of layers.
        var starts: [Int] = []
        var all: [(layer: Int, call: Int)] = []
        for layer in model.layers.indices {
            starts.append(all.count)
            for call in 0..<max(1, model.layers[layer].calls.count) { all.append((layer, call)) }
        }
        starts.append(all.count)

        var readers = [[Int]](repeating: [], count: all.count)
        var missing = [Int](repeating: 0, count: all.count)
        for (number, entry) in all.enumerated() {
            guard !model.layers[entry.layer].calls.isEmpty else { continue }
            for source in model.layers[entry.layer].calls[entry.call] {
                missing[number] += 1
                guard model.layers.indices.contains(source.layer), source.call >= 0,
                    starts[source.layer] + source.call < starts[source.layer + 1]
                else { continue }
                readers[starts[source.layer] + source.call].append(number)
            }
        }

        // In which pass over the layers a call is taken: the inputs' latest, or the next where that stands behind it.
        var passes = [Int](repeating: 0, count: all.count)
        var ready = all.indices.filter { missing[$0] == 0 }
        var taken = 0
        while taken < ready.count {
            let number = ready[taken]
            taken += 1
            for reader in readers[number] {
                passes[reader] = max(passes[reader], passes[number] + (number > reader ? 1 : 0))
                missing[reader] -= 1
                if missing[reader] == 0 { ready.append(reader) }
            }
        }
        waiting = all.indices.first { missing[$0] > 0 }.map { all[$0] }
        var byPass = [[Int]](repeating: [], count: (passes.max() ?? 0) + 1)
        for number in all.indices where missing[number] == 0 { byPass[passes[number]].append(number) }
        calls = byPass.joined().map { all[$0] }
    }
}
