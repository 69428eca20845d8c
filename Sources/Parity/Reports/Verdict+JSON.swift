import KerasFiles
import Networks

extension Verdict {
    /// The verdict as JSON, for programs.
    ///
    /// The schema is `keras-bridge/verify/1`; fields may be added within a version. Numbers that JSON cannot hold stand
    /// as the strings `"NaN"`, `"Infinity"` and `"-Infinity"`; what does not exist is `null`.
    public func json() -> String { JSON.text(.object(fields), indent: 2) + "\n" }

    private var fields: Options {
        [
            "schema": "keras-bridge/verify/1",
            "equal": .bool(isEqual),
            "reasons": .array(reasons.map { .string($0) }),
            "hints": .array(hints.map { .string($0) }),
            "model": .string(model),
            "ours": ours.json,
            "theirs": theirs.json,
            "inputs": .string(inputs),
            "samples": .int(samples),
            "outputs": .array(outputs.map(\.json)),
            "classification": classification?.json ?? nil,
            "layers": layers?.json ?? nil,
            "changed_weights": .array(changedWeights.map { .string($0) }),
            "gradients": gradients?.json ?? nil,
            "training": training?.json ?? nil,
            "environment": environment.facts.json,
            "command": .array(command.map { .string($0) }),
            "seconds": .number(seconds),
        ]
    }
}

extension SideDescription {
    fileprivate var json: OptionValue { ["name": .string(name), "details": details.json] }
}

extension [SideDescription.Detail] {
    fileprivate var json: OptionValue { .object(Options(map { ($0.name, .string($0.value)) })) }
}

extension NamedComparison {
    var json: OptionValue { .object(Options([("name", .string(name))] + comparison.fields)) }
}

extension Comparison {
    /// The comparison's fields, to stand beside a name.
    var fields: [(String, OptionValue)] {
        if let shapeMismatch {
            return [
                ("equal", false),
                (
                    "shapes",
                    [
                        "ours": OptionValue(shapeMismatch.ours.extents),
                        "theirs": OptionValue(shapeMismatch.theirs.extents),
                    ]
                ),
            ]
        }
        return [
            ("equal", .bool(isEqual)),
            ("tolerance", ["atol": .number(tolerance.absolute), "rtol": .number(tolerance.relative)]),
            (
                "required",
                [
                    "atol": requiredAbsolute.map { .number($0) } ?? nil,
                    "rtol": requiredRelative.map { .number($0) } ?? nil,
                ]
            ),
            ("elements", .int(count)),
            ("exact", .int(exact)),
            ("violations", .int(violations)),
            ("nan", ["ours": .int(notANumber.ours), "theirs": .int(notANumber.theirs)]),
            ("infinity_mismatches", .int(infinityMismatches)),
            ("absolute_error", absoluteError.json),
            ("relative_error", relativeError.json),
            ("relative_error_undefined", .int(relativeErrorUndefined)),
            ("first", first?.json ?? nil),
            ("worst", worst?.json ?? nil),
            (
                "error_decades",
                .object(
                    Options(
                        [("0", .int(absoluteErrorCounts.zeros))]
                            + absoluteErrorCounts.rows.map { ("1e\($0.exponent)", .int($0.count)) }))
            ),
            // Each pair: the largest distance of the bucket, and its count.
            (
                "ulps",
                .array(
                    ulps.rows.indices.map { [.int(UlpHistogram.upperEdge(of: $0)), .int(ulps.rows[$0].count)] })
            ),
        ]
    }
}

extension ErrorStatistics {
    fileprivate var json: OptionValue {
        ["max": .number(maximum), "mean": .number(mean), "median": .number(median), "q99.9": .number(quantile999)]
    }
}

extension ElementDifference {
    fileprivate var json: OptionValue {
        [
            "index": OptionValue(index), "ours": .number(ours), "theirs": .number(theirs),
            "difference": .number(difference), "allowed": .number(allowed),
        ]
    }
}

extension ClassificationComparison {
    fileprivate var json: OptionValue {
        [
            "samples": .int(samples), "agreements": .int(agreements), "flips": .int(flipCount), "ties": .int(ties),
            "ours": ours?.json ?? nil, "theirs": theirs?.json ?? nil, "cases": .array(flips.map(\.json)),
            "closest": .array(closest.map(\.json)),
        ]
    }
}

extension ClassificationComparison.Score {
    fileprivate var json: OptionValue {
        ["correct": .int(correct), "accuracy": .number(accuracy), "loss": .number(loss)]
    }
}

extension ClassificationComparison.Case {
    fileprivate var json: OptionValue {
        [
            "sample": .int(sample), "label": label.map { .int($0) } ?? nil, "ours": ours.json, "theirs": theirs.json,
            "margin": .number(margin), "tie": .bool(isTie),
        ]
    }
}

extension ClassificationComparison.Choice {
    fileprivate var json: OptionValue { ["class": label.map { .int($0) } ?? nil, "score": .number(score)] }
}

extension LayerReport {
    fileprivate var json: OptionValue {
        [
            "samples": .int(samples), "uncompared": .int(uncompared),
            "first_difference": firstDifference.map { .string($0.key.layer) } ?? nil,
            "first_faulty": firstFaulty.map { .string($0.key.layer) } ?? nil,
            "rows": .array(rows.map(\.json)),
        ]
    }
}

extension LayerReport.Row {
    fileprivate var json: OptionValue {
        [
            "layer": .string(key.layer), "class_name": .string(className), "position": .int(position),
            "call": .int(key.call), "output": .int(key.output), "shape": OptionValue(shape.extents),
            "comparison": comparison.map { .object(Options($0.fields)) } ?? nil,
            "alone": alone.map { .object(Options($0.fields)) } ?? nil,
        ]
    }
}

extension GradientReport {
    fileprivate var json: OptionValue {
        [
            "losses": .array(losses.map { .string($0) }), "samples": .int(samples),
            "loss": ["ours": .number(ourLoss), "theirs": .number(theirLoss)], "weights": .array(rows.map(\.json)),
            "unmatched": .array(unmatched.map { .string($0) }),
        ]
    }
}

extension TrainingReport {
    fileprivate var json: OptionValue {
        [
            "optimizer": .string(optimizer), "steps": .int(steps), "batch_size": .int(batchSize),
            "loss": [
                "ours": .array(ourLosses.map { .number($0) }), "theirs": .array(theirLosses.map { .number($0) }),
            ], "tolerance": ["atol": .number(tolerance.absolute), "rtol": .number(tolerance.relative)],
            "parting": parting.map {
                ["step": .int($0.step), "weights": .array($0.weights.map { .string($0.name) })]
            } ?? nil,
            "drift": .object(Options(drift.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) })),
            "weights": .array(rows.map(\.json)), "unmatched": .array(unmatched.map { .string($0) }),
        ]
    }
}

extension OptionValue {
    init(_ numbers: [Int]) { self = .array(numbers.map { .int($0) }) }

    /// A number as JSON can hold it.
    static func number(_ value: Double) -> OptionValue {
        value.isFinite ? .double(value) : .string(value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity")
    }

    /// A float with its own digits, not those of the float64 nearest to it.
    static func number(_ value: Float) -> OptionValue { number(Double(value.description) ?? Double(value)) }
}
