import KerasBridge
import Parity

extension Model {
    /// Makes sure that random inputs of so many samples are no more than data from a file may be: it is the model that says
    /// how large a sample is.
    func checkRandomInputs(_ samples: Int, file: String) throws(DataError) {
        var budget = DataBudget()
        for input in inputs {
            let shape = (layers[input].layer as? InputLayer)?.batchShape.sample ?? []
            let sample = Shape(shape.map { $0 == Shape.unknown ? Inputs.freeExtent : $0 })
            let count = try sample.declaredCount(of: 4, file: file)
            try budget.charge(count, of: 4 * samples, for: "random inputs of \(samples) samples have", of: file)
        }
    }
}
