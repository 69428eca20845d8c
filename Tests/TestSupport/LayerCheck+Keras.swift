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
            if "\(kerasModule ?? "")":
                import importlib
                layer = getattr(importlib.import_module("\(kerasModule ?? "")"), name).from_config(config)
            elif not keras.__version__.startswith("3"):
                layer = getattr(keras.layers, "\(name)").from_config(config)
            else:
                layer = keras.saving.deserialize_keras_object(
                    {"module": module, "class_name": name, "config": config, "registered_name": None})
            count = \(inputs.count)
            all = [tf.constant(a) for a in inputs[:count]]
            xs = all[:count - \(layer.maskedInputs.count)]
            masks = [m > 0 for m in all[len(xs):]]
            masked = \(layer.maskedInputs)
            dys = [tf.constant(a) for a in inputs[count + \(weights.count):]]
            layer.trainable = \(context.isTrainable ? "True" : "False")
            kwargs = {}
            if "training" in inspect.signature(layer.call).parameters:
                kwargs["training"] = \(context.mode == .training ? "True" : "False")
            def call(**kwargs):
                if \(givesMasksToTensors ? "True" : "False"):
                    for x, mask in zip(masked, masks): xs[x]._keras_mask = mask
                y = \(call)
                ys = list(y) if isinstance(y, (list, tuple)) else [y]
                return ys + \(mask)
            call()
            # As files keep them: those that are trained first.
            own = getattr(layer, "trainable_weights", []) + getattr(layer, "non_trainable_weights", [])
            own = own[:\(weights.count)]
            for variable, value in zip(own, inputs[count:]): variable.assign(value)
            with tf.GradientTape(persistent=True) as tape:
                for v in all: tape.watch(v)
                ys = call(**kwargs)
            moved = [np.array(w) for w in own]
            def gradient(v):
                try:
                    g = tape.gradient(ys, v, output_gradients=dys)
                except LookupError:  # an operation without one
                    g = None
                if g is None: return np.zeros(v.shape, "float32")
                return tf.convert_to_tensor(g).numpy()
            train = [v if isinstance(v, tf.Variable) else v.value for v in own]
            outputs = [v.numpy() for v in ys] + [gradient(v) for v in all]
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

    /// Whether masks go with the tensors, as in a model, and not by an argument.
    private var givesMasksToTensors: Bool {
        layer.maskUse == .joins || layer is any DenseAttention || layer is any ProjectedAttention
    }

    /// The mask that Keras makes, in Python.
    private var mask: String {
        switch layer.maskUse {
        case .makes: "[tf.cast(layer.compute_mask(xs[0]), tf.float32)]"
        case .joins where layer.readsMask:
            "[tf.cast(getattr(ys[0], '_keras_mask', tf.ones(ys[0].shape[:2])), tf.float32)]"
        default: "[]"
        }
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
        let mask = layer.readsMask && !givesMasksToTensors ? ", mask=masks[0]" : ""
        let count = inputs.count - layer.maskedInputs.count
        if isRecurrent, count > 1 { return "layer(xs[0], initial_state=list(xs[1:])\(mask), **kwargs)" }
        return "layer(\(count == 1 ? "xs[0]" : "xs")\(mask), **kwargs)"
    }
}
