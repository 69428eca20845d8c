import Networks
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
            config = json.loads(r'''\(OptionValue.object(kerasConfig))''')
            module, name = "\(operation?.module ?? "keras.layers")", "\(operation?.className ?? name)"
            if not keras.__version__.startswith("3"):
                layer = getattr(keras.layers, "\(name)").from_config(config)
            else:
                layer = keras.saving.deserialize_keras_object(
                    {"module": module, "class_name": name, "config": config, "registered_name": None})
            count = \(inputs.count)
            xs = [tf.constant(a) for a in inputs[:count]]
            dys = [tf.constant(a) for a in inputs[count + \(weights.count):]]
            layer.trainable = \(context.isTrainable ? "True" : "False")
            kwargs = {}
            if "training" in inspect.signature(layer.call).parameters:
                kwargs["training"] = \(context.mode == .training ? "True" : "False")
            def call(**kwargs):
                y = \(call)
                ys = list(y) if isinstance(y, (list, tuple)) else [y]
                return ys + (\(layer.maskUse == .makes ? "[tf.cast(layer.compute_mask(xs[0]), tf.float32)]" : "[]"))
            call()
            # As files keep them: those that are trained first.
            own = getattr(layer, "trainable_weights", []) + getattr(layer, "non_trainable_weights", [])
            own = own[:\(weights.count)]
            for variable, value in zip(own, inputs[count:]): variable.assign(value)
            with tf.GradientTape(persistent=True) as tape:
                for v in xs: tape.watch(v)
                ys = call(**kwargs)
            moved = [np.array(w) for w in own]
            def gradient(v):
                try:
                    g = tape.gradient(ys, v, output_gradients=dys)
                except LookupError:  # an operation without one
                    g = None
                if g is None: return np.zeros(v.shape, "float32")
                return tf.convert_to_tensor(g).numpy()
            train = [getattr(v, "value", v) for v in own]
            train = [v() if callable(v) else v for v in train]
            outputs = [v.numpy() for v in ys] + [gradient(v) for v in xs]
            with tf.GradientTape(persistent=True) as tape:
                for v in train: tape.watch(v)
                ys = call(**kwargs)
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
        golden.inputGradients = take(inputs.count).enumerated().map { hasInputGradients && !isMask($0) ? $1 : nil }
        golden.weightGradients = zip(take(weights.count), specs).map { $1.isTrainable ? $0 : nil }
        for (index, moved) in take(weights.count).enumerated() where moved != weights[index] {
            golden.updates[index] = moved
        }
        return golden
    }

    /// The layer's type, where it is an operation.
    private var operation: (any Operation.Type)? { type(of: layer) as? any Operation.Type }

    /// The options of the class, without the arguments of the call.
    private var kerasConfig: Options {
        var config = layer.options
        for name in operation?.operands ?? [] { config[name] = nil }
        return config
    }

    /// The call in Keras' words: states and masks have names there.
    private var call: String {
        if let kerasCall { return kerasCall }
        if let operation {
            var number = -1
            let arguments = operation.operands.map { name -> String in
                if let constant = layer.options[name] { return constant.description }
                number += 1
                return "xs[\(number)]"
            }
            return "layer(\(operation.takesList ? "xs" : arguments.joined(separator: ", ")))"
        }
        let isRecurrent = layer is any SequenceLayer && !(layer is any UnaryLayer)
        let mask = layer.readsMask ? ", mask=xs[-1] > 0" : ""
        let end = layer.readsMask ? "-1" : "None"
        if isRecurrent, inputs.count > (layer.readsMask ? 2 : 1) {
            return "layer(xs[0], initial_state=list(xs[1:\(end)])\(mask), **kwargs)"
        }
        let single = inputs.count == (layer.readsMask ? 2 : 1)
        return "layer(\(single ? "xs[0]" : "xs[:\(end)]")\(mask), **kwargs)"
    }
}
