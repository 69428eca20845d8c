import Tensors
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Times the kernels; runs only where `KERAS_BRIDGE_BENCH` is set (to a part of a name, or to `all`).
///
/// `KERAS_BRIDGE_BENCH=conv2 swift test -c release --filter KernelBenchmarks`
@Suite(.serialized, .enabled(if: getenv("KERAS_BRIDGE_BENCH") != nil, "KERAS_BRIDGE_BENCH is not set"))
struct KernelBenchmarks {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var shape: ConvolutionCase
        var testDescription: String { name }
    }

    static let convolutions = [
        Case(name: "conv1", shape: .init(batch: 128, height: 28, width: 28, channels: 1, units: 32)),
        Case(name: "conv2", shape: .init(batch: 128, height: 26, width: 26, channels: 32, units: 64)),
        Case(name: "conv2 one image", shape: .init(batch: 1, height: 26, width: 26, channels: 32, units: 64)),
        Case(
            name: "lenet 5x5", shape: .init(batch: 128, height: 14, width: 14, channels: 6, units: 16, kernel: [5, 5])),
        Case(
            name: "rgb stem",
            shape: .init(
                batch: 4, height: 224, width: 224, channels: 3, units: 64, kernel: [7, 7],
                strides: [2, 2], padding: .init(top: 3, left: 3, bottom: 3, right: 3))),
        Case(
            name: "rgb 3x3",
            shape: .init(batch: 4, height: 112, width: 112, channels: 3, units: 64, padding: ConvolutionCase.same)),
        Case(
            name: "vgg 56",
            shape: .init(batch: 2, height: 56, width: 56, channels: 256, units: 256, padding: ConvolutionCase.same)),
        Case(
            name: "resnet 14",
            shape: .init(batch: 4, height: 14, width: 14, channels: 256, units: 256, padding: ConvolutionCase.same)),
        Case(
            name: "pointwise 56",
            shape: .init(batch: 4, height: 56, width: 56, channels: 64, units: 256, kernel: [1, 1])),
        Case(
            name: "pointwise 14",
            shape: .init(batch: 4, height: 14, width: 14, channels: 1024, units: 256, kernel: [1, 1])),
        Case(
            name: "depthwise 56",
            shape: .init(
                batch: 4, height: 56, width: 56, channels: 144, units: 144, groups: 144,
                padding: ConvolutionCase.same)),
        Case(
            name: "depthwise 5x5/2",
            shape: .init(
                batch: 4, height: 28, width: 28, channels: 240, units: 240, groups: 240,
                kernel: [5, 5], strides: [2, 2], padding: .init(top: 1, left: 1, bottom: 2, right: 2))),
    ]

    @Test(arguments: convolutions)
    func convolution(_ it: Case) {
        guard wanted(it.name) else { return }
        let shape = it.shape
        let (x, kernel, bias) = (noise(shape.input, 1), noise(shape.kernelShape, 2), noise([shape.units], 4))
        let dy = noise(shape.output, 3)
        let work = 2 * Double(dy.count) * Double(kernel.count / shape.units)
        for threads in Self.threads {
            let pool = WorkerPool(threads: threads)
            for algorithm in [ConvolutionAlgorithm.direct, .winograd] {
                report("\(it.name) \(algorithm) forward \(threads)T", work) {
                    convolution2D(
                        x, kernel, bias: bias, shape.window, groups: shape.groups, relu: true, algorithm: algorithm,
                        on: pool)
                }
                if shape.groups == 1 {
                    report("\(it.name) \(algorithm) forward pooled \(threads)T", work) {
                        convolution2DMaxPooled(
                            x, kernel, bias: bias, shape.window, relu: true, algorithm: algorithm, on: pool)
                    }
                }
                report("\(it.name) \(algorithm) input gradient \(threads)T", work) {
                    convolution2DInputGradient(
                        dy, kernel, inputShape: shape.input, shape.window, groups: shape.groups, algorithm: algorithm,
                        on: pool)
                }
                report("\(it.name) \(algorithm) kernel gradient \(threads)T", work) {
                    convolution2DKernelGradient(
                        dy, x, kernelShape: shape.kernelShape, shape.window, groups: shape.groups, algorithm: algorithm,
                        on: pool)
                }
            }
        }
    }

    @Test func denseLayers() {
        for (rows, depth, columns) in [(128, 9216, 128), (1, 9216, 128), (128, 128, 10), (512, 512, 512)] {
            guard wanted("dense") else { return }
            let (x, kernel, dy) = (noise([rows, depth], 1), noise([depth, columns], 2), noise([rows, columns], 3))
            let work = 2 * Double(rows * depth * columns)
            for threads in Self.threads {
                let pool = WorkerPool(threads: threads)
                let name = "dense \(rows)x\(depth)x\(columns) \(threads)T"
                let prepared = PreparedDense(kernel, on: pool)
                report("\(name) prepared", work) { prepared(x, on: pool) }
                report("\(name) forward", work) { dense(x, kernel, bias: nil, on: pool) }
                report("\(name) input gradient", work) { matmul(dy, kernel, transposingB: true, on: pool) }
                report("\(name) kernel gradient", work) { matmul(x, dy, transposingA: true, on: pool) }
            }
        }
    }

    @Test func elementwise() {
        guard wanted("elementwise") else { return }
        let x = noise([128, 24, 24, 64], 1)
        let window = Window2D(kernel: [2, 2], strides: [2, 2])
        let (y, winners) = maxPooling2D(x, window, on: .shared)
        for threads in Self.threads {
            let pool = WorkerPool(threads: threads)
            report("elementwise max pool \(threads)T", Double(x.count)) { maxPooling2D(x, window, on: pool) }
            report("elementwise max pool gradient \(threads)T", Double(x.count)) {
                maxPooling2DGradient(y, winners: winners, inputShape: x.shape, window, on: pool)
            }
            report("elementwise average pool \(threads)T", Double(x.count)) { averagePooling2D(x, window, on: pool) }
            report("elementwise relu \(threads)T", Double(x.count)) { relu(x, on: pool) }
            report("elementwise relu gradient \(threads)T", Double(x.count)) { reluGradient(x, x, on: pool) }
            report("elementwise relu6 \(threads)T", Double(x.count)) { relu(x, maximum: 6, on: pool) }
            report("elementwise relu6 gradient \(threads)T", Double(x.count)) {
                reluGradient(x, x, maximum: 6, on: pool)
            }
            report("elementwise silu \(threads)T", Double(x.count)) { silu(x, on: pool) }
            report("elementwise dropout mask \(threads)T", Double(x.count)) {
                dropoutMask(x.shape, rate: 0.25, Random(seed: 1), on: pool)
            }
            report("elementwise add \(threads)T", Double(x.count)) { adding(x, x, on: pool) }
            report("elementwise mapped \(threads)T", Double(x.count)) { mapped(x, on: pool) { $0 * 2 + 1 } }
            report("elementwise sum rows \(threads)T", Double(x.count)) { sumRows(x, on: pool) }
            report("elementwise moments \(threads)T", Double(x.count)) { channelMoments(x, on: pool) }
            report("elementwise softmax \(threads)T", Double(x.count)) { softmax(x, on: pool) }
            report("elementwise wake \(threads)T", 1000) { pool.run(2) { _ in } }
        }
    }

    /// One thread, and all; `KERAS_BRIDGE_BENCH_THREADS` says otherwise.
    private static let threads =
        getenv("KERAS_BRIDGE_BENCH_THREADS").flatMap { Int(String(cString: $0)) }.map { [$0] }
        ?? [1, WorkerPool.coreCount]

    private func wanted(_ name: String) -> Bool {
        guard let wish = getenv("KERAS_BRIDGE_BENCH") else { return false }
        return name.contains(String(cString: wish)) || String(cString: wish) == "all"
    }

    /// Prints the shortest of many times, and the work per time: a thousand million operations a second.
    ///
    /// One thread is timed by its own clock, which stands still while other processes have the core.
    private func report<Result>(_ name: String, _ work: Double, _ body: () -> Result) {
        let clock = name.contains("1T") ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC
        func now() -> Double {
            var time = timespec()
            clock_gettime(clock, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
        }
        var best = Double.infinity
        let end = now() + 0.3
        var runs = 0
        repeat {
            let start = now()
            _ = body()
            best = min(best, now() - start)
            runs += 1
        } while now() < end || runs < 5
        let (micro, rate) = ((best * 1e7).rounded() / 10, (work / best * 1e-8).rounded() / 10)
        print("BENCH \(name): \(micro) us, \(rate) G/s")
    }
}
