import HDF5

/// Runs `body` and turns what HDF5 says into what this room says.
func kerasErrors<Result: ~Copyable>(_ body: () throws(HDF5Error) -> Result) throws(KerasError) -> Result {
    do throws(HDF5Error) {
        return try body()
    } catch {
        throw KerasError(error)
    }
}
