"""A real Keras that answers questions over a pipe. `KerasProcess.swift` starts it: python -c SOURCE keras|tf_keras

A message, either way, is one line of JSON and then the elements of its tensors (float32, little-endian, C order) in
the order of the line's "tensors", a list of shapes. Other fields name a tensor by its place in that list.
A reply holds "error" if the request failed; the worker lives on. It ends when its standard input does.
"""

import json
import os
import sys

ENGINE = sys.argv[1]

# The pipe is ours alone: whatever prints to standard output goes to standard error instead.
requests = os.fdopen(os.dup(0), "rb")
replies = os.fdopen(os.dup(1), "wb")
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
os.dup2(2, 1)

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# TensorFlow turns oneDNN on for some processors only, and without it has no CPU kernel for channels_first or for a
# transposed convolution with dilation.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"


def reply(fields, arrays=()):
    fields["tensors"] = [list(a.shape) for a in arrays]
    replies.write(json.dumps(fields).encode() + b"\n")
    for array in arrays:
        replies.write(array.tobytes())
    replies.flush()


try:
    import time
    import traceback

    import h5py
    import numpy as np
    import tensorflow as tf

    if len(sys.argv) > 2:
        tf.config.threading.set_intra_op_parallelism_threads(int(sys.argv[2]))
        tf.config.threading.set_inter_op_parallelism_threads(int(sys.argv[2]))
    if ENGINE == "keras":
        import keras
    else:
        import tf_keras as keras
except Exception as error:
    reply({"error": f"{type(error).__name__}: {error}"})
    sys.exit(1)


class Arrays:
    """The tensors of a reply, in the order in which they were added."""

    def __init__(self):
        self.list = []

    def add(self, value):
        self.list.append(np.asarray(value).astype("<f4", order="C"))
        return len(self.list) - 1


models = {}
last_model = 0


def keep(model):
    global last_model
    last_model += 1
    models[last_model] = model
    return last_model


def layers_of(model):
    """The layers as Keras numbers them, input layers among them."""
    if ENGINE == "tf_keras":
        return model._self_tracked_trackables
    return (getattr(model, "_functional", None) or model).layers  # a Sequential of Keras 3 runs a Functional


def describe(model):
    return {
        "model": keep(model),
        "name": model.name,
        "layers": [{"name": l.name, "className": type(l).__name__} for l in layers_of(model)],
        "inputShapes": [[-1 if d is None else int(d) for d in t.shape] for t in model.inputs or []],
        "outputShapes": [[-1 if d is None else int(d) for d in t.shape] for t in model.outputs or []],
    }


def one_or_all(values):
    return values[0] if len(values) == 1 else list(values)


def as_list(value):
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, (list, tuple)) else [value]


def for_inputs(model, arrays):
    """Arrays arrive as float32; a model that counts (an Embedding's) wants the dtype it declares."""
    declared = [getattr(t.dtype, "name", t.dtype) for t in model.inputs or []]
    if len(declared) == len(arrays):
        arrays = [a.astype(d) if d != "bfloat16" else a for a, d in zip(arrays, declared)]
    return one_or_all(arrays)


def without_randomness(model):
    """Switches off every layer that draws random numbers; returns what puts it back."""
    saved = []
    for layer in model._flatten_layers():
        for option in ("rate", "stddev", "dropout", "recurrent_dropout"):
            value = getattr(layer, option, None)
            if isinstance(value, (int, float)) and not isinstance(value, bool) and value != 0:
                saved.append((layer, option, value))
                setattr(layer, option, 0.0)
    return saved


def restore(saved):
    for layer, option, value in saved:
        setattr(layer, option, value)


def loss_of(name_or_config):
    return keras.losses.get(name_or_config)


def optimizer_of(given):
    """A name, or a class name with its options: "adam", {"class_name": "Adam", "config": {…}}."""
    if isinstance(given, str):
        given = {"class_name": given, "config": {}}
    # Not optimizers.get: in tf_keras that makes some of the old optimizers, SGD for one.
    name = given["class_name"].split(">")[-1]
    known = {n.lower(): c for n, c in vars(keras.optimizers).items() if isinstance(c, type)}
    if name.lower() not in known:
        raise ValueError(f"{ENGINE} has no optimizer {name}")
    config = dict(given["config"])
    # JSON makes no difference between 1 and 1.0, Keras does.
    if isinstance(config.get("learning_rate"), int):
        config["learning_rate"] = float(config["learning_rate"])
    optimizer = known[name.lower()].from_config(config)
    # What Keras would quietly leave at its default must not pass unseen.
    if unknown := [k for k in given["config"] if k not in optimizer.get_config()]:
        raise ValueError(f"{name} has no option {unknown[0]}")
    return optimizer


