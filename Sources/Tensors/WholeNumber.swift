extension Int {
    /// A number without its fraction, brought into a range; `nil` for what is not a number.
    package init?(_ x: Float, within range: ClosedRange<Int>) {
        if x.isNaN { return nil }
        // A number as large as a bound may be beyond what an `Int` holds.
        if x <= Float(range.lowerBound) {
            self = range.lowerBound
        } else if x >= Float(range.upperBound) {
            self = range.upperBound
        } else {
            self = Int(x)
        }
    }
}
