import Tensors
import Testing

/// A convolution to try: everything that its cost and its edges depend on.
struct ConvolutionCase: CustomTestStringConvertible, Sendable {
    var batch = 2, height = 9, width = 8, channels = 3, units = 5, groups = 1
    var kernel = [3, 3], strides = [1, 1], dilation = [1, 1]
    var padding = Padding2D.zero

    var window: Window2D { Window2D(kernel: kernel, strides: strides, dilation: dilation, padding: padding) }
    var input: Shape { [batch, height, width, channels] }
    var kernelShape: Shape { [kernel[0], kernel[1], channels / groups, units] }
    var output: Shape {
        let extents = window.outputExtents(height: height, width: width)
        return [batch, extents.height, extents.width, units]
    }

    var testDescription: String {
        "\(input) * \(kernelShape), strides \(strides), dilation \(dilation), padding \(padding), groups \(groups)"
    }

    static let same = Padding2D(top: 1, left: 1, bottom: 1, right: 1)
    static let lopsided = Padding2D(top: 0, left: 2, bottom: 3, right: 1)

    static let all = [
        ConvolutionCase(),
        ConvolutionCase(channels: 1, units: 1),
        ConvolutionCase(batch: 1, height: 1, width: 1, channels: 1, units: 1, kernel: [1, 1]),
        ConvolutionCase(channels: 31, units: 33, kernel: [1, 1]),
        ConvolutionCase(channels: 31, units: 7, kernel: [1, 1], strides: [2, 3]),
        ConvolutionCase(channels: 16, units: 20, kernel: [1, 1], padding: lopsided),
        ConvolutionCase(channels: 64, units: 40, padding: same),
        ConvolutionCase(channels: 31, units: 16, padding: lopsided),
        ConvolutionCase(channels: 3, units: 24, kernel: [7, 7], strides: [2, 2], padding: lopsided),
        ConvolutionCase(channels: 4, units: 6, kernel: [2, 3], strides: [3, 4]),
        ConvolutionCase(channels: 4, units: 6, kernel: [1, 2], strides: [4, 3]),
        ConvolutionCase(channels: 5, units: 6, kernel: [3, 2], dilation: [2, 3], padding: lopsided),
        ConvolutionCase(channels: 5, units: 6, kernel: [3, 3], strides: [2, 2], dilation: [2, 3], padding: same),
        ConvolutionCase(channels: 6, units: 9, groups: 3, kernel: [3, 3], padding: same),
        ConvolutionCase(channels: 48, units: 80, groups: 2, kernel: [3, 3], strides: [2, 1]),
        ConvolutionCase(channels: 21, units: 21, groups: 21, kernel: [3, 3], strides: [2, 2], padding: same),
        ConvolutionCase(channels: 16, units: 32, groups: 16, kernel: [3, 3], padding: same),
        ConvolutionCase(height: 15, width: 19, channels: 9, units: 9, groups: 9, kernel: [5, 4], padding: lopsided),
        ConvolutionCase(channels: 8, units: 8, groups: 8, kernel: [3, 3], dilation: [3, 2], padding: same),
        ConvolutionCase(channels: 17, units: 17, groups: 17, kernel: [3, 3], strides: [3, 4]),
        ConvolutionCase(
            height: 2, width: 3, channels: 5, units: 5, groups: 5, kernel: [5, 5],
            padding: .init(top: 3, left: 4, bottom: 6, right: 5)),
        ConvolutionCase(batch: 5, height: 3, width: 3, channels: 70, units: 65),
        ConvolutionCase(batch: 1, height: 30, width: 31, channels: 18, units: 17, padding: same),
        ConvolutionCase(
            height: 2, width: 2, channels: 3, units: 4, kernel: [5, 5],
            padding: .init(top: 2, left: 2, bottom: 2, right: 2)),
        ConvolutionCase(batch: 3, height: 8, width: 8, channels: 160, units: 144, padding: same),
        ConvolutionCase(batch: 1, height: 7, width: 9, channels: 260, units: 130, padding: same),
        ConvolutionCase(batch: 0),
        ConvolutionCase(height: 2, channels: 2),
        ConvolutionCase(height: 5, width: 2, channels: 3, units: 3, groups: 3),
        ConvolutionCase(
            height: 12, width: 37, channels: 1, units: 6, kernel: [5, 5], padding: ConvolutionCase.lopsided),
        ConvolutionCase(height: 6, width: 18, channels: 1, units: 8, padding: ConvolutionCase.same),
        ConvolutionCase(height: 6, width: 50, channels: 1, units: 3, kernel: [2, 3]),
    ]
}

