import ArgumentParser
import Datasets
import KerasBridge

/// What every command says about --data.
let dataHelp = ArgumentHelp(
    "embedded, mnist, fashion-mnist, a folder of IDX files (gzip or not) or of images (class_name/*.png|jpg, "
        + "perhaps in train/ and test/; resized to the model's input), or x.npy:y.npy[:weights.npy].")

extension PixelScale: ExpressibleByArgument {}

/// How data are prepared.
struct ScaleOptions: ParsableArguments {
    @Option(help: "unit scales bytes from 0…255 to 0…1, none leaves them as they are.")
    var scale = PixelScale.unit

    /// Finds and reads a data set, and shows how a download goes.
    ///
    /// - Parameter model: what takes the samples; images of a folder are resized for it.
    func load(_ text: String, for model: Model) throws(DatasetError) -> LoadedDataset {
        let shape = model.inputs.first.flatMap { (model.layers[$0].layer as? InputLayer)?.batchShape.sample }
        let bars = DownloadBars()
        let loaded = try DatasetFinder().load(DatasetSpec(text), scale: scale, imageShape: shape) { bars.show($0) }
        bars.clear()
        if let names = loaded.classNames {
            let list = names.sorted { $0.key < $1.key }.map {
                "\($0.key)" == $0.value ? $0.value : "\($0.key) \($0.value)"
            }
            let rest = list.count > 20 ? ", … (\(list.count))" : ""
            Console.note("\(text): classes \(list.prefix(20).joined(separator: ", "))\(rest)")
        }
        if case .images(let train, let test) = loaded.files {
            let others = (train?.otherFiles ?? 0) + (test?.otherFiles ?? 0)
            if others > 0 { Console.warn("\(text) — \(others) files that are no .png, .jpg or .jpeg are passed over") }
        }
        return loaded
    }
}