def variable_name(variable):
    return getattr(variable, "path", variable.name)


def variables_of(optimizer):
    variables = optimizer.variables
    return variables() if callable(variables) else variables


def architecture(given):
    """A model without its weights, from JSON text, a JSON file or any model file."""
    if given.lstrip().startswith("{"):
        return keras.models.model_from_json(given)
    if given.endswith(".json"):
        with open(given, encoding="utf-8") as file:
            return keras.models.model_from_json(file.read())
    return keras.models.load_model(given, compile=False)


# MARK: what can be asked


def op_load(request, arrays, out):
    if request.get("architecture"):
        model = architecture(request["architecture"])
        model.load_weights(request["path"])
    else:
        model = keras.models.load_model(request["path"], compile=request.get("compile", True))
    return describe(model)


def op_build(request, arrays, out):
    model = architecture(request["architecture"])
    if not model.built:
        model.build()
    return describe(model)


def weights_of(layer):
    """A layer's weights; of a wrapper around a model as files have them, those that are trained first."""
    if isinstance(getattr(layer, "layer", None), keras.Model):
        return layer.trainable_weights + layer.non_trainable_weights
    return layer.weights


def op_json(request, arrays, out):
    return {"text": models[request["model"]].to_json()}


def op_weights(request, arrays, out):
    layers = []
    for name, layer in leaves_of(models[request["model"]], request.get("expand")):
        weights = weights_of(layer)
        if not weights:
            continue
        layers.append({
            "layer": name,
            "names": [variable_name(w) for w in weights],
            "tensors": [out.add(w.numpy()) for w in weights],
            "trainable": [bool(w.trainable) for w in weights],
        })
    return {"weights": layers}


def op_set_weights(request, arrays, out):
    model = models[request["model"]]
    for entry in request["weights"]:
        model.get_layer(entry["layer"]).set_weights([arrays[i] for i in entry["tensors"]])
    return {}


def op_predict(request, arrays, out):
    model = models[request["model"]]
    x = for_inputs(model, [arrays[i] for i in request["inputs"]])
    y = model.predict(x, batch_size=request["batchSize"], verbose=0)
    return {"outputs": [out.add(a) for a in as_list(y)]}


def nodes_of(model):
    """Every call of every layer in the graph: [(layer, number of the call, input tensors, output tensors)]."""
    graph = getattr(model, "_functional", None) or model
    members = {id(node) for nodes in graph._nodes_by_depth.values() for node in nodes}
    found = []
    for layer in layers_of(model):
        calls = [node for node in layer._inbound_nodes if id(node) in members]
        for k, node in enumerate(calls):
            if ENGINE == "keras":
                found.append((layer, k, list(node.input_tensors), list(node.output_tensors)))
            else:
                found.append((layer, k, tf.nest.flatten(node.input_tensors), tf.nest.flatten(node.outputs)))
    return found


def activations_of(model, x, training, expand, chosen=None, prefix="", instance=0):
    """[(layer's name, class, call, output, value)]; with `expand`, models inside give their layers as outer/inner."""
    nodes = [n for n in nodes_of(model) if chosen is None or n[0].name in chosen]
    nested = [expand and isinstance(layer, keras.Model) for layer, *_ in nodes]
    wanted = [before if inner else after for inner, (_, _, before, after) in zip(nested, nodes)]
    tap = keras.Model(one_or_all(as_list(model.inputs)), [t for tensors in wanted for t in tensors])
    values = iter(as_list(tap(x, training=training)))
    found = []
    for inner, (layer, call, _, _), tensors in zip(nested, nodes, wanted):
        here = [next(values) for _ in tensors]
        calls = sum(other is layer for other, *_ in nodes)
        number = instance * calls + call
        if inner:
            found += activations_of(
                layer, one_or_all(here), training, expand, None, prefix + layer.name + "/", number)
        elif not (prefix and type(layer).__name__ == "InputLayer"):
            found += [(prefix + layer.name, type(layer).__name__, number, k, v) for k, v in enumerate(here)]
    return found


