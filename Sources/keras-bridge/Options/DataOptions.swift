import ArgumentParser

/// What every command says about --data.
let dataHelp: ArgumentHelp = """
    embedded, mnist, fashion-mnist, a folder of IDX files (gzip or not), or x.npy:y.npy.
    """

/// How data are prepared.
struct ScaleOptions: ParsableArguments {
    enum Scale: String, CaseIterable, ExpressibleByArgument { case unit, none }

    @Option(help: "unit scales pixels to 0…1, none leaves them as they are.")
    var scale = Scale.unit
}
