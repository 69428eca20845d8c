import ArgumentParser
import Datasets
import KerasBridge

/// What every command says about --data.
let dataHelp: ArgumentHelp =
    "embedded, mnist, fashion-mnist, a folder of IDX files (gzip or not), or x.npy:y.npy[:weights.npy]."

extension PixelScale: ExpressibleByArgument {}

/// How data are prepared.
struct ScaleOptions: ParsableArguments {
    @Option(help: "unit scales bytes from 0…255 to 0…1, none leaves them as they are.")
    var scale = PixelScale.unit

    /// Finds and reads a data set, and shows how a download goes.
    func load(_ text: String) throws(DatasetError) -> LoadedDataset {
        let spec = try DatasetSpec(text)
        let terminal = Terminal.stderr
        defer { if terminal.isInteractive { try? Console.write("\r\u{1B}[K", to: terminal.descriptor) } }
        return try DatasetFinder().load(spec, scale: scale) { progress in
            guard terminal.isInteractive else { return }
            let line = "\(progress.file)  \(progress.received.readableBytes) of \(progress.total.readableBytes)"
            try? Console.write("\r\(line.prefix(max(0, terminal.width - 1)))\u{1B}[K", to: terminal.descriptor)
        }
    }
}