def leaves_of(model, expand, prefix=""):
    """[(name, layer)]; with `expand`, models inside give their layers as outer/inner."""
    found = []
    for layer in layers_of(model):
        if expand and isinstance(layer, keras.Model):
            found += leaves_of(layer, expand, prefix + layer.name + "/")
        else:
            found.append((prefix + layer.name, layer))
    return found


def op_activations(request, arrays, out):
    model = models[request["model"]]
    x = for_inputs(model, [arrays[i] for i in request["inputs"]])
    training = bool(request.get("training"))
    saved = without_randomness(model) if training else []
    try:
        found = activations_of(model, x, training, bool(request.get("expand")), request.get("layers"))
    finally:
        restore(saved)
    return {"activations": [
        {"layer": name, "className": class_name, "call": call, "output": k, "tensor": out.add(value.numpy())}
        for name, class_name, call, k, value in found]}


def targets_for(request, arrays, losses):
    targets = [arrays[i] for i in request["targets"]]
    sparse = [str(loss).startswith("sparse") for loss in losses]
    if len(sparse) == 1:
        sparse *= len(targets)
    return [t.astype("int32") if s else t for t, s in zip(targets, sparse)]


def op_gradients(request, arrays, out):
    model = models[request["model"]]
    x = for_inputs(model, [arrays[i] for i in request["inputs"]])
    losses = request["losses"]
    targets = targets_for(request, arrays, losses)
    if len(losses) == 1:
        losses = losses * len(targets)
    state = [w.numpy() for w in model.weights]  # a pass in training mode moves BatchNormalization's averages
    saved = without_randomness(model)
    try:
        with tf.GradientTape() as tape:
            y = as_list(model(x, training=request.get("training", True)))
            loss = tf.add_n([tf.reduce_mean(loss_of(l)(t, p)) for l, t, p in zip(losses, targets, y)])
            if model.losses:
                loss += tf.add_n([tf.convert_to_tensor(l) for l in model.losses])
        watched = [(name, i, w) for name, l in leaves_of(model, request.get("expand")) for i, w in enumerate(weights_of(l))
                   if any(w is t for t in model.trainable_weights)]
        gradients = tape.gradient(loss, [getattr(w, "value", w) if ENGINE == "keras" else w for _, _, w in watched])
    finally:
        restore(saved)
        for weight, value in zip(model.weights, state):
            weight.assign(value)
    dense = [tf.zeros(w.shape) if g is None else tf.convert_to_tensor(g) for g, (_, _, w) in zip(gradients, watched)]
    return {"loss": float(loss), "gradients": [
        {"layer": layer, "weight": i, "name": variable_name(w), "tensor": out.add(g.numpy())}
        for (layer, i, w), g in zip(watched, dense)]}


def op_train(request, arrays, out):
    model = models[request["model"]]
    inputs = [arrays[i] for i in request["inputs"]]
    losses = request.get("losses")
    if request.get("optimizer") is not None or losses:
        optimizer = optimizer_of(request["optimizer"]) if request.get("optimizer") is not None else model.optimizer
        options = {"jit_compile": False}
        model.compile(optimizer=optimizer, loss=one_or_all(losses) if losses else None, **options)
    elif getattr(model, "optimizer", None) is None:
        raise ValueError("the model is not compiled: name an optimizer and a loss")
    compiled = losses or as_list(loss_name(model))
    targets = targets_for(request, arrays, compiled)
    batch = request["batchSize"]
    history = []
    saved = [] if request.get("dropout") else without_randomness(model)
    model.train_function = None  # traced before the switch, it would still draw
    try:
        for start in range(0, len(inputs[0]), batch):
            rows = slice(start, start + batch)
            result = model.train_on_batch(
                for_inputs(model, [a[rows] for a in inputs]), one_or_all([t[rows] for t in targets]))
            history.append(float(np.ravel(result)[0]))
            if hasattr(model, "reset_metrics"):
                model.reset_metrics()
    finally:
        restore(saved)
        model.train_function = None
    return {"losses": history}


def loss_name(model):
    """What the model was compiled with, as a name: only to know whether targets are class numbers."""
    loss = getattr(model, "loss", None)
    if loss is None and getattr(model, "_compile_config", None):
        loss = model._compile_config.config.get("loss")
    if isinstance(loss, (list, tuple)):
        return [loss_name_of(l) for l in loss]
    return [loss_name_of(loss)]


