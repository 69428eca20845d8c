extension [UInt8] {
    /// The four bytes at a place as a number, the highest first.
    ///
    /// - Precondition: they are there.
    func number(at place: Int) -> Int { self[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) } }

    /// The two bytes at a place as a number, the highest first.
    func short(at place: Int) -> Int { Int(self[place]) << 8 | Int(self[place + 1]) }
}
