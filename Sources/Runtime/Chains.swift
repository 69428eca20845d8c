import Networks
import Tensors

/// The steps of a plan, searched for those that only pass their output on to the next.
struct Chains {
    private let steps: [Plan.Step]
    /// For each slot, the steps that read it; a model's output is read by somebody outside too.
    private var readers: [Int: [Int]] = [:]

    init(_ steps: [Plan.Step], outputs: [Int]) {
        self.steps = steps
        for (position, step) in steps.enumerated() {
            for slot in step.inputs { readers[slot, default: []].append(position) }
        }
        for slot in outputs { readers[slot, default: []].append(steps.count) }
    }

    /// The step that alone reads the output of this one, and reads nothing else.
    func next(after position: Int) -> Int? {
        guard steps[position].outputs.count == 1, let readers = readers[steps[position].outputs[0]], readers.count == 1,
            readers[0] < steps.count, steps[readers[0]].inputs.count == 1
        else { return nil }
        return readers[0]
    }

    /// The steps with chains of them made one.
    func fused(for purpose: Plan.Purpose) -> [Plan.Step] {
        if purpose == .layers { return steps }
        var gone = Set<Int>()
        var result: [Plan.Step] = []
        for position in steps.indices where !gone.contains(position) {
            let found = purpose == .training ? training(from: position) : prediction(from: position)
            guard let (step, members) = found else {
                result.append(steps[position])
                continue
            }
            gone.formUnion(members)
            result.append(step)
        }
        return result
    }

    private func layer<Wanted: Layer>(at position: Int?, _ kind: Wanted.Type = Wanted.self) -> Wanted? {
        position.flatMap { steps[$0].layer as? Wanted }
    }

    /// The step that stands for those at these positions, which follow one another; the one at `main` has the weights.
    private func step(for members: [Int], main: Int) -> Plan.Step {
        var step = steps[main]
        step.inputs = steps[members[0]].inputs
        step.outputs = steps[members[members.count - 1]].outputs
        step.sources = members.map { steps[$0].source }
        return step
    }

    // MARK: Training: Conv2D, MaxPooling2D, Dropout

    private func training(from position: Int) -> (Plan.Step, [Int])? {
        if let normalization: BatchNormalization = layer(at: position) {
            return training(from: position, normalization)
        }
        guard let convolution: Conv2D = layer(at: position), ConvolutionMaxPooling.canFuse(convolution),
            let pool = next(after: position), let pooling: MaxPooling2D = layer(at: pool), pooling.isTwoByTwo
        else { return nil }
        var members = [position, pool]
        let last = next(after: pool)
        let dropout: Dropout? = layer(at: last)
        if let last, let dropout, dropout.noiseShape == nil { members.append(last) }
        var step = step(for: members, main: position)
        step.fused = ConvolutionMaxPooling(convolution: convolution, dropout: members.count > 2 ? dropout : nil)
        step.randomness = steps[members[members.count - 1]].source
        return (step, members)
    }

    // MARK: Training: BatchNormalization, ReLU

    private func training(from position: Int, _ normalization: BatchNormalization) -> (Plan.Step, [Int])? {
        guard !normalization.readsMask, let next = next(after: position),
            let applying = steps[next].layer as? any ActivationApplying,
            applying.activation == .relu
        else { return nil }
        var step = step(for: [position, next], main: position)
        step.fused = RectifiedNormalization(normalization: normalization)
        return (step, [position, next])
    }

    // MARK: Prediction: ZeroPadding2D, Conv2D or DepthwiseConv2D or Dense, BatchNormalization, activation, MaxPooling2D

    /// Positions that follow one another, which of them has the weights, and what the others do around it.
    private struct Link {
        var members: [Int]
        var main: Int
        var chain = PredictionChain()
    }

    private func prediction(from first: Int) -> (Plan.Step, [Int])? {
        guard let link = link(from: first) else { return nil }
        let links = [link] + following(link)
        let members = links.flatMap(\.members)
        var step = step(for: members, main: link.main)
        step.chain = link.chain
        step.following = links.dropFirst().compactMap { link in
            (steps[link.main].layer as? any ImageConvolution).map { (steps[link.main].source, $0, link.chain) }
        }
        return (step, members)
    }

    /// The convolutions of a ``DepthwiseBlock`` behind its first.
    private func following(_ first: Link) -> [Link] {
        var links: [Link] = []
        var last = first
        while links.count < 2, last.chain.closesItself, !last.chain.pools,
            let next = next(after: last.members[last.members.count - 1]), let link = link(from: next),
            isPointwise(last) && isDepthwise(link) && links.isEmpty || isDepthwise(last) && isPointwise(link)
        {
            links.append(link)
            last = link
        }
        return links
    }

    private func isDepthwise(_ link: Link) -> Bool { steps[link.main].layer is DepthwiseConv2D }

    private func isPointwise(_ link: Link) -> Bool {
        guard let layer: Conv2D = layer(at: link.main), link.chain.padding == nil, !link.chain.pools else {
            return false
        }
        return layer.kernelSize == [1, 1] && layer.strides == [1, 1] && layer.groups == 1
    }

    private func link(from first: Int) -> Link? {
        var link = Link(members: [first], main: first)
        if let padding: ZeroPadding2D = layer(at: first) {
            guard let next = next(after: first), steps[next].layer is any ImageConvolution else { return nil }
            link.chain.padding = padding.padding
            link.main = next
            link.members.append(next)
        }
        let base = steps[link.main].layer
        let convolution = base as? any ImageConvolution
        guard (convolution != nil && (link.chain.padding == nil || convolution?.padding == .valid)) || base is Dense
        else { return nil }
        link.chain.activation = convolution?.activation ?? (base as? Dense)?.activation ?? .linear
        var last = link.main
        func take(_ position: Int) {
            last = position
            link.members.append(position)
        }
        if link.chain.activation == .linear, let next = next(after: last),
            let norm: BatchNormalization = layer(at: next), norm.axis == -1 || convolution != nil && norm.axis == 3
        {
            link.chain.normalization = (steps[next].source.layer, norm)
            take(next)
        }
        if link.chain.activation == .linear, let next = next(after: last),
            let applying = steps[next].layer as? any ActivationApplying, applying.activation.isElementwise
        {
            link.chain.activation = applying.activation
            take(next)
        }
        if link.chain.activation == .relu || link.chain.activation == .linear, (base as? Conv2D)?.groups == 1,
            let next = next(after: last), let pooling: MaxPooling2D = layer(at: next), pooling.isTwoByTwo
        {
            link.chain.pools = true
            take(next)
        }
        return link
    }
}

extension MaxPooling2D {
    /// Whether it is the pooling that a convolution can do on the way.
    fileprivate var isTwoByTwo: Bool { poolSize == [2, 2] && strides == [2, 2] && padding == .valid }
}
