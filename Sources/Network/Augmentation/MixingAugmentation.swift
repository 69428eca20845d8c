import Tensors

/// An augmentation that mixes the images of a batch two by two; targets stay as they are, as in a model of Keras.
public protocol MixingAugmentation: ImageAugmentation {
    /// The share that each element of an image keeps, between 0 and 1; the rest is its partner's.
    func share(_ image: Int, _ shape: Shape, _ random: Random) -> (_ element: Int) -> Float
}

extension MixingAugmentation {
    // MARK: y = λ x + (1 − λ) x′

    public func augmented(_ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        let partners = random.stream(0).permutation(x.shape[0])
        let size = x.count / max(1, x.shape[0])
        return Tensor(
            x.shape,
            partners.enumerated().flatMap { image, partner -> [Float] in
                let share = share(image, x.shape.sample, random)
                return (0..<size).map { i in
                    let kept = share(i)
                    return kept * x[image * size + i] + (1 - kept) * x[partner * size + i]
                }
            })
    }

    // MARK: dx = λ dy,  dx′ = (1 − λ) dy, summed

    public func gradient(_ dy: Tensor, _ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        let partners = random.stream(0).permutation(x.shape[0])
        let size = x.count / max(1, x.shape[0])
        var dx = Tensor(x.shape)
        for (image, partner) in partners.enumerated() {
            let share = share(image, x.shape.sample, random)
            for i in 0..<size {
                dx[image * size + i] += share(i) * dy[image * size + i]
                dx[partner * size + i] += (1 - share(i)) * dy[image * size + i]
            }
        }
        return dx
    }
}
