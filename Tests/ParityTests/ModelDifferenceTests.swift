import Foundation
import Networks
import Parity
import Tensors
import Testing

@Suite struct ModelDifferenceTests {
    private func model(_ change: (inout [(name: String, layer: any Layer)]) -> Void = { _ in }) throws -> Model {
        var layers: [(name: String, layer: any Layer)] = [
            ("conv", Conv2D(filters: 4, kernelSize: [3, 3])), ("norm", BatchNormalization()), ("flatten", Flatten()),
            ("dense", Dense(units: 3)),
        ]
        change(&layers)
        return try Model.sequential(inputShape: [6, 6, 1], layers, seed: 1)
    }

    @Test func aModelEqualsItself() throws {
        let difference = try ModelDifference(a: model(), b: model(), names: ("a.keras", "b.h5"))
        #expect(difference.isEqual && difference.exitStatus == 0)
        #expect(difference.weights.count == 8)
        #expect(
            difference.text() == """
                equal  a.keras | b.h5
                  structure  5 layers, equal
                  weights    8 tensors, 251 numbers: 8 the same

                """)
    }

    @Test func namesTheWeightThatDiffers() throws {
        let a = try model()
        var b = a
        b.layers[1].weights[0][5] += 0.25
        let difference = ModelDifference(a: a, b: b)
        #expect(!difference.isEqual && difference.exitStatus == 2 && difference.structure.isEmpty)
        let differing = difference.weights.filter { !$0.comparison.isEqual }
        #expect(differing.map(\.name) == ["conv/kernel"])
        #expect(differing.first?.comparison.first?.index == [0, 1, 0, 1])
        #expect((differing.first?.cosine ?? 1) < 1)
        #expect(ModelDifference(a: a, b: b, tolerance: Tolerance(absolute: 0.5, relative: 0)).isEqual)
        #expect(ModelDifference(a: a, b: b, comparesWeights: false).isEqual)
    }

    @Test(arguments: [
        (
            Change { $0[3].layer = Dense(units: 3, useBias: false) },
            ["layer \"dense\": option \"use_bias\" true | false", "layer \"dense\": weight \"bias\" [3] | —"]
        ),
        (
            Change { $0[1].layer = BatchNormalization(epsilon: 1e-5) },
            ["layer \"norm\": option \"epsilon\" 0.001 | 1e-05"]
        ),
        (Change { $0[3].name = "logits" }, ["layer \"dense\": called \"logits\" in the second"]),
        (
            Change { $0.insert(("drop", Dropout(rate: 0.5)), at: 3) },
            ["layer \"drop\": only in the second (Dropout)", "layer \"dense\": connections flatten | drop"]
        ),
        (
            Change { $0.remove(at: 1) },
            ["layer \"norm\": only in the first (BatchNormalization)", "layer \"flatten\": connections norm | conv"]
        ),
        (Change { $0[1] = ("norm", ReLU()) }, ["layer \"norm\": class BatchNormalization | ReLU"]),
    ])
    func namesWhatDiffersInStructure(_ change: Change, _ expected: [String]) throws {
        let difference = try ModelDifference(a: model(), b: model(change.apply), comparesWeights: false)
        let found = difference.structure.map(\.description)
        for sentence in expected { #expect(found.contains(sentence), "\(found)") }
        #expect(difference.exitStatus == 2)
    }

    @Test func theJSONTellsTheDifference() throws {
        let a = try model()
        var b = a
        b.layers[1].weights[1][0] = .nan
        b.layers[4].isTrainable = false
        let text = ModelDifference(a: a, b: b, names: ("a", "b")).json()
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["schema"] as? String == "keras-bridge/diff/1" && object["equal"] as? Bool == false)
        #expect((object["structure"] as? [[String: Any]])?.first?["kind"] as? String == "trainable")
        #expect((object["weights"] as? [[String: Any]])?[1]["equal"] as? Bool == false)
    }

    struct Change: Sendable {
        var apply: @Sendable (inout [(name: String, layer: any Layer)]) -> Void

        init(_ apply: @escaping @Sendable (inout [(name: String, layer: any Layer)]) -> Void) { self.apply = apply }
    }
}
