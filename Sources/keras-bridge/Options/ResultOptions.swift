import ArgumentParser

/// How a command prints its result.
struct ResultOptions: ParsableArguments {
    @Flag(help: "Print the result as one JSON object (schema \(jsonSchema)).")
    var json = false
}
