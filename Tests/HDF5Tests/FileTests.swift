import HDF5
import Testing

@Suite(.serialized) struct FileTests {
    @Test func whatIsWrittenIsReadBack() throws {
        let draft = try FileDraft(named: "t.h5")
        try draft.root.attributes.write("config", string: "{\"a\": 1}")
        let group = try draft.root.createGroup("layers/conv")
        try group.attributes.write("names", strings: ["kernel:0", "bias:0"])
        try group.attributes.write("none", strings: [])
        try group.createDataset("x/kernel:0", shape: [2, 3], values: [1, 2, 3, 4, 5, 6] as [Float])
        let bytes = try draft.bytes()

        let file = try File(bytes: bytes, named: "t.h5")
        #expect(try file.root.names() == ["layers"])
        #expect(try file.root.attributes.string("config") == "{\"a\": 1}")
        let read = try file.root.group("layers/conv")
        #expect(try read.attributes.names() == ["names", "none"])
        #expect(try read.attributes.strings("names") == ["kernel:0", "bias:0"])
        #expect(try read.attributes.strings("none") == [])
        let dataset = try read.dataset("x/kernel:0")
        #expect(dataset.shape == [2, 3])
        #expect(dataset.datatype == .float32)
        #expect(try dataset.read() == [1, 2, 3, 4, 5, 6] as [Float])
    }
}
