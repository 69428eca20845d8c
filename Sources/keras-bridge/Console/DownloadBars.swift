import Datasets
import Synchronization

/// Shows how downloads go: a bar on a terminal, and everywhere a line for each file.
final class DownloadBars: Sendable {
    private let state = Mutex<(file: String, bar: ProgressBar)?>(nil)

    func show(_ progress: DownloadProgress) {
        state.withLock { state in
            if state?.file != progress.file {
                state?.bar.clear()
                Console.note("downloading \(progress.url) (\(progress.total.readableBytes))")
                state = (progress.file, ProgressBar(progress.file, of: progress.total, unit: .bytes))
            }
            state?.bar.show(progress.received)
        }
    }

    func clear() { state.withLock { $0?.bar.clear() } }
}