@Suite struct ConvolutionTests {
    @Test(arguments: pools, ConvolutionCase.all)
    func agreesWithTheDefinition(_ pool: WorkerPool, _ it: ConvolutionCase) {
        let (x, kernel, bias) = (noise(it.input, 1), noise(it.kernelShape, 2), noise([it.units], 3))
        for algorithm in ConvolutionAlgorithm.allCases {
            let tolerance: Float = algorithm == .direct ? 2e-6 : 6e-6
            for relu in [false, true] {
                let found = convolution2D(
                    x, kernel, bias: bias, it.window, groups: it.groups, relu: relu, algorithm: algorithm, on: pool)
                let expected = Reference.convolution2D(
                    x, kernel, bias: bias, it.window, groups: it.groups, relu: relu)
                #expect(gap(found, expected) < tolerance)
            }
        }
    }

    @Test(arguments: pools, ConvolutionCase.all)
    func hasTheGradientOfItsInput(_ pool: WorkerPool, _ it: ConvolutionCase) {
        let (dy, kernel) = (noise(it.output, 1), noise(it.kernelShape, 2))
        let expected = Reference.convolution2DInputGradient(
            dy, kernel, inputShape: it.input, it.window, groups: it.groups)
        for algorithm in ConvolutionAlgorithm.allCases {
            let found = convolution2DInputGradient(
                dy, kernel, inputShape: it.input, it.window, groups: it.groups, algorithm: algorithm, on: pool)
            #expect(gap(found, expected) < (algorithm == .direct ? 2e-6 : 6e-6))
        }
    }

    @Test(arguments: pools, ConvolutionCase.all)
    func hasTheGradientOfItsKernel(_ pool: WorkerPool, _ it: ConvolutionCase) {
        let (dy, x) = (noise(it.output, 1), noise(it.input, 2))
        let expected = Reference.convolution2DKernelGradient(
            dy, x, kernelShape: it.kernelShape, it.window, groups: it.groups)
        for algorithm in ConvolutionAlgorithm.allCases {
            let found = convolution2DKernelGradient(
                dy, x, kernelShape: it.kernelShape, it.window, groups: it.groups, algorithm: algorithm, on: pool)
            #expect(gap(found, expected) < (algorithm == .direct ? 3e-6 : 1e-5))
        }
    }

