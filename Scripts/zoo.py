#!/usr/bin/env python3
"""Compares the architectures of keras.applications, as Keras computes them, with what keras-bridge computes.

Each architecture gets random weights with lively BatchNormalization statistics, is saved as .keras and as .h5, read and
run by keras-bridge, and held against Keras: 1e-4 of the largest output, and the same five best classes. Where Keras
departs as far from its own float64, the statistics become those of the samples first. What keras-bridge writes is opened
by Keras again. With --gradients, each weight's gradient of one step of training is held
against Keras' too, 1e-4 of its largest element, and where some differ, both against Keras in float64. Prints a table for
the README.

    Scripts/zoo.py [--only NAME …] [--kb .build/release/keras-bridge] [--gradients NAME …]
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras  # noqa: E402
import numpy as np  # noqa: E402

NAMES = """VGG16 VGG19 ResNet50 ResNet101 ResNet152 ResNet50V2 ResNet101V2 ResNet152V2 InceptionV3 InceptionResNetV2
Xception MobileNet MobileNetV2 MobileNetV3Small MobileNetV3Large DenseNet121 DenseNet169 DenseNet201 NASNetMobile
NASNetLarge EfficientNetB0 EfficientNetB1 EfficientNetB2 EfficientNetB3 EfficientNetB4 EfficientNetB5 EfficientNetB6
EfficientNetB7 EfficientNetV2B0 EfficientNetV2B1 EfficientNetV2B2 EfficientNetV2B3 EfficientNetV2S EfficientNetV2M
EfficientNetV2L ConvNeXtTiny ConvNeXtSmall ConvNeXtBase ConvNeXtLarge ConvNeXtXLarge""".split()

from keras.src.applications.convnext import LayerScale, StochasticDepth  # noqa: E402
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer  # noqa: E402

# Keras itself opens the .h5 of a ConvNeXt or an InceptionResNetV2 only where it is told these.
OWN = {c.__name__: c for c in (CustomScaleLayer, LayerScale, StochasticDepth)}


def lively(model, seed):
    """Random weights that keep the signal of every layer at about the same size."""
    random = np.random.default_rng(seed)
    for layer in model._flatten_layers(include_self=False):
        for variable in layer._trainable_variables + layer._non_trainable_variables:
            shape, name = tuple(variable.shape), variable.path.split("/")[-1]
            if name in ("kernel", "depthwise_kernel", "pointwise_kernel"):
                if name == "depthwise_kernel" or type(layer).__name__.startswith("DepthwiseConv"):
                    fan = np.prod(shape[:-2])
                else:
                    fan = np.prod(shape[:-1])
                value = random.normal(0, np.sqrt(1.5 / fan), shape)
            elif name == "gamma" and type(layer).__name__ == "LayerScale":
                value = random.uniform(0.2, 0.6, shape)
            elif name == "gamma":
                value = random.uniform(0.7, 1.2, shape)
            elif name == "variance" or name == "moving_variance":
                value = random.uniform(0.5, 1.5, shape)
            elif name in ("beta", "bias", "moving_mean", "mean"):
                value = random.normal(0, 0.2, shape)
            else:
                continue
            variable.assign(value.astype("float32"))
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()


def measured(model, x):
    """Gives BatchNormalization the statistics of `x`: however deep a model is, its signals then keep their size."""
    norms = [layer for layer in model._flatten_layers(include_self=False)
             if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    model(x, training=True)
    for norm, momentum in zip(norms, momenta):
        norm.momentum = momentum


def save(model, path):
    model.save(path)


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 2):
        raise RuntimeError((done.stderr.strip() or done.stdout.strip())[-600:])
    return done.stdout


def gap(ours, theirs):
    """The largest difference relative to the largest output, and whether the five best classes are the same."""
    relative = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
    best = lambda y: [list(row.argsort()[::-1][:5]) for row in y]
    return relative, best(ours) == best(theirs)


def compare(name, kb, model, x, folder):
    """What Keras and keras-bridge make of the model's files, and Keras of ours."""
    row, x_path = {}, str(folder / "x.npy")
    np.save(x_path, x)
    theirs = model.predict(x, verbose=0)
    for form in ("keras", "h5"):
        path, y_path = str(folder / f"{name}.{form}"), str(folder / "y.npy")
        save(model, path)
        run([kb, "predict", path, "--input", x_path, "--output", y_path, "--force"])
        row[form], row[form + "_top5"] = gap(np.load(y_path), theirs)
        # Back into Keras: what we write is opened there and computes the same.
        again = str(folder / f"{name}-again.{form}")
        run([kb, "convert", path, "-o", again, "--force"])
        returned = keras.saving.load_model(again, compile=False, custom_objects=OWN)
        row[form + "_back"] = bool(np.array_equal(returned.predict(x, verbose=0), theirs))
        os.remove(again)
        os.remove(path)
    return row


def check(name, kb, folder, gradients):
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    begin = time.time()
    build = getattr(keras.applications, name)
    # Without the softmax at the end the numbers stay large enough to tell classes apart.
    shape_given = {"input_shape": (224, 224, 3)} if name.startswith("MobileNetV3") else {}
    model = build(weights=None, classifier_activation=None, **shape_given)
    lively(model, 7)
    shape = model.input_shape[1:]
    x = np.random.default_rng(3).uniform(0, 255, (2, *shape)).astype("float32")
    if not any(type(layer).__name__ in ("Rescaling", "Normalization") for layer in model.layers):
        x = x / 127.5 - 1
    row = {"name": name, "parameters": model.count_params(), "layers": len(model.layers)}
    row.update(compare(name, kb, model, x, folder))
    if max(row["keras"], row["h5"]) > 1e-4:
        # Where signals grow from layer to layer, rounding may decide the outputs: float64 tells.
        row["own"], _ = gap(model.predict(x, verbose=0), in_whole_float64(model).predict(x, verbose=0))
        if row["own"] > 1e-4:
            measured(model, x)
            row.update(compare(name, kb, model, x, folder))
    if gradients:
        # From the softmax on, of which the loss starts.
        whole = build(weights=None, **shape_given)
        whole.set_weights(model.get_weights())
        row["gradients"] = Gradients(kb, whole, x, folder)
        if not row["gradients"].is_exact:
            smooth = keras.models.clone_model(whole, clone_function=without_kinks)
            smooth.set_weights(whole.get_weights())
            row["smooth"] = Gradients(kb, smooth, x, folder)
    row["seconds"] = round(time.time() - begin, 1)
    return row


