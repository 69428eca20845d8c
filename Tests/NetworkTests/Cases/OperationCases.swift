import Networks
import Tensors

extension LayerCase {
    static let operations: [LayerCase] = arithmetic + functions + reductions + shapeOperations

    private static var arithmetic: [LayerCase] {
        let row = Constant(Tensor([4], [0.5, -1.25, 2, 3]))
        let square = Constant(Tensor([3, 1], [0.5, 1.5, -2]))
        return [
            both(AddOperation.self), both(SubtractOperation.self), both(MultiplyOperation.self),
            both(DivideOperation.self, divides: true), both(TrueDivideOperation.self, divides: true),
            both(PowerOperation.self, divides: true), both(MaximumOperation.self), both(MinimumOperation.self),
        ].flatMap { $0 } + [
            LayerCase(AddOperation(Constants(x2: row)), [2, 3, 4]),
            LayerCase(MultiplyOperation(Constants(x1: square)), [2, 3, 4]),
            LayerCase(PowerOperation(Constants(x2: Constant(2))), [2, 3, 4]),
        ]
    }

    /// Tensors of one shape, tensors that are repeated, a number behind and a number in front.
    private static func both<Binary: BinaryOperation>(_ type: Binary.Type, divides: Bool = false) -> [LayerCase] {
        let range: ClosedRange<Float> = divides ? 0.5...2 : -2...2
        return [
            LayerCase(type.init(Constants(x2: Constant(3))), [2, 3, 4], range: range),
            LayerCase(type.init(Constants(x1: Constant(1.5))), [2, 3, 4], range: range),
            LayerCase(type.init(Constants()), [2, 3, 4], [2, 3, 4], range: range),
            LayerCase(type.init(Constants()), [2, 1, 1, 4], [2, 3, 3, 1], range: range),
        ]
    }

    private static var functions: [LayerCase] {
        let plain: [any Layer] = [
            NegativeOperation(), AbsoluteOperation(), SquareOperation(), ExpOperation(),
            ClipOperation(xMin: -0.5, xMax: 1),
            ReluOperation(), Relu6Operation(), SigmoidOperation(), SiluOperation(), SoftplusOperation(),
            SoftsignOperation(), SeluOperation(), HardSigmoidOperation(), HardSiluOperation(), HardTanhOperation(),
            LogSigmoidOperation(), TanhOperation(), LeakyReluOperation(negativeSlope: 0.1), LeakyReluOperation(),
            EluOperation(), GeluOperation(), GeluOperation(approximate: false), SoftmaxOperation(),
            SoftmaxOperation(axis: 1), LogSoftmaxOperation(),
        ]
        let positive: [any Layer] = [SqrtOperation(), RsqrtOperation(), ReciprocalOperation(), LogOperation()]
        return plain.map { LayerCase($0, [2, 3, 4]) } + positive.map { LayerCase($0, [2, 3, 4], range: 0.5...2) }
    }

    private static var reductions: [LayerCase] {
        [
            Reduction(axes: [1, 2]), Reduction(axes: [1, 2], keepdims: true), Reduction(axes: [-1]),
            Reduction(axes: [1, 3], keepdims: true),
        ].flatMap { reduction -> [LayerCase] in
            ([
                MeanOperation(reduction), SumOperation(reduction), MaxOperation(reduction), MinOperation(reduction),
            ] as [any Layer]).map { LayerCase($0, [2, 3, 5, 4]) }
        }
    }

    private static var shapeOperations: [LayerCase] {
        [
            LayerCase(ReshapeOperation(newShape: [-1, 4, 3]), [2, 3, 4]),
            LayerCase(TransposeOperation(axes: [0, 3, 1, 2]), [2, 3, 4, 5]),
            LayerCase(ConcatenateOperation(axis: -1), [2, 3, 4], [2, 3, 1]),
            LayerCase(ConcatenateOperation(axis: 1), [2, 3, 4], [2, 1, 4], [2, 2, 4]),
            LayerCase(ExpandDimsOperation(axes: [1]), [2, 3, 4]), LayerCase(ExpandDimsOperation(axes: [-1]), [2, 3]),
            LayerCase(SqueezeOperation(axes: [1, 2]), [2, 1, 1, 4]),
            LayerCase(SqueezeOperation(axes: [-1]), [2, 3, 1]),
        ]
    }
}