    /// Bias, kernel and rectifier in one pass, against one after another.
    @Test(
        arguments: pools,
        [
            ConvolutionCase(height: 11, width: 12, channels: 1, units: 32),
            ConvolutionCase(batch: 5, height: 10, width: 19, channels: 3, units: 21, padding: ConvolutionCase.lopsided),
            ConvolutionCase(batch: 3, height: 20, width: 21, channels: 2, units: 40, kernel: [5, 5], strides: [2, 2]),
        ])
    func theFirstLayersGradientsAgreeWithTheirParts(_ pool: WorkerPool, _ it: ConvolutionCase) throws {
        let (x, dy, y) = (noise(it.input, 1), noise(it.output, 2), relu(noise(it.output, 3), on: pool))
        let found = try #require(
            convolution2DRectifiedGradients(dy, y: y, x, kernelShape: it.kernelShape, it.window, on: pool))
        let dz = reluGradient(dy, y, on: pool)
        let kernel = convolution2DKernelGradient(dz, x, kernelShape: it.kernelShape, it.window, on: pool)
        #expect(gap(found.kernel, kernel) < 1e-6)
        #expect(gap(found.bias, sumRows(dz, on: pool)) < 1e-6)
    }

    /// A function that follows while the results are in the cache, against the same afterwards.
    @Test(
        arguments: pools,
        [
            ConvolutionCase(height: 12, width: 13, channels: 32, units: 20, padding: ConvolutionCase.same),
            ConvolutionCase(height: 9, width: 10, channels: 5, units: 21, strides: [2, 2]),
            ConvolutionCase(batch: 3, height: 6, width: 7, channels: 40, units: 48, kernel: [1, 1]),
            ConvolutionCase(height: 11, width: 12, channels: 6, units: 8, groups: 2),
            ConvolutionCase(height: 11, width: 12, channels: 24, units: 24, groups: 24),
        ])
    func aClosingFunctionFollows(_ pool: WorkerPool, _ it: ConvolutionCase) {
        let (x, kernel, bias) = (noise(it.input, 1), noise(it.kernelShape, 2), noise([it.units], 3))
        func prepared(_ closing: PointwiseFunction?, pooling: Bool = false) -> Tensor {
            PreparedConvolution(
                kernel, bias: bias, it.window, groups: it.groups, closing: closing, pooling: pooling, input: it.input,
                on: pool)(x, on: pool)
        }
        #expect(prepared(.silu) == silu(prepared(nil), on: pool))
        let halves = Window2D(kernel: [2, 2], strides: [2, 2])
        #expect(prepared(.silu, pooling: true) == maxPooled2D(silu(prepared(nil), on: pool), halves, on: pool))
    }

    @Test(arguments: InstructionSet.available)
    func aPoolForPlainSumsUsesThem(_ set: InstructionSet) {
        let it = ConvolutionCase(height: 12, width: 13, channels: 32, units: 20, padding: ConvolutionCase.same)
        let (x, dy, kernel) = (noise(it.input, 1), noise(it.output, 2), noise(it.kernelShape, 3))
        let exact = WorkerPool(threads: 2, instructionSet: set, convolutions: .direct)
        func all(_ algorithm: ConvolutionAlgorithm, _ pool: WorkerPool) -> [Tensor] {
            [
                convolution2D(x, kernel, it.window, algorithm: algorithm, on: pool),
                convolution2DInputGradient(dy, kernel, inputShape: it.input, it.window, algorithm: algorithm, on: pool),
                convolution2DKernelGradient(
                    dy, x, kernelShape: it.kernelShape, it.window, algorithm: algorithm, on: pool),
                PreparedConvolution(kernel, it.window, input: it.input, algorithm: algorithm, on: pool)(x, on: pool),
            ]
        }
        let plain = WorkerPool(threads: 2, instructionSet: set)
        #expect(all(.automatic, exact) == all(.direct, plain))
        #expect(all(.automatic, plain) == all(.winograd, plain))
    }

    @Test(arguments: ConvolutionAlgorithm.allCases)
    func givesTheSameBitsForAnyNumberOfThreads(_ algorithm: ConvolutionAlgorithm) {
        let it = ConvolutionCase(
            batch: 7, height: 14, width: 15, channels: 32, units: 48, padding: ConvolutionCase.same)
        let (x, dy, kernel) = (noise(it.input, 1), noise(it.output, 2), noise(it.kernelShape, 3))
        func all(_ threads: Int) -> [Tensor] {
            let pool = WorkerPool(threads: threads)
            return [
                convolution2D(x, kernel, it.window, algorithm: algorithm, on: pool),
                convolution2DInputGradient(dy, kernel, inputShape: it.input, it.window, algorithm: algorithm, on: pool),
                convolution2DKernelGradient(
                    dy, x, kernelShape: it.kernelShape, it.window, algorithm: algorithm, on: pool),
            ]
        }
        let one = all(1)
        for threads in [2, 3, 5] { #expect(all(threads) == one) }
    }

    /// Few units of one channel have a kernel of their own, whose lanes lie along the pixels.
    @Test(arguments: pools, 1...8)
    func givesAFewUnitsTheSameBitsAsAmongMore(_ pool: WorkerPool, _ units: Int) {
        for width in 8...40 {
            let it = ConvolutionCase(
                height: 4, width: width, channels: 1, units: 12, kernel: [3, 5], padding: ConvolutionCase.lopsided)
            let (x, kernel, bias) = (noise(it.input, 1), noise(it.kernelShape, 2), noise([it.units], 3))
            let all = convolution2D(x, kernel, bias: bias, it.window, relu: true, on: pool)
            func first(_ all: Tensor) -> Tensor {
                let rows = all.count / it.units
                let kept = (0..<rows).flatMap { row in (0..<units).map { all[row * it.units + $0] } }
                return Tensor(Shape(all.shape.dropLast() + [units]), kept)
            }
            let few = convolution2D(x, first(kernel), bias: first(bias), it.window, relu: true, on: pool)
            #expect(few == first(all))
        }
    }

    @Test(arguments: ConvolutionAlgorithm.allCases)
    func givesAnImageTheSameBitsInAnyBatch(_ algorithm: ConvolutionAlgorithm) {
        let it = ConvolutionCase(batch: 5, height: 14, width: 15, channels: 32, units: 48)
        let (x, kernel) = (noise(it.input, 1), noise(it.kernelShape, 3))
        let all = convolution2D(x, kernel, it.window, algorithm: algorithm, on: .shared)
        let image = Tensor(it.input.withBatch(1), x.elements[(3 * x.count / 5)..<(4 * x.count / 5)])
        let alone = convolution2D(image, kernel, it.window, algorithm: algorithm, on: .shared)
        #expect(alone.elements[...] == all.elements[(3 * all.count / 5)..<(4 * all.count / 5)])
    }
}

