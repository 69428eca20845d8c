import KerasFiles
import Networks

/// Changes options of a layer: a little beside what they were, or far beyond what they may be.
struct Mutation {
    let values: [String: [OptionValue]]
    /// How often of a hundred a number becomes an extreme one.
    var extremes: Int

    /// What numbers of files may be at worst.
    static let extremeInts = [
        -1, 0, 1, 2, 3, -2, 1 << 31 - 1, 1 << 31, 1 << 62, .max, .min, 1 << 32, 1 << 40, 65_536, -1 << 31,
    ]
    static let extremeNumbers = [
        -1, 0, 1.5, 1e300, -1e300, 1e-300, 1e38, 3.5e38, -0.5, 0.5, 1, 1e19, -0.0, 9.3e18, .infinity, .nan,
    ]

    /// Changes one or two of the options.
    func change(_ config: inout Options, _ dice: inout Dice) {
        for _ in 0...dice.below(2) {
            let names = config.names.filter { !["name", "dtype", "trainable"].contains($0) }
            guard let name = dice.pick(names), let value = config[name] else { return }
            if dice.chance(2) {
                config[name] = nil
            } else {
                config[name] = changed(value, name, &dice)
            }
        }
    }

    /// Makes one number of the options an extreme one.
    func exaggerate(_ config: inout Options, _ dice: inout Dice) {
        let names = config.names.filter { name in
            guard let value = config[name] else { return false }
            return value.double != nil || value.array?.contains { $0.double != nil } ?? false
        }
        guard let name = dice.pick(names), let value = config[name] else {
            return change(&config, &dice)
        }
        func extreme(_ value: OptionValue) -> OptionValue {
            if case .double = value { return .double(dice.pick(Self.extremeNumbers) ?? 0) }
            return .int(dice.pick(Self.extremeInts) ?? 0)
        }
        if var list = value.array {
            let place = dice.below(list.count)
            list[place] = extreme(list[place])
            config[name] = .array(list)
        } else {
            config[name] = extreme(value)
        }
    }

    private func changed(_ value: OptionValue, _ name: String, _ dice: inout Dice) -> OptionValue {
        if dice.chance(30), let other = dice.pick(values[name] ?? []) { return other }
        if dice.chance(3) { return nil }
        switch value {
        case .null:
            switch dice.below(6) {
            case 0: return .int(number(2, &dice))
            case 1: return .double(0.5)
            case 2: return true
            case 3: return .array([.int(number(2, &dice)), .int(number(2, &dice))])
            default: return dice.pick(values[name] ?? []) ?? nil
            }
        case .bool(let flag): return dice.chance(90) ? .bool(!flag) : .int(number(1, &dice))
        case .int(let int): return dice.chance(94) ? .int(number(int, &dice)) : .double(real(Double(int), &dice))
        case .double(let double): return .double(real(double, &dice))
        case .string(let text):
            // A word of another option, where this one has no others.
            let words = values.keys.sorted()
            let other = dice.pick(words).flatMap { dice.pick(values[$0] ?? []) }
            return dice.chance(50) ? other ?? nil : .string(dice.chance(50) ? "" : text + "x")
        case .array(var list):
            switch dice.below(5) {
            case 0: return .array(Array(list.dropLast()))
            case 1: return .array(list + [list.last ?? .int(number(1, &dice))])
            case 2 where !list.isEmpty:
                return list[0]
            default:
                guard !list.isEmpty else { return [.int(number(1, &dice))] }
                let place = dice.below(list.count)
                list[place] = changed(list[place], name, &dice)
                return .array(list)
            }
        case .object(var object):
            if object["class_name"] != nil, var inner = object["config"]?.object {
                change(&inner, &dice)
                object["config"] = .object(inner)
            } else {
                change(&object, &dice)
            }
            return .object(object)
        }
    }

    /// A whole number near one, or an extreme one.
    func number(_ old: Int, _ dice: inout Dice) -> Int {
        if dice.chance(extremes) { return dice.pick(Self.extremeInts) ?? 0 }
        return dice.chance(50) ? old &+ dice.below(5) &- 2 : dice.below(8) - 1
    }

    private func real(_ old: Double, _ dice: inout Dice) -> Double {
        if dice.chance(extremes * 2) { return dice.pick(Self.extremeNumbers) ?? 0 }
        return dice.pick([old * 2, old / 2, -old, old + 1, 0.5, 0.25, 1, 0]) ?? old
    }
}
