import Parity

/// One real Keras of each engine for the whole test run, started by the first test that asks.
///
/// Where there is no Keras, tests that need one fail and say what to do: `Scripts/test.sh` makes it.
public enum LiveKeras {
    private static let three = Result { () throws(KerasProcessError) in try KerasProcess(.keras3) }
    private static let two = Result { () throws(KerasProcessError) in try KerasProcess(.tfKeras) }

    /// The running Keras of this engine.
    public static func of(_ engine: KerasProcess.Engine) throws(KerasProcessError) -> KerasProcess {
        try (engine == .keras3 ? three : two).get()
    }
}
