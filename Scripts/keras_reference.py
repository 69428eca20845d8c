#!/usr/bin/env python3
"""Writes a reference bundle: what Keras makes of a model, for `keras-bridge verify MODEL --reference BUNDLE.npz`.

Copy this one file to the machine where Keras lives; it needs nothing else. The bundle goes to the machine where Swift
lives, which needs no Python.

    python3 keras_reference.py digits.keras -o digits.npz                            random inputs, outputs
    python3 keras_reference.py digits.h5 --input x.npy --layers -o digits.npz        … and every layer's activations
    python3 keras_reference.py digits.keras --gradients --loss categorical_crossentropy --target y.npy --input x.npy -o b.npz

The bundle is an .npz archive of float32 arrays, and `about`, the bytes of a JSON text that says which model it was (name,
SHA-256) and which versions made it:
    inputs/0 …                               in model order, one sample along the first axis
    outputs/0 …                              what the model predicts
    activations/<layer>/<call>/<output>      every call of every layer
    labels                                   the class of each sample
    targets/0 …                              what losses are computed against
    gradients/<layer>/<weight>               of the loss by layer.weights[weight], in training mode, everything random off
    steps/losses, weights/<layer>/<weight>   after N optimizer steps on consecutive batches: the losses, all weights
A layer inside a model inside the model is called outer/inner.
"""

import argparse
import hashlib
import json
import os
import platform
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

FORMAT, VERSION = "keras-bridge-reference", 1


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("model", help="any model or weights file that this Keras opens")
    parser.add_argument("-o", "--output", required=True, metavar="BUNDLE.npz")
    parser.add_argument("--architecture", metavar="A", help="for a weights file: a JSON or model file")
    parser.add_argument("--keras", choices=["2", "3"], default="3", help="2: tf_keras; 3: keras (the default)")
    parser.add_argument("--input", action="append", default=[], metavar="X.npy", help="one for each input, in order")
    parser.add_argument("--samples", type=int, default=16, help="how many random samples without --input (16)")
    parser.add_argument("--seed", type=int, default=0, help="of the random samples (0)")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--layers", action="store_true", help="keep every layer's activations")
    parser.add_argument("--gradients", action="store_true", help="keep the gradient by every trainable weight")
    parser.add_argument("--train-steps", type=int, default=0, metavar="N", help="train N steps, keep losses and weights")
    parser.add_argument("--optimizer", default='{"class_name": "SGD", "config": {"learning_rate": 0.01}}', metavar="JSON",
                        help="for --train-steps: class_name and config (SGD with rate 0.01)")
    parser.add_argument("--loss", action="append", default=[], help="one, or one for each output")
    parser.add_argument("--target", action="append", default=[], metavar="Y.npy", help="what losses compare with, in order")
    parser.add_argument("--labels", metavar="Y.npy", help="the class of each sample")
    parser.add_argument("--force", action="store_true", help="overwrite BUNDLE.npz")
    chosen = parser.parse_args()
    if (chosen.gradients or chosen.train_steps) and not (chosen.loss and chosen.target):
        parser.error("--gradients and --train-steps need --loss and --target")
    if os.path.exists(chosen.output) and not chosen.force:
        parser.error(f"{chosen.output} exists; --force overwrites it")
    return chosen


def stop(sentence):
    sys.exit(f"keras_reference: {sentence}")


OPTIONS = arguments()
IS_2 = OPTIONS.keras == "2"
try:
    import numpy as np

    if IS_2:
        import tf_keras as keras
    else:
        import keras
except ImportError as error:
    stop(f"{error}; install {'tf-keras' if IS_2 else 'keras and tensorflow'} for {sys.executable}")
BACKEND = "tensorflow" if IS_2 else keras.backend.backend()


def load():
    try:
        if not OPTIONS.architecture:
            return keras.models.load_model(OPTIONS.model, compile=False)
        if OPTIONS.architecture.endswith(".json"):
            with open(OPTIONS.architecture, encoding="utf-8") as file:
                model = keras.models.model_from_json(file.read())
        else:
            model = keras.models.load_model(OPTIONS.architecture, compile=False)
        model.load_weights(OPTIONS.model)
        return model
    except Exception as error:  # Keras throws everything from OSError to KeyError
        if not os.path.exists(OPTIONS.model):
            stop(f"{OPTIONS.model} does not exist")
        other = "3" if IS_2 else "2"
        stop(f"{OPTIONS.model}: {type(error).__name__}: {error}\nIs it a file of the other Keras? Try --keras {other}")


def as_list(value):
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, (list, tuple)) else [value]


def one_or_all(values):
    return values[0] if len(values) == 1 else list(values)


