import Foundation
import KerasBridge
import TestSupport
import Testing

/// The README's lines of library use, compiled and run.
@Suite struct ReadmeTests {
    @Test func itsLinesRun() throws {
        let folder = try ScratchFolder()
        let (model, better) = (folder.path("digits.keras"), folder.path("better.keras"))
        let untrained = Trainer(try classicNet(), optimizer: Adam(), loss: CategoricalCrossentropy())
        try KerasFile(untrained).write(to: model, format: .archive)

        // README begin
        let file = try KerasFile.read("digits.keras".in(folder))  // what a file is, its content decides
        let digits = Tensor([1, 28, 28, 1], repeating: 0.5)
        let probabilities = try Session(file.model).predict([digits])[0]

        var trainer = Trainer(file.model, optimizer: Adam(), loss: CategoricalCrossentropy())
        let data = try Dataset(Samples(digits), oneHot([3], classes: 10))
        _ = try trainer.fit(data, epochs: 1)
        try KerasFile(trainer).write(to: "better.keras".in(folder), format: .archive, dialect: .keras3)
        // README end

        #expect(abs(probabilities.elements.reduce(0, +) - 1) < 1e-5)
        #expect(try KerasFile.read(better).optimizer?.iterations == 1)
    }

    @Test func theyAreTheREADMEs() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let block = try #require(readme.components(separatedBy: "```swift\nimport KerasBridge\n\n").dropFirst().first)
        let lines = try #require(block.components(separatedBy: "```").first).split(separator: "\n").map(String.init)
        let begun = try #require(source.components(separatedBy: "// README " + "begin\n").dropFirst().first)
        let mine = try #require(begun.components(separatedBy: "// README " + "end").first)
            .replacing(".in(folder)", with: "").split(separator: "\n")
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        #expect(lines == mine)
    }
}

extension String {
    /// This file in a folder.
    fileprivate func `in`(_ folder: ScratchFolder) -> String { folder.path(self) }
}