@Suite struct PooledConvolutionTests {
    static let cases = [
        ConvolutionCase(channels: 16, units: 20),
        ConvolutionCase(batch: 3, height: 13, width: 12, channels: 32, units: 64),
        ConvolutionCase(batch: 1, height: 7, width: 17, channels: 3, units: 5, padding: ConvolutionCase.same),
        ConvolutionCase(channels: 4, units: 6, strides: [2, 1]),
        ConvolutionCase(
            height: 13, width: 29, channels: 1, units: 6, kernel: [5, 5], padding: ConvolutionCase.lopsided),
        ConvolutionCase(batch: 3, height: 30, width: 26, channels: 8, units: 16, kernel: [5, 5]),
        ConvolutionCase(height: 3, width: 10, channels: 2, units: 40),
        ConvolutionCase(height: 8, width: 18, channels: 1, units: 1),
        ConvolutionCase(height: 11, width: 23, channels: 1, units: 2, kernel: [2, 4], strides: [2, 1]),
        ConvolutionCase(height: 9, width: 34, channels: 1, units: 3, padding: ConvolutionCase.same),
        ConvolutionCase(height: 9, width: 42, channels: 1, units: 4, dilation: [2, 3]),
        ConvolutionCase(batch: 3, height: 14, width: 30, channels: 1, units: 8),
        ConvolutionCase(height: 28, width: 75, channels: 1, units: 8, kernel: [4, 3]),
    ]

    /// Forward and all gradients in one pass, against the same in single steps.
    @Test(arguments: pools, cases)
    func agreesWithItsParts(_ pool: WorkerPool, _ it: ConvolutionCase) {
        let (x, kernel, bias) = (noise(it.input, 1), noise(it.kernelShape, 2), noise([it.units], 3))
        let whole = convolution2D(x, kernel, bias: bias, it.window, relu: true, on: pool)
        let halves = Window2D(kernel: [2, 2], strides: [2, 2])
        let (expected, positions) = maxPooling2D(whole, halves, on: pool)
        let dy = noise(expected.shape, 4)
        let dwhole = reluGradient(
            maxPooling2DGradient(dy, winners: positions, inputShape: whole.shape, halves, on: pool), whole, on: pool)

        let (y, winners) = convolution2DMaxPooled(x, kernel, bias: bias, it.window, relu: true, on: pool)
        #expect(y == expected)
        #expect(
            gap(
                convolution2DMaxPooledInputGradient(
                    dy, winners: winners, kernel, inputShape: it.input, it.window, on: pool),
                convolution2DInputGradient(dwhole, kernel, inputShape: it.input, it.window, on: pool)) < 1e-6)
        #expect(
            gap(
                convolution2DMaxPooledKernelGradient(
                    dy, winners: winners, x, kernelShape: it.kernelShape, it.window, on: pool),
                convolution2DKernelGradient(dwhole, x, kernelShape: it.kernelShape, it.window, on: pool)) < 1e-6)
        #expect(
            gap(convolution2DMaxPooledBiasGradient(dy, winners: winners, on: pool), sumRows(dwhole, on: pool)) < 1e-6)
    }
}