def dtype_of(tensor):
    return getattr(tensor.dtype, "name", tensor.dtype)


def inputs_for(model):
    if OPTIONS.input:
        if len(OPTIONS.input) != len(model.inputs):
            stop(f"the model has {len(model.inputs)} inputs, found {len(OPTIONS.input)} --input")
        return [np.load(path, allow_pickle=False) for path in OPTIONS.input]
    random = np.random.default_rng(OPTIONS.seed)
    made = []
    for number, tensor in enumerate(model.inputs):
        shape = [d for d in tensor.shape][1:]
        if any(d is None for d in shape) or not str(dtype_of(tensor)).startswith("float"):
            stop(f"input {number} has shape {tuple(tensor.shape)} and dtype {dtype_of(tensor)}: give --input")
        made.append(random.uniform(size=[OPTIONS.samples] + shape).astype("float32"))
    return made


def layers_of(model):
    if IS_2:
        return model._self_tracked_trackables
    return (getattr(model, "_functional", None) or model).layers


def leaves_of(model, prefix=""):
    """[(name, layer)]; models inside the model give their layers as outer/inner."""
    found = []
    for layer in layers_of(model):
        if isinstance(layer, keras.Model):
            found += leaves_of(layer, prefix + layer.name + "/")
        else:
            found.append((prefix + layer.name, layer))
    return found


def nodes_of(model):
    """Every call of every layer in the graph: [(layer, number of the call, input tensors, output tensors)]."""
    graph = getattr(model, "_functional", None) or model
    members = {id(node) for nodes in graph._nodes_by_depth.values() for node in nodes}
    found = []
    for layer in layers_of(model):
        for call, node in enumerate(n for n in layer._inbound_nodes if id(n) in members):
            after = as_list(node.outputs if IS_2 else node.output_tensors)
            found.append((layer, call, as_list(node.input_tensors), after))
    return found


def activations_of(model, x, prefix="", instance=0):
    """{name of the array: value}; models inside the model give their layers as outer/inner."""
    nodes = nodes_of(model)
    wanted = [before if isinstance(layer, keras.Model) else after for layer, _, before, after in nodes]
    tap = keras.Model(one_or_all(as_list(model.inputs)), [t for tensors in wanted for t in tensors])
    values = iter(as_list(tap(x, training=False)))
    found = {}
    for (layer, call, _, _), tensors in zip(nodes, wanted):
        here = [next(values) for _ in tensors]
        number = instance * sum(other is layer for other, *_ in nodes) + call
        if isinstance(layer, keras.Model):
            found.update(activations_of(layer, one_or_all(here), prefix + layer.name + "/", number))
        elif not (prefix and type(layer).__name__ == "InputLayer"):
            found.update({f"activations/{prefix}{layer.name}/{number}/{k}": v for k, v in enumerate(here)})
    return found


