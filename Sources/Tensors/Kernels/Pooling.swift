/// The largest cell under each position of a window; Keras' `MaxPooling2D`.
///
/// Padding cells never win. Among equal cells the first in row order wins, as in TensorFlow.
///
/// - Parameter x: `[batch, height, width, channels]`.
/// - Returns: `y` and, of the same shape, for each cell the winner's number inside the window, `row · width + column`.
public func maxPooling2D(_ x: Tensor, _ window: Window2D, on pool: WorkerPool) -> (y: Tensor, winners: Tensor) {
    Reference.maxPooling2D(x, window)
}

/// The gradient of ``maxPooling2D(_:_:on:)``: each cell of `dy` goes to its winner.
public func maxPooling2DGradient(
    _ dy: Tensor, winners: Tensor, inputShape: Shape, _ window: Window2D, on pool: WorkerPool
) -> Tensor {
    Reference.maxPooling2DGradient(dy, winners: winners, inputShape: inputShape, window)
}

/// The mean of the real cells, those inside the image, under each position of a window; Keras' `AveragePooling2D`.
///
/// - Parameter x: `[batch, height, width, channels]`.
public func averagePooling2D(_ x: Tensor, _ window: Window2D, on pool: WorkerPool) -> Tensor {
    Reference.averagePooling2D(x, window)
}

/// The gradient of ``averagePooling2D(_:_:on:)``: each cell of `dy`, divided by the number of real cells, goes to all of them.
public func averagePooling2DGradient(
    _ dy: Tensor, inputShape: Shape, _ window: Window2D, on pool: WorkerPool
) -> Tensor {
    Reference.averagePooling2DGradient(dy, inputShape: inputShape, window)
}
