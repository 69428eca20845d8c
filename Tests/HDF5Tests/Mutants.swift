import HDF5

/// Damages files in the ways that disks, networks and attackers do.
///
/// The same seed gives the same damage.
struct Mutants {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    private mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }

    /// A copy of `bytes` with one to three pieces of damage, most of them in the first `front` bytes.
    mutating func mutant(of bytes: [UInt8], front: Int) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(3) {
            if bytes.count < 16 { return bytes }
            let place = below(5) == 0 ? below(bytes.count) : below(min(front, bytes.count))
            switch below(7) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 1: bytes[place] ^= 1 << below(8)
            case 2, 3: write(interesting(bytes.count), width: 1 << below(4), at: place, into: &bytes)
            case 4: write(interesting(bytes.count), width: 8, at: place / 8 * 8, into: &bytes)
            case 5:
                let source = below(bytes.count)
                for offset in 0..<min(1 << below(9), bytes.count - max(source, place)) {
                    bytes[place + offset] = bytes[source + offset]
                }
            default: if below(4) == 0 { bytes.removeLast(below(bytes.count)) } else { bytes[place] = bytes[place] &+ 1 }
            }
        }
        return bytes
    }

    private mutating func interesting(_ size: Int) -> UInt64 {
        switch below(8) {
        case 0: 0
        case 1: .max
        case 2: 1 << UInt64(below(64))
        case 3: UInt64(below(size))
        case 4: UInt64(below(size)) / 8 * 8
        case 5: UInt64(bitPattern: -Int64(below(64)))
        case 6: UInt64(below(256))
        default: next()
        }
    }

    private func write(_ value: UInt64, width: Int, at place: Int, into bytes: inout [UInt8]) {
        for offset in 0..<min(width, bytes.count - place) {
            bytes[place + offset] = UInt8(truncatingIfNeeded: value >> UInt64(8 * offset))
        }
    }
}

/// Reads all of a file, as far as it can be read.
///
/// - Returns: the number of objects and attributes, or nil if the file could not be opened.
func readEverything(_ bytes: [UInt8], limits: Limits = Limits()) -> Int? {
    guard let file = try? File(bytes: bytes, named: "mutant.h5", limits: limits) else { return nil }  // what is tested
    var count = 0
    readAttributes(file.root.attributes, &count)
    for object in (try? file.root.descendants()) ?? [] {
        count += 1
        if object.entry == .group, let group = try? file.root.group(object.path) {
            readAttributes(group.attributes, &count)
        }
        if object.entry == .dataset, let dataset = try? file.root.dataset(object.path) {
            readAttributes(dataset.attributes, &count)
            _ = try? dataset.read(as: Float.self)
            _ = try? dataset.readStrings()
            _ = try? dataset.readBytes()
        }
    }
    return count
}

private func readAttributes(_ attributes: borrowing Attributes, _ count: inout Int) {
    for name in (try? attributes.names()) ?? [] {
        count += 1
        _ = try? attributes.strings(name)
        _ = try? attributes.values(name, as: Double.self)
    }
}
