import HDF5
import Testing

extension HDF5Tests {
    @Suite struct LibraryTests {
        @Test func countsWhatIsOpen() throws {
            #expect(openObjectCount == 0)
            let file = try File(path: fixture("links.h5"), check: .none)
            #expect(openObjectCount == 2, "the file and its root")
            let group = try file.root.group("real")
            #expect(openObjectCount == 3)
            #expect(try group.names() == ["data", "itself"])
        }

        @Test func failuresLeaveNothingOpen() throws {
            let before = openObjectCount
            for path in ["types.h5", "links.h5", "storage.h5"] {
                let file = try File(path: fixture(path), check: .none)
                for name in try file.root.names() {
                    _ = message { _ = try file.root.dataset(name).read(as: Float.self) }
                    _ = message { _ = try file.root.group(name).attributes.strings("missing") }
                }
            }
            #expect(openObjectCount == before)
        }

        @Test func manyThreadsReadAndWriteAtOnce() async throws {
            try await withThrowingTaskGroup(of: Float.self) { group in
                for task in 0..<8 {
                    group.addTask {
                        var sum: Float = 0
                        for round in 0..<50 {
                            let file = try reopened(named: "task-\(task).h5") { root in
                                try root.createDataset("a/b", shape: [3], values: [Float(task), Float(round), 1])
                                try root.attributes.write("s", strings: ["\(task)", "\(round)"])
                            }
                            sum += try file.root.dataset("a/b").read(as: Float.self).reduce(0, +)
                            let strings = try file.root.attributes.strings("s")
                            guard strings == ["\(task)", "\(round)"] else { throw WrongStrings(found: strings) }
                            let shared = try File(path: fixture("types.h5"))
                            sum += try shared.root.dataset("numbers/f2-big").read(as: Float.self).reduce(0, +)
                            // An error on one thread is its own, and silent.
                            let missing = message { _ = try shared.root.group("nothing-\(task)") }
                            guard missing.contains("nothing-\(task)") else { throw WrongStrings(found: [missing]) }
                        }
                        return sum
                    }
                }
                let total = try await group.reduce(0, +)
                #expect(total == 50 * Float((0..<8).reduce(0, +)) + 8 * 1225 + 400 + 400 * 15)
            }
        }
    }
}

private struct WrongStrings: Error { let found: [String] }
