import HDF5
import Testing

extension HDF5Tests {
    @Suite struct GroupTests {
        @Test func createsTheGroupsOnTheWay() throws {
            let file = try reopened { root in
                try root.createGroup("a/b/c")
                try root.createGroup("a/b/d")
                try root.createDataset("a/x/y:0", shape: [1], values: [1] as [Float])
                let again = try root.requireGroup("a/b")
                try again.createGroup("e")
                try root.requireGroup("f/g").attributes.write("n", value: 1)
            }
            #expect(try file.root.names() == ["a", "f"])
            #expect(try file.root.group("a").names() == ["b", "x"])
            #expect(try file.root.group("a/b").names() == ["c", "d", "e"])
            #expect(try file.root.group("a").group("x").dataset("y:0").place.object == "/a/x/y:0")
            #expect(try file.root.group("f/g").attributes.value("n") == 1)
        }

        @Test func listsNamesByTheirBytes() throws {
            let file = try reopened { root in
                for name in ["10", "9", "1", "ä", "Z", "a b", "0"] { try root.createGroup(name) }
            }
            #expect(try file.root.names() == ["0", "1", "10", "9", "Z", "a b", "ä"])
        }

        @Test func listsMoreNamesThanOneNodeHolds() throws {
            let names = (0..<1000).map { "layer_\($0)" }
            let file = try reopened { root in for name in names { try root.createGroup(name) } }
            #expect(try file.root.names() == names.sorted())
        }

        @Test(arguments: [
            ("real", Group.Entry.group), ("real/data", .dataset), ("hard", .group), ("hard/data", .dataset),
            ("soft", .softLink), ("dangling", .softLink), ("external", .externalLink), ("nothing", nil),
            ("nothing/below", nil), ("real/nothing", nil),
        ])
        func tellsWhatIsThere(path: String, expected: Group.Entry?) throws {
            let file = try File(path: fixture("links.h5"), check: .none)
            #expect(try file.root.entry(path) == expected)
        }

        @Test func tellsNamedTypes() throws {
            let file = try File(path: fixture("types.h5"))
            #expect(try file.root.entry("named type") == .datatype)
            #expect(
                message { _ = try file.root.group("named type") }
                    == "types.h5:/named type — expected a group, found a datatype")
        }