def loss_name_of(loss):
    if isinstance(loss, str):
        return loss
    if isinstance(loss, dict):
        return loss.get("config", {}).get("name", "")
    return getattr(loss, "name", getattr(loss, "__name__", ""))


def op_optimizer(request, arrays, out):
    optimizer = models[request["model"]].optimizer
    return {
        "optimizer": json.dumps({"class_name": type(optimizer).__name__,
                                 "config": json_safe(optimizer.get_config())}),
        "variables": [{"name": variable_name(v), "tensor": out.add(v.numpy())} for v in variables_of(optimizer)],
    }


def json_safe(value):
    return json.loads(json.dumps(value, default=lambda v: float(v) if np.isscalar(v) else str(v)))


def op_evaluate(request, arrays, out):
    model = models[request["model"]]
    if request.get("losses"):
        # Its optimizer stays, with its state.
        model.compile(optimizer=getattr(model, "optimizer", None) or "rmsprop", loss=one_or_all(request["losses"]),
                      metrics=request.get("metrics") or None)
    targets = targets_for(request, arrays, request.get("losses") or loss_name(model))
    x = for_inputs(model, [arrays[i] for i in request["inputs"]])
    result = model.evaluate(x, one_or_all(targets), batch_size=request["batchSize"], verbose=0, return_dict=True)
    return {"metrics": {name: float(value) for name, value in result.items()}}


def op_compile(request, arrays, out):
    model = models[request["model"]]
    model.compile(optimizer=optimizer_of(request["optimizer"]), loss=one_or_all(request["losses"]),
                  metrics=request.get("metrics") or None)
    return {}


def op_save(request, arrays, out):
    model, path = models[request["model"]], request["path"]
    if request.get("weightsOnly"):
        if ENGINE == "tf_keras" and not path.endswith(".weights.h5"):
            model.save_weights(path, save_format="h5")
        else:
            model.save_weights(path)
    else:
        # tf_keras' own format does not know the option.
        model.save(path, **({} if request.get("includeOptimizer", True) else {"include_optimizer": False}))
    return {}


def op_bench(request, arrays, out):
    """Seconds of each of `repeats` passes over the inputs, after one pass to warm up."""
    model = models[request["model"]]
    x = for_inputs(model, [arrays[i] for i in request["inputs"]])
    batch = request["batchSize"]
    if request.get("targets"):
        losses = request["losses"]
        y = one_or_all(targets_for(request, arrays, losses))
        model.compile(optimizer=optimizer_of(request["optimizer"]), loss=one_or_all(losses))
        run = lambda: model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
    else:
        run = lambda: model.predict(x, batch_size=batch, verbose=0)
    run()
    seconds = []
    for _ in range(request["repeats"]):
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
    return {"seconds": seconds}


def op_run(request, arrays, out):
    """Runs Python with keras, tf, np, `inputs` and `models`; takes `result`, `outputs` and `made` from it."""
    scope = {"keras": keras, "tf": tf, "np": np, "h5py": h5py, "inputs": [arrays[i] for i in request["inputs"]],
             "models": [models[i] for i in request.get("models", [])], "result": None, "outputs": [], "made": []}
    exec(compile(request["source"], "<KerasProcess.run>", "exec"), scope)
    return {"text": json.dumps(json_safe(scope["result"])), "outputs": [out.add(a) for a in scope["outputs"]],
            "made": [describe(m) for m in scope["made"]]}


def read_request():
    line = requests.readline()
    if not line:
        return None, []
    request = json.loads(line)
    arrays = []
    for shape in request.get("tensors", []):
        size = 4 * int(np.prod(shape, dtype=np.int64))
        arrays.append(np.frombuffer(requests.read(size), "<f4").reshape(shape))
    return request, arrays


def main():
    reply({"versions": {
        "engine": ENGINE, "keras": keras.__version__, "tensorflow": tf.__version__, "numpy": np.__version__,
        "h5py": h5py.__version__, "hdf5": h5py.version.hdf5_version, "python": sys.version.split()[0]}})
    while True:
        request, arrays = read_request()
        if request is None:
            return
        for number in request.get("forget", []):
            models.pop(number, None)
        out = Arrays()
        try:
            answer = globals()["op_" + request["op"]](request, arrays, out)
        except Exception as error:
            traceback.print_exc()
            reply({"error": f"{type(error).__name__}: {error}"})
            continue
        reply(answer, out.list)


main()
