import Tensors

/// An augmentation that changes each image by itself, by what was drawn for it.
///
/// The change is a function of the image, `[height, width, channels]`, and of what was drawn alone: Keras'
/// `transform_images` of what its `get_random_transformation` gives.
public protocol EachImageAugmentation: ImageAugmentation {
    /// What is drawn for an image.
    associatedtype Drawn

    /// Draws for image number `image` of the batch, with Keras' distribution.
    func draw(_ image: Int, _ random: Random) -> Drawn

    /// The changed image.
    func changed(_ x: Tensor, _ drawn: Drawn) -> Tensor

    /// The loss' gradient with respect to the image.
    func gradient(_ dy: Tensor, _ x: Tensor, _ drawn: Drawn) -> Tensor
}

extension EachImageAugmentation {
    public func augmented(_ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        eachImage(of: x, on: pool) { image, x in changed(x, draw(image, random)) }
    }

    public func gradient(_ dy: Tensor, _ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        eachImage(of: x, on: pool) { image, x in gradient(dy.image(image), x, draw(image, random)) }
    }
}

/// The images that `body` makes of those of a batch, of the same shape.
func eachImage(of x: Tensor, on pool: WorkerPool, _ body: (Int, Tensor) -> Tensor) -> Tensor {
    // Each image is one task's own, so the threads never meet; who calls waits for them.
    withoutActuallyEscaping(body) { body in
        nonisolated(unsafe) let body = body
        return Tensor(unsafeUninitialized: x.shape) { target in
            nonisolated(unsafe) let target = target
            let size = x.count / max(1, x.shape[0])
            pool.run(x.shape[0], grain: 1) { images in
                for image in images {
                    body(image, x.image(image)).withElements { changed in
                        precondition(
                            changed.count == size, "an image of \(size) elements became one of \(changed.count)")
                        for i in 0..<size { target[image * size + i] = changed[i] }
                    }
                }
            }
        }
    }
}

extension Tensor {
    /// One image of a batch, `[height, width, channels]`.
    func image(_ number: Int) -> Tensor {
        let size = count / max(1, shape[0])
        return withElements { source in
            Tensor(shape.sample, UnsafeBufferPointer(rebasing: source[number * size..<(number + 1) * size]))
        }
    }

    /// The elements of an image at each place, `[places, channels]`.
    var pixels: Tensor { reshaped(to: [shape.dropLast().reduce(1, *), shape.last ?? 1]) }
}

/// The numbers that pixels may have, as Keras' `value_range` and its scale from 0 to 255.
extension RandomRange {
    var width: Float { Float(upper - lower) }

    func clipped(_ x: Float) -> Float { min(max(x, Float(lower)), Float(upper)) }

    /// The gradient of ``clipped(_:)``.
    func passed(_ dy: Float, at x: Float) -> Float { x >= Float(lower) && x <= Float(upper) ? dy : 0 }

    private var isBytes: Bool { lower == 0 && upper == 255 }

    /// The number on the scale from 0 to 255.
    func toBytes(_ x: Float) -> Float { isBytes ? x : (x - Float(lower)) / width * 255 }

    /// The way back from ``toBytes(_:)``.
    func fromBytes(_ x: Float) -> Float { isBytes ? x : x / 255 * width + Float(lower) }
}

/// Changes every element of an image.
func mappedElements(_ x: Tensor, _ body: (Float) -> Float) -> Tensor {
    x.withElements { x in
        Tensor(unsafeUninitialized: [x.count]) { y in for i in x.indices { y[i] = body(x[i]) } }
    }.reshaped(to: x.shape)
}

/// Changes every two elements at the same place.
func zippedElements(_ a: Tensor, _ b: Tensor, _ body: (Float, Float) -> Float) -> Tensor {
    precondition(a.count == b.count, "cannot pair shapes \(a.shape) and \(b.shape)")
    return a.withElements { a in
        b.withElements { b in
            Tensor(unsafeUninitialized: [a.count]) { y in for i in a.indices { y[i] = body(a[i], b[i]) } }
        }
    }.reshaped(to: a.shape)
}
