import CFuzzer
import Foundation

// fuzz TARGET [libFuzzer's arguments]       guided by coverage
// fuzz targets                              their names
// fuzz seeds TARGET                         the files in this folder's package that it begins with
// fuzz mutants TARGET COUNT SEED FILE…      COUNT damaged copies of the files, read one after another

nonisolated(unsafe) var chosen = Target.hdf5

func complainAndExit() -> Never {
    let names = Target.allCases.map(\.rawValue).joined(separator: "|")
    let usage = "usage: fuzz \(names) [ARGUMENT…] | fuzz targets | fuzz seeds TARGET | fuzz mutants TARGET COUNT SEED FILE…\n"
    FileHandle.standardError.write(Data(usage.utf8))
    exit(64)
}

/// Reads damaged copies; a crash ends the process, and an alarm what takes ten seconds.
func readMutants(_ arguments: [String]) {
    guard arguments.count >= 4, let target = Target(rawValue: arguments[0]), let count = Int(arguments[1]),
        let seed = UInt64(arguments[2])
    else { complainAndExit() }
    let seeds = arguments[3...].compactMap { FileManager.default.contents(atPath: $0).map { [UInt8]($0) } }
    guard seeds.count == arguments.count - 3 else { complainAndExit() }
    var mutants = Mutants(seed: seed)
    var slowest = Duration.zero
    for number in 0..<count {
        let whole = seeds[number % seeds.count]
        let mutant = mutants.mutant(of: whole, front: number % 5 == 0 ? whole.count : 12_000)
        alarm(10)
        slowest = max(slowest, ContinuousClock().measure { target.run(mutant) })
        alarm(0)
    }
    var usage = rusage()
    #if canImport(Glibc)
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    #else
        getrusage(RUSAGE_SELF, &usage)
    #endif
    print(
        "\(target.rawValue): \(count) mutants of \(seeds.count) files, 0 crashes, 0 hangs, slowest \(slowest), "
            + "peak memory \(usage.ru_maxrss / 1024) MiB")
}

var arguments = CommandLine.arguments
guard arguments.count > 1 else { complainAndExit() }
switch arguments[1] {
case "mutants": readMutants(Array(arguments.dropFirst(2)))
case "targets": print(Target.allCases.map(\.rawValue).joined(separator: "\n"))
case "seeds":
    guard arguments.count == 3, let target = Target(rawValue: arguments[2]) else { complainAndExit() }
    print(target.seeds(in: ".").joined(separator: "\n"))
default:
    guard let target = Target(rawValue: arguments.remove(at: 1)) else { complainAndExit() }
    chosen = target
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var count = Int32(arguments.count)
    let status = words.withUnsafeMutableBufferPointer { words in
        var start = words.baseAddress
        return LLVMFuzzerRunDriver(&count, &start) { bytes, count in
            chosen.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
            return 0
        }
    }
    exit(status)
}
