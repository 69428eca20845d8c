import Tensors
import Testing

@Suite struct DepthwiseBlockTests {
    /// A depthwise convolution with 1×1 convolutions around it.
    struct Case: CustomTestStringConvertible, Sendable {
        var input: Shape
        var expanded: Int?
        var kernel: Int
        var stride: Int
        var padding: Padding2D
        var projected: Int?
        var dilation = 1
        /// Whether its images are large enough for lines.
        var isLarge = true

        var channels: Int { expanded ?? input[3] }
        var testDescription: String {
            "\(input), \(expanded ?? 0) channels, \(kernel)×\(kernel) by \(stride), \(projected ?? 0) behind"
        }
    }

    /// One image, as many as threads, and more.
    static let cases: [Case] = [
        Case(input: [1, 40, 36, 12], expanded: 100, kernel: 3, stride: 1, padding: same(1), projected: 19),
        Case(input: [2, 64, 30, 8], expanded: 72, kernel: 5, stride: 2, padding: same(2), projected: nil),
        Case(
            input: [1, 65, 33, 5], expanded: 67, kernel: 3, stride: 2,
            padding: Padding2D(top: 0, left: 0, bottom: 1, right: 1), projected: 24),
        Case(input: [3, 72, 42, 48], expanded: nil, kernel: 3, stride: 1, padding: .zero, projected: 33),
        Case(input: [9, 48, 31, 16], expanded: 96, kernel: 3, stride: 1, padding: same(2), projected: 8, dilation: 2),
        Case(input: [1, 100, 26, 16], expanded: 64, kernel: 2, stride: 3, padding: .zero, projected: 16),
        Case(input: [2, 9, 7, 6], expanded: 20, kernel: 3, stride: 1, padding: same(1), projected: 5, isLarge: false),
    ]

    private static func same(_ size: Int) -> Padding2D {
        Padding2D(top: size, left: size, bottom: size, right: size)
    }

    @Test(arguments: pools, cases)
    func givesTheBitsOfOneAfterTheOther(_ pool: WorkerPool, _ it: Case) {
        let depthwiseInput = Shape(Array(it.input.dropLast()) + [it.channels])
        let expansion = it.expanded.map {
            PreparedConvolution(
                noise([1, 1, it.input[3], $0], 1), bias: noise([$0], 2), Window2D(kernel: [1, 1]), closing: .silu,
                input: it.input, on: pool)
        }
        let depthwise = PreparedConvolution(
            noise([it.kernel, it.kernel, 1, it.channels], 3), bias: noise([it.channels], 4),
            Window2D(
                kernel: [it.kernel, it.kernel], strides: [it.stride, it.stride],
                dilation: [it.dilation, it.dilation], padding: it.padding),
            groups: it.channels, closing: .ramp(maximum: 6), input: depthwiseInput, on: pool)
        let between = depthwise.output(for: depthwiseInput)
        let projection = it.projected.map {
            PreparedConvolution(
                noise([1, 1, it.channels, $0], 5), bias: noise([$0], 6), Window2D(kernel: [1, 1]), relu: true,
                input: between, on: pool)
        }
        let x = noise(it.input, 7)
        let block = DepthwiseBlock(expansion: expansion, depthwise: depthwise, projection: projection)
        #expect(block.goesByLines(it.input, on: pool) == it.isLarge)
        let middle = depthwise(expansion.map { $0(x, on: pool) } ?? x, on: pool)
        #expect(block(x, on: pool) == projection.map { $0(middle, on: pool) } ?? middle)
    }
}
