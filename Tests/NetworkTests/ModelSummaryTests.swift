import Networks
import Tensors
import Testing

@Suite struct ModelSummaryTests {
    func classic() throws -> Model {
        try .sequential(
            name: "mnist", inputShape: [28, 28, 1],
            [
                ("conv2d", Conv2D(filters: 32, kernelSize: [3, 3], activation: .relu)),
                ("max_pooling2d", MaxPooling2D()),
                ("flatten", Flatten()), ("batch_normalization", BatchNormalization()),
                ("dense", Dense(units: 10, activation: .softmax)),
            ])
    }

    @Test func countsWhatKerasCounts() throws {
        let summary = try classic().summary()
        #expect(summary.rows.map(\.name) == ["conv2d", "max_pooling2d", "flatten", "batch_normalization", "dense"])
        #expect(summary.rows.map(\.parameters) == [320, 0, 0, 21632, 54090])
        #expect(summary.rows.first?.outputShapes == [[-1, 26, 26, 32]])
        #expect(summary.trainableParameters == 320 + 10816 + 54090)
        #expect(summary.nonTrainableParameters == 10816)
        #expect(summary.bytes == 4 * 76042)
        #expect(summary.rows.first?.multiplyAdds == 26 * 26 * 288)
        #expect(summary.multiplyAdds == 26 * 26 * 288 + 54080)
        #expect(summary.isChain)
    }

    @Test func aFrozenLayerIsNotTrainable() throws {
        var model = try classic()
        model.layers[1].isTrainable = false
        #expect(try model.summary().trainableParameters == 10816 + 54090)
    }

    @Test func printsKerasTable() throws {
        #expect(
            try classic().summary().text() == """
                Model: "mnist"
                ┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━┓
                ┃ Layer (type)                             ┃ Output Shape       ┃ Param # ┃
                ┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━┩
                │ conv2d (Conv2D)                          │ (None, 26, 26, 32) │     320 │
                ├──────────────────────────────────────────┼────────────────────┼─────────┤
                │ max_pooling2d (MaxPooling2D)             │ (None, 13, 13, 32) │       0 │
                ├──────────────────────────────────────────┼────────────────────┼─────────┤
                │ flatten (Flatten)                        │ (None, 5408)       │       0 │
                ├──────────────────────────────────────────┼────────────────────┼─────────┤
                │ batch_normalization (BatchNormalization) │ (None, 5408)       │  21,632 │
                ├──────────────────────────────────────────┼────────────────────┼─────────┤
                │ dense (Dense)                            │ (None, 10)         │  54,090 │
                └──────────────────────────────────────────┴────────────────────┴─────────┘
                 Total params: 76,042 (297.04 KB)
                 Trainable params: 65,226 (254.79 KB)
                 Non-trainable params: 10,816 (42.25 KB)
                 Multiply-adds for one sample: 248,768
                """)
    }

    @Test(arguments: [40, 50, 60])
    func keepsToTheWidth(_ width: Int) throws {
        let table = try classic().summary().text(width: width).split(separator: "\n").filter {
            "┏┃┡│├└".contains($0.first ?? " ")
        }
        #expect(Set(table.map(\.count)).count == 1)
        #expect(table.allSatisfy { $0.count <= width })
        #expect(table.map { String($0) }.joined().contains("batch_"))
    }

    @Test func showsConnectionsWhereTheyTellSomething() throws {
        var model = try classic()
        model.form = .functional
        model.layers[5].calls = [[Source(layer: 3)]]
        try model.build()
        let summary = try model.summary()
        #expect(!summary.isChain)
        #expect(summary.rows.last?.connectedTo == ["flatten[0][0]"])
        #expect(summary.text(width: 120).contains("Connected to"))
    }
}
