import Tensors

/// Attention of several heads over projected tensors: ``MultiHeadAttention`` and ``GroupQueryAttention``.
///
/// The inputs are query, value, perhaps key (by default the value), then, if the call takes one, a mask
/// `[batch, queries, keys]`; then the masks of query, value and key, each `[batch, steps]`. A query attends to a key
/// that none of them hides.
public protocol ProjectedAttention: MaskReading, MaskRuled, CallArguments {
    var headOptions: HeadOptions { get set }
    var call: AttentionCall { get set }
}

extension ProjectedAttention {
    public func called(with arguments: Options) -> Self? {
        guard let call = AttentionCall(arguments) else { return nil }
        var called = self
        called.call = call
        return called
    }

    public var callArguments: Options { call.arguments }

    public var maskUse: MaskUse { .reads }

    public func readsMask(of input: Int, among count: Int) -> Bool { input < count - (call.takesMask ? 1 : 0) }

    public func carriesMask(to output: Int) -> Bool { output == 0 }

    /// Query, value and perhaps key, and what hides keys from queries.
    func parts<Element>(_ all: [Element]) -> (inputs: [Element], masks: HeadMasks<Element>) {
        let (given, masks) = unmasked(all)
        guard call.takesMask, given.count > 2 else { return (given, HeadMasks(ofInputs: masks)) }
        return (
            Array(given.dropLast()), HeadMasks(ofInputs: Array(masks.dropLast()), ofPairs: given[given.count - 1])
        )
    }

    /// The gradients of all inputs: masks have none.
    func withAllMasks(_ gradients: [Tensor?]) -> [Tensor?] {
        withMasks(gradients + (call.takesMask ? [nil] : []))
    }

    /// Makes sure that query, value and key of rank 3 and their masks belong together.
    func check(_ masks: HeadMasks<Shape>, _ inputs: [Shape]) throws(ShapeError) {
        guard !masks.isEmpty else { return }
        let (queries, keys) = (inputs[0].count == 3 ? inputs[0][1] : 0, inputs[1].count == 3 ? inputs[1][1] : 0)
        let expected = Shape([inputs[0][0], queries, keys])
        let ofPairs =
            masks.ofPairs.map { mask in
                mask.count == 3
                    && zip(mask, expected).dropFirst().allSatisfy {
                        $0 == $1 || $0 == Shape.unknown || $1 == Shape.unknown
                    }
            } ?? true
        guard inputs.allSatisfy({ $0.count == 3 }), ofPairs,
            masks.ofInputs.allSatisfy({ $0.map { $0.count == 2 } ?? true })
        else {
            throw ShapeError(
                layer: "\(Self.kerasName) with masks",
                expected: "[batch, steps, features], masks [batch, steps] and an attention_mask [batch, queries, keys]",
                found: inputs)
        }
    }
}

/// What hides keys from queries.
struct HeadMasks<Element> {
    /// The masks of query, value and key.
    var ofInputs: [Element?]
    /// The mask of each query and key.
    var ofPairs: Element?

    var isEmpty: Bool { ofPairs == nil && ofInputs.allSatisfy { $0 == nil } }
}

extension HeadMasks<Tensor> {
    /// Whether each query attends to each key, `[batch, queries, keys]`: `nil` where it does.
    func allowed(batch: Int, queries: Int, keys: Int) -> Tensor? {
        guard !isEmpty else { return nil }
        let ofKeys = ofInputs.dropFirst().compactMap { $0 }
        return Tensor(unsafeUninitialized: [batch, queries, keys]) { target in
            for i in target.indices {
                let (row, key) = (i / keys, i % keys)
                let counts =
                    (ofInputs[0].map { $0[row] != 0 } ?? true) && (ofPairs.map { $0[i] != 0 } ?? true)
                    && ofKeys.allSatisfy { $0[row / queries * keys + key] != 0 }
                target[i] = counts ? 1 : 0
            }
        }
    }
}
