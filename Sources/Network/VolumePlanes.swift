import Tensors

/// Volumes as stacks of planes: a convolution of volumes is a sum of convolutions of planes, one for each plane of the
/// kernel.
enum VolumePlanes {
    /// Which planes meet under one plane of the kernel: places along the depth of the larger and the smaller side.
    struct Meeting {
        var wide: [Int]
        var narrow: [Int]
    }

    /// The places `narrow · stride + tap · dilation − before` that lie inside the wide side.
    static func meeting(tap: Int, stride: Int, dilation: Int, before: Int, wide: Int, narrow: Int) -> Meeting {
        var meeting = Meeting(wide: [], narrow: [])
        for place in 0..<narrow {
            let other = place * stride + tap * dilation - before
            guard (0..<wide).contains(other) else { continue }
            meeting.wide.append(other)
            meeting.narrow.append(place)
        }
        return meeting
    }

    /// These planes of every sample: from `[batch, depth, …]` to `[batch · planes, …]`.
    static func planes(_ x: Tensor, _ places: [Int]) -> Tensor {
        let (batch, depth, rest) = (x.shape[0], x.shape[1], Shape(Array(x.shape.dropFirst(2))))
        let size = rest.elementCount
        return x.withElements { source in
            Tensor(unsafeUninitialized: [batch * places.count] + rest) { target in
                for sample in 0..<batch {
                    for (index, place) in places.enumerated() {
                        let (from, to) = ((sample * depth + place) * size, (sample * places.count + index) * size)
                        for i in 0..<size { target[to + i] = source[from + i] }
                    }
                }
            }
        }
    }

    /// Adds planes to these places of every sample.
    static func add(_ planes: Tensor, to y: inout Tensor, _ places: [Int]) {
        let (batch, depth) = (y.shape[0], y.shape[1])
        let size = y.shape.dropFirst(2).reduce(1, *)
        planes.withElements { source in
            y.withMutableElements { target in
                for sample in 0..<batch {
                    for (index, place) in places.enumerated() {
                        let (to, from) = ((sample * depth + place) * size, (sample * places.count + index) * size)
                        for i in 0..<size { target[to + i] += source[from + i] }
                    }
                }
            }
        }
    }

    /// One plane of a kernel.
    static func plane(_ kernel: Tensor, _ tap: Int) -> Tensor {
        let shape = Shape(Array(kernel.shape.dropFirst()))
        let size = shape.elementCount
        return kernel.withElements { Tensor(shape, $0[tap * size..<(tap + 1) * size]) }
    }

    /// Planes of a kernel as one kernel.
    static func stacked(_ planes: [Tensor], _ shape: Shape) -> Tensor { Tensor(shape, planes.flatMap(\.elements)) }
}
