import Foundation
import ModelFuzzing

// fuzz-models portion FIRST COUNT NOTE   makes the models of these seeds and runs them, a line for each
// fuzz-models cases NOTE                 runs the cases of standard input, a line for each
// fuzz-models templates                  every layer and operation, a line for each
// fuzz-models make SEED                  the case of a seed
//
// NOTE is a file that holds, whatever happens to this process, the case that it is at.

func complainAndExit() -> Never {
    let usage = "usage: fuzz-models portion FIRST COUNT NOTE | cases NOTE | templates | make SEED\n"
    FileHandle.standardError.write(Data(usage.utf8))
    exit(64)
}

/// A file in memory that outlives its process.
struct Note {
    private static let size = 4 << 20
    private let memory: UnsafeMutableRawPointer

    init(_ path: String) {
        let file = open(path, O_RDWR | O_CREAT, 0o600)
        guard file >= 0, ftruncate(file, off_t(Self.size)) == 0,
            let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), memory != MAP_FAILED
        else { complainAndExit() }
        close(file)
        self.memory = memory
    }

    func write(_ text: String) {
        let bytes = Array(text.utf8.prefix(Self.size - 1)) + [0]
        memory.copyMemory(from: bytes, byteCount: bytes.count)
    }
}

/// Ends the process if a model takes ten seconds of computing.
func limitTime() {
    var timer = itimerval()
    timer.it_value.tv_sec = 10
    #if canImport(Glibc)
        setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
    #else
        setitimer(ITIMER_PROF, &timer, nil)
    #endif
    alarm(120)
}

let folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
let path = "\(folder)/keras-bridge-fuzz-models-\(getpid()).json"

func run(_ model: GeneratedModel, _ note: Note) {
    limitTime()
    let verdict = ModelRun(model, path: path) { note.write(model.line(stage: $0)) }.verdict()
    let classes = [verdict.forward, verdict.backward].map { $0.sorted().joined(separator: ",") }
    let what = verdict.what.replacing("\t", with: " ").replacing("\n", with: " ")
    let line = "\(model.seed)\t\(verdict.kind.rawValue)\t\(what)\t\(classes[0])\t\(classes[1])\n"
    FileHandle.standardOutput.write(Data(line.utf8))
}

let arguments = CommandLine.arguments
switch arguments.count > 1 ? arguments[1] : "" {
case "portion":
    guard arguments.count == 5, let first = UInt64(arguments[2]), let count = UInt64(arguments[3]) else {
        complainAndExit()
    }
    let note = Note(arguments[4])
    for seed in first..<(first + count) {
        limitTime()
        let model = GeneratedModel(seed: seed, path: path) { text in
            note.write(GeneratedModel(seed: seed, text: text, shapes: []).line(stage: "making"))
        }
        run(model, note)
    }
case "cases":
    guard arguments.count == 3 else { complainAndExit() }
    let note = Note(arguments[2])
    while let line = readLine() {
        guard let model = GeneratedModel(line: line) else { complainAndExit() }
        run(model, note)
    }
case "templates": for line in Template.lines() { print(line) }
case "make":
    guard arguments.count == 3, let seed = UInt64(arguments[2]) else { complainAndExit() }
    print(GeneratedModel(seed: seed, path: path) { _ in }.line(stage: "made"))
default: complainAndExit()
}
unlink(path)
