import HDF5
import KerasFiles
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Times how files are loaded, and what the look before libhdf5 costs of it; runs only where `KERAS_BRIDGE_BENCH_FILES`
/// names files, with a colon between them.
///
/// `KERAS_BRIDGE_BENCH_FILES=a.h5:b.keras swift test -c release --filter LoadingBenchmarks`
@Suite(.serialized, .enabled(if: getenv("KERAS_BRIDGE_BENCH_FILES") != nil, "KERAS_BRIDGE_BENCH_FILES is not set"))
struct LoadingBenchmarks {
    private static let files =
        getenv("KERAS_BRIDGE_BENCH_FILES").map { String(cString: $0).split(separator: ":").map(String.init) } ?? []

    private func milliseconds(_ runs: Int, _ body: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        var best = Duration.seconds(3600)
        for _ in 0..<runs { best = min(best, try clock.measure(body)) }
        return best / .milliseconds(1)
    }

    @Test(arguments: files)
    func loads(_ path: String) throws {
        func load(mapped: Bool) throws -> Double {
            var limits = ReadingLimits()
            limits.mapsWeights = mapped
            return try milliseconds(8) { _ = try KerasFile.read(path, limits: limits) }
        }
        let (mapped, read) = (try load(mapped: true), try load(mapped: false))
        print("\(path): \(mapped) ms mapped, \(read) ms read")
        guard (try? File(path: path)) != nil else { return }
        let checked = try milliseconds(40) { _ = try File(path: path) }
        let unchecked = try milliseconds(40) { _ = try File(path: path, check: .none) }
        let look = checked - unchecked
        print(
            "  the look before libhdf5 \(look) ms: \(100 * look / mapped) % of mapped, \(100 * look / read) % of read")
    }
}
