import Foundation
import HDF5
import KerasBridge
import Testing

/// Checkpoints whose numbers no run can have made.
@Suite struct HostileCheckpointTests {
    let folder: Folder

    init() throws {
        folder = try Folder()
        try Tiny.writeData(in: folder)
    }

    /// The arguments of a run that begins, or goes on from the checkpoint.
    private let arguments = [
        "train", "--architecture", "tiny.keras", "--data", "data", "--epochs", "3", "--optimizer", "adam",
        "--checkpoint",
        "c.keras", "--resume", "--early-stopping", "5", "--reduce-lr-on-plateau", "5", "-o", "o.keras", "--force",
    ]

    /// A checkpoint of a trainer that has made one step.
    private func checkpoint(_ change: (inout TrainingState) -> Void) throws {
        let model = try Tiny.model()
        try Tiny.write(model, "tiny.keras", in: folder)
        var file = KerasFile(model)
        file.training = Tiny.training(Adam(), model)
        var trainer = try #require(try file.trainer())
        change(&trainer.state)
        try file.checkpoint(of: trainer, callbacks: [], samples: 60, batchSize: 128).write(
            to: folder.path("c.keras"), format: .archive, overwriting: true)
    }

    @Test func anOrdinaryOneIsGoneOnFrom() throws {
        try checkpoint { $0.epoch = 2 }
        let run = try Command.run(arguments, in: folder)
        #expect(run.status == 0, "\(run.stderr)")
    }

    @Test(arguments: [-1, 1 << 62, Int.max])
    func anImpossibleEpochIsRefused(_ number: Int) throws {
        try checkpoint { $0.epoch = number }
        let run = try Command.run(arguments, in: folder)
        #expect(run.status == 65, "\(run.stderr)")
        #expect(run.stderr.contains("\"epoch\"") && run.stderr.contains("\(number)"), "\(run.stderr)")
    }

    @Test(arguments: [-1, 1 << 62, Int.max])
    func anImpossibleBatchIsRefused(_ number: Int) throws {
        try checkpoint { $0.batch = number }
        let run = try Command.run(arguments, in: folder)
        #expect(run.status == 65, "\(run.stderr)")
        #expect(run.stderr.contains("\"batch\"") && run.stderr.contains("\(number)"), "\(run.stderr)")
    }

    /// The state that holds it is left out, and without it nothing says where the run stood.
    @Test(arguments: [-1, 1 << 62, Int.max])
    func anImpossibleIterationIsRefused(_ number: Int) throws {
        try checkpoint { $0.optimizer.iterations = number }
        let run = try Command.run(arguments, in: folder)
        #expect(run.status == 65, "\(run.stderr)")
    }

    @Test(arguments: [2_147_483_647, 1 << 53])
    func largeNumbersThatAreCountedTrapNowhere(_ number: Int) throws {
        try checkpoint { state in
            (state.epoch, state.batch) = (0, number)
            state.optimizer.iterations = number
        }
        let run = try Command.run(arguments, in: folder)
        #expect([0, 64, 65].contains(run.status), "\(run.stderr)")
    }
}
