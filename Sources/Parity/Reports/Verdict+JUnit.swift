extension Verdict {
    /// The verdict as JUnit's XML, for continuous integration: one test case for each thing that was compared.
    public func junit() -> String {
        var cases: [(name: String, failure: String?)] = outputs.map {
            ("output \($0.name)", $0.comparison.failure("output \"\($0.name)\"", theirs.name))
        }
        if let found = classification {
            let failure = "\(found.flipCount) of \(found.samples) samples get another class"
            cases.append(("classes", found.flipCount > 0 ? failure : nil))
        }
        cases += changedWeights.map { ("weight \($0)", "it is not the one that the proof was made with") }
        for row in layers?.rows ?? [] {
            let isGood = (row.comparison?.isEqual ?? true) && (row.alone?.isEqual ?? true)
            cases.append(("layer \(row.key.layer)", isGood ? nil : row.sentence(theirs.name)))
        }
        cases += (gradients?.rows ?? []).map {
            ("gradient \($0.name)", $0.comparison.failure("gradient of \"\($0.name)\"", theirs.name))
        }
        cases += (gradients?.unmatched ?? []).map { ("gradient \($0)", "a gradient on one side only") }
        cases += (training?.rows ?? []).map {
            ("trained \($0.name)", $0.comparison.failure("trained weight \"\($0.name)\"", theirs.name))
        }
        cases += (training?.unmatched ?? []).map { ("trained \($0)", "a weight on one side only") }

        let suite = "\(model): \(ours.name) against \(theirs.name)".html
        let lines = cases.map { entry in
            let start = "    <testcase classname=\"\(model.html)\" name=\"\(entry.name.html)\""
            guard let failure = entry.failure else { return start + "/>" }
            return "\(start)>\n      <failure message=\"\(failure.html)\"/>\n    </testcase>"
        }
        let failures = cases.count { $0.failure != nil }
        let counts = "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"0\" time=\"\(seconds)\""
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites \(counts)>
              <testsuite name="\(suite)" \(counts)>
            \(lines.joined(separator: "\n"))
              </testsuite>
            </testsuites>

            """
    }
}

extension Comparison {
    fileprivate func failure(_ name: String, _ theirName: String) -> String? {
        isEqual ? nil : name + sentence(theirName)
    }
}