class Gradients:
    """How many weights have the same gradient in one step of training, of how many: ours and Keras', and each and Keras'
    in float64.

    A number that rounding takes over the kink of a ReLU changes the gradients of everything before it by far more than
    rounding, so that even Keras' float32 departs from Keras' float64: float64 then says who is nearer.
    """

    def __init__(self, kb, model, x, folder):
        classes = model.output_shape[-1]
        np.save(folder / "gx.npy", x)
        np.save(folder / "gy.npy", np.eye(classes, dtype="float32")[np.arange(len(x)) * 7 % classes])
        exact = in_whole_float64(model)
        bundles = {}
        for name, net in (("float32", model), ("float64", exact)):
            path, bundles[name] = str(folder / f"{name}.keras"), str(folder / f"{name}.npz")
            save(net, path)
            run([sys.executable, str(pathlib.Path(__file__).with_name("keras_reference.py")), path, "-o", bundles[name],
                 "--input", str(folder / "gx.npy"), "--target", str(folder / "gy.npy"), "--force",
                 "--gradients", "--loss", "categorical_crossentropy"])
        found = {name: self.ours(kb, str(folder / "float32.keras"), bundle) for name, bundle in bundles.items()}
        self.as_keras, self.weights = found["float32"]
        self.as_float64 = found["float64"][0]
        self.keras_as_float64 = equal_gradients(*(np.load(bundles[name]) for name in ("float32", "float64")))

    def ours(self, kb, path, bundle):
        found = json.loads(run([kb, "verify", path, "--reference", bundle, "--gradients", "--json"]))["gradients"]
        return sum(weight["equal"] for weight in found["weights"]), len(found["weights"]) + len(found["unmatched"])

    @property
    def is_exact(self):
        """Whether all are Keras' own, of float32 or of float64."""
        return self.weights in (self.as_keras, self.as_float64)

    def __str__(self):
        if self.as_keras == self.weights:
            return f"{self.as_keras} of {self.weights}"
        return (f"{self.as_keras} of {self.weights}; of Keras in float64: ours {self.as_float64}, "
                f"Keras in float32 {self.keras_as_float64}")


def equal_gradients(found, expected):
    """How many gradients of a bundle are within 1e-4 of another's, as `verify --gradients` counts them."""
    names = [name for name in expected.files if name.startswith("gradients/")]
    floor = 1e-3 * max(np.abs(expected[name]).max() for name in names)
    return sum(
        bool((np.abs(found[name] - expected[name])
              <= 1e-4 * max(np.abs(expected[name]).max(), floor) + 1e-4 * np.abs(expected[name])).all())
        for name in names)


def in_whole_float64(model):
    keras.config.set_floatx("float64")
    exact = keras.models.clone_model(model, clone_function=in_float64)
    exact.set_weights(model.get_weights())
    keras.config.set_floatx("float32")
    return exact


def in_float64(layer):
    own = {"dtype": "float64"} if isinstance(layer, keras.Layer) else {}  # operations between layers have none
    return type(layer).from_config({**layer.get_config(), **own})


def without_kinks(layer):
    """The layer with silu where it has a ReLU."""
    if isinstance(layer, keras.layers.ReLU):
        return keras.layers.Activation("silu", name=layer.name)
    config = layer.get_config()
    if config.get("activation") in ("relu", "relu6"):
        config["activation"] = "silu"
    return type(layer).from_config(config)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME")
    options.add_argument("--gradients", nargs="*", choices=NAMES, default=[], metavar="NAME")
    options.add_argument("--kb", default=".build/release/keras-bridge")
    given = options.parse_args()
    failed = False
    print("| Architecture | parameters | layers | `.keras` | `.h5` | top-5 | back in Keras | gradients |")
    print("|---|--:|--:|--:|--:|---|---|---|")
    for name in given.only:
        with tempfile.TemporaryDirectory() as folder:
            try:
                row = check(name, given.kb, pathlib.Path(folder), name in given.gradients)
            except Exception as error:
                print(f"| {name} | {error} |", flush=True)
                failed = True
                continue
        good = all(row[form] <= 1e-4 and row[form + "_top5"] and row[form + "_back"] for form in ("keras", "h5"))
        gradients, smooth = row.get("gradients"), row.get("smooth")
        # Departures at kinks are rounding's where there are none without kinks.
        decisive = smooth or gradients
        failed |= not good or bool(decisive and not decisive.is_exact)
        print(
            f"| {name} | {row['parameters']:,} | {row['layers']} | {row['keras']:.1e} | {row['h5']:.1e} | "
            f"{'same' if row['keras_top5'] and row['h5_top5'] else 'DIFFERENT'} | "
            f"{'same' if row['keras_back'] and row['h5_back'] else 'DIFFERENT'} |"
            + (f" with statistics of the samples; with random ones Keras departs from its own float64 by {row['own']:.1e}"
               if "own" in row else "")
            + (f" {gradients}" if gradients else "") + (f"; with silu for ReLU {smooth}" if smooth else "") + " |",
            flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