        @Test func followsHardLinksOnly() throws {
            let file = try File(path: fixture("links.h5"), check: .none)
            let itself = try file.root.group("hard/itself")
            #expect(try itself.dataset("data").read() == [1, 2] as [Float])
            #expect(try file.root.dataset("hard/data").read() == [1, 2] as [Float])
            let never = "which is never followed; only hard links are"
            #expect(message { _ = try file.root.group("soft") } == "links.h5:/soft — is a soft link, \(never)")
            #expect(message { _ = try file.root.dataset("soft/data") } == "links.h5:/soft — is a soft link, \(never)")
            #expect(message { _ = try file.root.entry("soft/data") } == "links.h5:/soft — is a soft link, \(never)")
            #expect(message { _ = try file.root.group("dangling") } == "links.h5:/dangling — is a soft link, \(never)")
            #expect(
                message { _ = try file.root.group("external") } == "links.h5:/external — is an external link, \(never)")
        }

        @Test func walksEverythingAndEndsInCycles() throws {
            let file = try reopened { root in
                try root.createDataset("b/x", shape: [1], values: [1] as [Float])
                try root.createGroup("a")
            }
            #expect(
                try file.root.descendants() == [
                    .init(path: "a", entry: .group), .init(path: "b", entry: .group),
                    .init(path: "b/x", entry: .dataset),
                ])
            let cyclic = try File(path: fixture("links.h5"), check: .none)
            #expect(message { _ = try cyclic.root.descendants() }.hasSuffix("depth 65 exceeds the limit maxDepth = 64"))
            var limits = Limits()
            limits.maxObjects = 20
            let limited = try File(path: fixture("latest.h5"), limits: limits, check: .none)
            #expect(
                message { _ = try limited.root.descendants() }
                    == "latest.h5:/group — more than 20 objects exceeds the limit maxObjects = 20")
        }

        // MARK: Errors

        @Test func namesWhatIsThereWhenAnObjectIsMissing() throws {
            let file = try reopened { root in
                for name in ["a", "b"] { try root.createGroup("few/\(name)") }
                for name in 0..<10 { try root.createGroup("many/\(name)") }
            }
            #expect(
                message { _ = try file.root.dataset("few/c") }
                    == "t.h5:/few/c — there is no such dataset; present: a, b")
            #expect(
                message { _ = try file.root.group("many/x/y") }
                    == "t.h5:/many/x — there is no such group; present: 0, 1, 2, 3, 4, 5, 6, 7, … (10 in all)")
            #expect(
                message { _ = try file.root.group("few/a/b") }
                    == "t.h5:/few/a/b — there is no such group; there are none")
        }

        @Test func namesTheKindThatWasNotExpected() throws {
            let file = try File(path: fixture("links.h5"), check: .none)
            #expect(
                message { _ = try file.root.group("real/data") }
                    == "links.h5:/real/data — expected a group, found a dataset")
            #expect(
                message { _ = try file.root.dataset("real") } == "links.h5:/real — expected a dataset, found a group")
            #expect(
                message { _ = try file.root.dataset("real/data/x") }
                    == "links.h5:/real/data — expected a group, found a dataset")
        }

        @Test(arguments: [
            ("", "t.h5:/ — is not a usable name: it has an empty component"),
            ("/a", "t.h5://a — is not a usable name: it has an empty component"),
            ("a/", "t.h5:/a/ — is not a usable name: it has an empty component"),
            ("a//b", "t.h5:/a//b — is not a usable name: it has an empty component"),
            ("./a", "t.h5:/./a — is not a usable name: it has the component \".\""),
            ("a/../b", "t.h5:/a/../b — is not a usable name: it has the component \"..\""),
            ("a\0b", "t.h5:/a\0b — is not a usable name: it has a zero character"),
        ])
        func refusesPathsThatNameNothing(path: String, expected: String) throws {
            let draft = try FileDraft(named: "t.h5")
            try draft.root.createGroup("a")
            #expect(message { _ = try draft.root.group(path) } == expected)
            #expect(message { _ = try draft.root.entry(path) } == expected)
            #expect(message { try draft.root.createGroup(path) } == expected)
            #expect(message { try draft.root.createDataset(path, shape: [], datatype: .float32) } == expected)
        }

        @Test func refusesPathsThatAreTooDeep() throws {
            let draft = try FileDraft(named: "t.h5")
            let path = (0..<65).map(String.init).joined(separator: "/")
            #expect(message { try draft.root.createGroup(path) } == "t.h5:/ — depth 65 exceeds the limit maxDepth = 64")
        }

        @Test func neverReplacesWhatIsThere() throws {
            let draft = try FileDraft(named: "t.h5")
            try draft.root.createDataset("a/x", shape: [1], values: [1] as [Float])
            #expect(message { try draft.root.createGroup("a") } == "t.h5:/a — exists already")
            #expect(message { try draft.root.createGroup("a/x") } == "t.h5:/a/x — exists already")
            #expect(
                message { try draft.root.createDataset("a/x", shape: [], datatype: .float32) }
                    == "t.h5:/a/x — exists already")
            #expect(
                message { try draft.root.createGroup("a/x/y") } == "t.h5:/a/x — expected a group, found a dataset")
            #expect(
                message { _ = try draft.root.requireGroup("a/x") } == "t.h5:/a/x — expected a group, found a dataset")
        }

        @Test func filesOpenForReadingAreNotChanged() throws {
            let file = try File(path: fixture("links.h5"), check: .none)
            #expect(
                message { try file.root.createGroup("new") }
                    == "links.h5:/new — cannot create the group: unable to create group: no write intent on file")
        }
    }
}