@Suite struct WinnersTests {
    static let cases = [
        ConvolutionCase(channels: 16, units: 20),
        ConvolutionCase(batch: 1, height: 10, width: 7, channels: 16, units: 16, kernel: [1, 1]),
        ConvolutionCase(batch: 20, height: 26, width: 26, channels: 32, units: 64),
        ConvolutionCase(batch: 3, height: 13, width: 12, channels: 64, units: 70, padding: ConvolutionCase.same),
        ConvolutionCase(batch: 5, height: 9, width: 15, channels: 32, units: 17, kernel: [5, 5]),
        ConvolutionCase(
            batch: 2, height: 20, width: 30, channels: 48, units: 65, kernel: [2, 3], padding: ConvolutionCase.lopsided),
        ConvolutionCase(batch: 1, height: 80, width: 90, channels: 16, units: 33),
        ConvolutionCase(batch: 3, height: 6, width: 5, channels: 80, units: 16, kernel: [5, 4]),
    ]

    /// A pooled gradient and the winners of a quarter of it; all and none of some units.
    private func pooled(_ it: ConvolutionCase) -> (dy: Tensor, winners: Tensor) {
        let shape: Shape = [it.batch, it.output[1] / 2, it.output[2] / 2, it.units]
        let random = Random(seed: 9)
        let winners = (0..<shape.elementCount).map { i -> Float in
            let (unit, number) = (i % it.units, random.uniform(at: i))
            if unit % 7 < 2 { return unit % 7 == 0 ? -1 : (4 * number).rounded(.down) }
            return number < 0.25 ? (16 * number).rounded(.down) : -1
        }
        return (noise(shape, 4), Tensor(shape, winners))
    }

    /// Against the gradients of the plain convolution, by what the pooling gives back.
    @Test(arguments: pools, cases)
    func agreesWithThePlainGradients(_ pool: WorkerPool, _ it: ConvolutionCase) {
        let (x, kernel) = (noise(it.input, 1), noise(it.kernelShape, 2))
        let (dy, winners) = pooled(it)
        let halves = Window2D(kernel: [2, 2], strides: [2, 2])
        let whole = maxPooling2DGradient(dy, winners: winners, inputShape: it.output, halves, on: pool)
        let found = convolution2DMaxPooledGradients(
            dy, winners: winners, x, kernel, it.window, wantsInput: true, on: pool)
        let input = convolution2DInputGradient(
            whole, kernel, inputShape: it.input, it.window, algorithm: .direct, on: pool)
        #expect(gap(found.input ?? x, input) < 1e-6)
        let dkernel = convolution2DKernelGradient(
            whole, x, kernelShape: it.kernelShape, it.window, algorithm: .direct, on: pool)
        #expect(gap(found.kernel, dkernel) < 2e-6)

        let alone = convolution2DMaxPooledGradients(
            dy, winners: winners, x, kernel, it.window, wantsInput: false, on: pool)
        #expect(alone.input == nil && alone.kernel == found.kernel)
        for threads in [1, 3] {
            let other = WorkerPool(threads: threads, instructionSet: pool.instructionSet)
            let again = convolution2DMaxPooledGradients(
                dy, winners: winners, x, kernel, it.window, wantsInput: true, on: other)
            #expect(again.input == found.input && again.kernel == found.kernel)
        }
    }