def in_batches(run, arrays):
    """`run`, which gives a dictionary, on slices of the arrays, joined: memory follows the batch, not the data."""
    parts = [
        {name: np.asarray(v if IS_2 else keras.ops.convert_to_numpy(v)) for name, v in run(
            one_or_all([a[start:start + OPTIONS.batch_size] for a in arrays])).items()}
        for start in range(0, len(arrays[0]), OPTIONS.batch_size)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def without_randomness(model):
    """Switches off every layer that draws random numbers."""
    for layer in model._flatten_layers():
        for option in ("rate", "stddev", "dropout", "recurrent_dropout"):
            value = getattr(layer, option, None)
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                setattr(layer, option, 0.0)


def for_loss(name, target):
    return target.astype("int32") if name.startswith("sparse") else target


def gradients_of(model, x, targets, losses):
    """The loss of one batch of all samples, and [(layer, number of the weight, gradient)]."""
    if BACKEND != "tensorflow":
        stop(f"--gradients needs Keras on TensorFlow, found {BACKEND}; set KERAS_BACKEND=tensorflow")
    import tensorflow as tf

    state = [w.numpy() for w in model.weights]  # training mode moves BatchNormalization's averages
    with tf.GradientTape() as tape:
        y = as_list(model(one_or_all(x), training=True))
        loss = tf.add_n([
            tf.reduce_mean(keras.losses.get(name)(for_loss(name, t), p)) for name, t, p in zip(losses, targets, y)])
        if model.losses:
            loss += tf.add_n([tf.convert_to_tensor(extra) for extra in model.losses])
    trained = {id(w) for w in model.trainable_weights}
    watched = [(name, i, w) for name, l in leaves_of(model) for i, w in enumerate(l.weights) if id(w) in trained]
    found = tape.gradient(loss, [w if IS_2 else w.value for _, _, w in watched])
    values = [np.zeros(w.shape) if g is None else tf.convert_to_tensor(g).numpy() for g, (_, _, w) in zip(found, watched)]
    for weight, value in zip(model.weights, state):
        weight.assign(value)
    return float(loss), [(name, i, v) for (name, i, _), v in zip(watched, values)]


def train(model, x, targets, losses):
    """The losses of --train-steps steps; step k sees samples k·B … (k+1)·B − 1."""
    batch, steps = OPTIONS.batch_size, OPTIONS.train_steps
    if len(x[0]) < batch * steps:
        stop(f"{steps} steps of {batch} samples need {batch * steps} samples, found {len(x[0])}; lower --batch-size")
    wanted = json.loads(OPTIONS.optimizer)
    # Not optimizers.get: in tf_keras that makes some of the old optimizers, SGD for one.
    optimizer = getattr(keras.optimizers, wanted["class_name"]).from_config(wanted.get("config", {}))
    model.compile(optimizer=optimizer, loss=one_or_all(losses), jit_compile=False)
    history = []
    for start in range(0, batch * steps, batch):
        rows = slice(start, start + batch)
        result = model.train_on_batch(
            one_or_all([a[rows] for a in x]), one_or_all([for_loss(l, t[rows]) for l, t in zip(losses, targets)]))
        history.append(float(np.ravel(result)[0]))
        model.reset_metrics()
    return history


def main():
    model = load()
    x = inputs_for(model)
    typed = [a.astype(dtype_of(t)) for a, t in zip(x, model.inputs)]
    versions = {"numpy": np.__version__, "python": platform.python_version(), "machine": platform.platform()}
    for package in ("tensorflow", "jax", "torch", "h5py"):
        if package in sys.modules:
            versions[package] = sys.modules[package].__version__
    about = {
        "format": FORMAT, "version": VERSION, "model": os.path.basename(OPTIONS.model),
        "model_sha256": hashlib.sha256(open(OPTIONS.model, "rb").read()).hexdigest(),
        "engine": "tf_keras" if IS_2 else "keras", "keras": keras.__version__, "backend": BACKEND, **versions,
        "seed": None if OPTIONS.input else OPTIONS.seed, "batch_size": OPTIONS.batch_size,
        "layers": [{"name": name, "class_name": type(l).__name__} for name, l in leaves_of(model)]}
    arrays = {}

    def keep(name, value):
        arrays[name] = np.asarray(value).astype("float32")

    for number, value in enumerate(x):
        keep(f"inputs/{number}", value)
    if OPTIONS.labels:
        keep("labels", np.load(OPTIONS.labels, allow_pickle=False))
    outputs = as_list(model.outputs)

    def run(batch):
        found = {f"outputs/{k}": y for k, y in enumerate(as_list(model(batch, training=False)))}
        return {**found, **activations_of(model, batch)} if OPTIONS.layers else found

    for name, value in in_batches(run, typed).items():
        keep(name, value)

    if OPTIONS.gradients or OPTIONS.train_steps:
        targets = [np.load(path, allow_pickle=False).astype("float32") for path in OPTIONS.target]
        if len(targets) != len(outputs):
            stop(f"the model has {len(outputs)} outputs, found {len(targets)} --target")
        losses = OPTIONS.loss * (len(outputs) if len(OPTIONS.loss) == 1 else 1)
        about["losses"] = losses
        for number, value in enumerate(targets):
            keep(f"targets/{number}", value)
        without_randomness(model)
        if OPTIONS.gradients:
            about["loss"], found = gradients_of(model, typed, targets, losses)
            for name, number, value in found:
                keep(f"gradients/{name}/{number}", value)
        if OPTIONS.train_steps:
            keep("steps/losses", train(model, typed, targets, losses))
            about["optimizer"] = json.loads(json.dumps(
                {"class_name": type(model.optimizer).__name__, "config": model.optimizer.get_config()}, default=float))
            for name, layer in leaves_of(model):
                for number, value in enumerate(layer.get_weights()):
                    keep(f"weights/{name}/{number}", value)

    arrays["about"] = np.frombuffer(json.dumps(about, indent=1).encode(), "uint8")
    partial = OPTIONS.output + ".part"
    with open(partial, "wb") as file:
        np.savez(file, **arrays)
    os.replace(partial, OPTIONS.output)
    kinds = [name.split("/")[0] for name in arrays]
    kept = ", ".join(f"{kinds.count(k)} {k}" for k in ("inputs", "outputs", "activations", "gradients", "weights") if k in kinds)
    print(f"{OPTIONS.output}: {kept} of {about['model']} by {about['engine']} {keras.__version__}")


if __name__ == "__main__":
    main()
