import Testing

@Suite struct RootCommandTests {
    @Test func listsItsCommandsWithoutArguments() throws {
        let command = try Command.run(in: Folder())
        #expect(command.status == 0)
        #expect(command.stderr.isEmpty)
        #expect(command.stdout.contains("Exit status: 0 done"))
    }

    @Test(arguments: [["nonsense"], ["--nonsense"]])
    func refusesWhatItDoesNotKnow(_ arguments: [String]) throws {
        let command = try Command.run(arguments, in: Folder())
        #expect(command.status == 64)
        #expect(command.stdout.isEmpty)
        #expect(command.stderr.hasPrefix("keras-bridge: error: "))
        #expect(command.stderr.contains("nonsense"))
    }

    @Test func saysItsVersion() throws {
        let command = try Command.run("--version", in: Folder())
        #expect(command.status == 0)
        #expect(command.stdout.split(separator: ".").count == 3)
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completesInShells(_ shell: String) throws {
        let command = try Command.run("--generate-completion-script", shell, in: Folder())
        #expect(command.status == 0)
        #expect(command.stdout.contains("keras-bridge"))
    }
}
