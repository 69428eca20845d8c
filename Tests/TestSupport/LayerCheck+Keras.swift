import Network
import Parity
import Tensors

extension LayerCheck {
    /// What a running Keras computes for this case: outputs, gradients for ``outputGradients()``, and moved weights.
    ///
    /// Keras makes the layer from the options that ours writes, so this checks the options too.
    public func golden(from keras: KerasProcess) throws -> Golden {
        let specs = try layer.weights(for: inputs.map(\.shape))
        let gradients = outputGradients()
        let name = type(of: layer).kerasName
        let found = try keras.run(
            """
            import json, inspect
            config = json.loads(r'''\(OptionValue.object(layer.options))''')
            module = "keras.layers"
            if not keras.__version__.startswith("3"):
                layer = getattr(keras.layers, "\(name)").from_config(config)
            else:
                layer = keras.saving.deserialize_keras_object(
                    {"module": module, "class_name": "\(name)", "config": config, "registered_name": None})
            count = \(inputs.count)
            xs = [tf.constant(a) for a in inputs[:count]]
            dys = [tf.constant(a) for a in inputs[count + \(weights.count):]]
            x = xs if \(layer is any UnaryLayer ? "False" : "True") else xs[0]
            layer.trainable = \(context.isTrainable ? "True" : "False")
            kwargs = {}
            if "training" in inspect.signature(layer.call).parameters:
                kwargs["training"] = \(context.mode == .training ? "True" : "False")
            layer(x)
            if \(weights.count):
                layer.set_weights(inputs[count:count + \(weights.count)])
            with tf.GradientTape(persistent=True) as tape:
                for v in xs: tape.watch(v)
                y = layer(x, **kwargs)
                ys = y if isinstance(y, (list, tuple)) else [y]
            moved = [np.array(w) for w in layer.get_weights()]
            def gradient(v):
                g = tape.gradient(ys, v, output_gradients=dys)
                if g is None: return np.zeros(v.shape, "float32")
                return tf.convert_to_tensor(g).numpy()
            variables = layer.weights
            train = [getattr(v, "value", v) for v in variables]
            train = [v() if callable(v) else v for v in train]
            outputs = [v.numpy() for v in ys] + [gradient(v) for v in xs]
            with tf.GradientTape(persistent=True) as tape:
                for v in train: tape.watch(v)
                y = layer(x, **kwargs)
                ys = y if isinstance(y, (list, tuple)) else [y]
            outputs += [gradient(v) for v in train] + moved
            outputs = [np.asarray(o, "float32") for o in outputs]
            """, inputs: inputs + weights + gradients
        ).outputs
        var rest = found[...]
        func take(_ count: Int) -> [Tensor] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        var golden = Golden(outputs: take(gradients.count), outputGradients: gradients)
        golden.inputGradients = take(inputs.count).map { hasInputGradients ? $0 : nil }
        golden.weightGradients = zip(take(weights.count), specs).map { $1.isTrainable ? $0 : nil }
        for (index, moved) in take(weights.count).enumerated() where moved != weights[index] {
            golden.updates[index] = moved
        }
        return golden
    }
}
