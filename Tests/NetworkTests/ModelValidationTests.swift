import Networks
import Tensors
import Testing

@Suite struct ModelValidationTests {
    private func model() throws -> Model {
        try Model.sequential(
            inputShape: [6], [("dense", Dense(units: 4)), ("drop", Dropout(rate: 0.5)), ("out", Dense(units: 2))])
    }

    @Test func passesWhatCanBeReadBack() throws {
        try model().validate()
        var bare = try model()
        for layer in bare.layers.indices { bare.layers[layer].weights = [] }
        try bare.validate()
    }

    @Test func refusesNamesThatFilesCannotTellApart() throws {
        var twice = try model()
        twice.layers[3].name = "dense"
        #expect(throws: ModelError.name("dense")) { try twice.validate() }
        twice.layers[3].name = ""
        #expect(throws: ModelError.name("")) { try twice.validate() }
    }

    @Test func refusesGraphsWithPlacesThatAreNotThere() throws {
        var other = try model()
        other.outputs = []
        #expect(throws: ModelError.noOutputs) { try other.validate() }
        other.outputs = [Source(layer: 3, call: 1)]
        #expect(throws: ModelError.source(reader: "the model", Source(layer: 3, call: 1))) { try other.validate() }
        other.outputs = [Source(layer: 3, output: 1)]
        #expect(throws: ModelError.self) { try other.validate() }
        other = try model()
        other.inputs = [0, 0]
        #expect(throws: ModelError.input(0)) { try other.validate() }
        other.inputs = [1]
        #expect(throws: ModelError.input(1)) { try other.validate() }
    }

    @Test func refusesShapesThatDoNotFit() throws {
        var other = try model()
        other.layers[1].weights[0] = Tensor([5, 4])
        #expect(throws: ModelError.self) { try other.validate() }
        other = try model()
        other.layers[1].layer = Dense(units: 5)
        #expect(throws: ModelError.self) { try other.validate() }
    }

    @Test func refusesOptionsThatNoFileMayHold() throws {
        var other = try model()
        other.layers[2].layer = Dropout(rate: 2)
        #expect(throws: ModelError.self) { try other.validate() }
    }
}