    /// Winners alone are counted, whatever the gradient holds elsewhere: it is what tells this way from the others, which
    /// multiply by zero.
    @Test(arguments: pools, cases)
    func readsNothingThatMeetsNoWinner(_ pool: WorkerPool, _ it: ConvolutionCase) {
        var winners = pooled(it).winners
        let (lines, line) = (winners.shape[1], winners.shape[2] * it.units)
        for i in 0..<winners.count where i / line % lines >= (lines + 1) / 2 { winners[i] = -1 }
        let dy = Tensor(winners.shape, repeating: 1)
        // Where no window of a winner lies.
        var touched = Tensor(it.input, repeating: 0)
        let ones = Tensor(it.kernelShape, repeating: 1)
        let gradients = convolution2DMaxPooledGradients(
            dy, winners: winners, touched, ones, it.window, wantsInput: true, on: pool)
        guard let dx = gradients.input else { return #expect(Bool(false), "no gradient by the input") }
        for i in 0..<dx.count where dx[i] == 0 { touched[i] = .nan }
        #expect(lines == 1 || touched.elements.contains(where: \.isNaN))
        let again = convolution2DMaxPooledGradients(
            dy, winners: winners, touched, ones, it.window, wantsInput: false, on: pool)
        #expect(again.kernel == gradients.kernel)
    }

    /// Where most return, or the shape does not allow it, the gradients are those of the other ways.
    @Test(arguments: pools, PooledConvolutionTests.cases)
    func leavesTheRestToTheOthers(_ pool: WorkerPool, _ it: ConvolutionCase) {
        let (x, kernel) = (noise(it.input, 1), noise(it.kernelShape, 2))
        let (y, winners) = convolution2DMaxPooled(x, kernel, it.window, on: pool)
        let dy = noise(y.shape, 4)
        let found = convolution2DMaxPooledGradients(
            dy, winners: winners, x, kernel, it.window, wantsInput: true, on: pool)
        let input = convolution2DMaxPooledInputGradient(
            dy, winners: winners, kernel, inputShape: it.input, it.window, on: pool)
        let dkernel = convolution2DMaxPooledKernelGradient(
            dy, winners: winners, x, kernelShape: it.kernelShape, it.window, on: pool)
        #expect(found.input == input && found.kernel == dkernel)
    }
}

@Suite struct PreparedConvolutionTests {
    @Test(arguments: pools, ConvolutionCase.all)
    func givesTheSameBits(_ pool: WorkerPool, _ it: ConvolutionCase) {
        let (x, kernel, bias) = (noise(it.input, 1), noise(it.kernelShape, 2), noise([it.units], 3))
        for algorithm in ConvolutionAlgorithm.allCases {
            let prepared = PreparedConvolution(
                kernel, bias: bias, it.window, groups: it.groups, relu: true, input: it.input, algorithm: algorithm,
                on: pool)
            let y = convolution2D(
                x, kernel, bias: bias, it.window, groups: it.groups, relu: true, algorithm: algorithm, on: pool)
            #expect(prepared(x, on: pool) == y)
        }
    }

    @Test(arguments: pools, ConvolutionCase.all)
    func capsInTheKernelAsAfterIt(_ pool: WorkerPool, _ it: ConvolutionCase) {
        let (x, kernel, bias) = (noise(it.input, 1), noise(it.kernelShape, 2), noise([it.units], 3))
        let cap = PointwiseFunction.ramp(maximum: 0.25)
        let prepared = PreparedConvolution(
            kernel, bias: bias, it.window, groups: it.groups, closing: cap, input: it.input, on: pool)
        let y = convolution2D(x, kernel, bias: bias, it.window, groups: it.groups, on: pool)
        #expect(prepared(x, on: pool) == cap(y, on: pool))
    }

    @Test(arguments: pools, PooledConvolutionTests.cases)
    func givesTheSameBitsPooled(_ pool: WorkerPool, _ it: ConvolutionCase) {
        let (x, kernel, bias) = (noise(it.input, 1), noise(it.kernelShape, 2), noise([it.units], 3))
        let prepared = PreparedConvolution(
            kernel, bias: bias, it.window, relu: true, pooling: true, input: it.input, on: pool)
        let expected = convolution2DMaxPooled(x, kernel, bias: bias, it.window, relu: true, on: pool).y
        #expect(prepared(x, on: pool) == expected)
        guard pool.instructionSet != .amx else { return }  // its sums of what is not finite are another's

        var y = x
        (y[y.count / 2], y[y.count / 3]) = (.nan, -.infinity)
        let unsound = convolution2DMaxPooled(y, kernel, bias: bias, it.window, relu: true, on: pool).y
        #expect(zip(prepared(y, on: pool).elements, unsound.elements).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
    }
}
