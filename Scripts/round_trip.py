#!/usr/bin/env python3
"""Reads and writes every sample in every format and dialect, and lets a real Keras judge what came out.

    swift build -c release && .keras-env/bin/python Scripts/round_trip.py FOLDER/keras-samples
    … --only graph --list                                 some files, one line for each

For each model × format × dialect, `keras-bridge convert` writes a file and Keras 3 or tf_keras loads it: its predictions
must be the stored ones (or, for models without, those of the original in the same Keras) within 1e-5, its weights those of
the original bit for bit, its configuration the original's where the same Keras loads the original, and `fit` must run on.

Two things are counted apart, with their evidence: what `keras-bridge` refuses because that Keras has no words for it, and
a `fit` that Keras itself cannot do: the original in the same Keras, or where that does not load it, a model that Keras
made of the same layers with weights of its own, fails with the same message. Ends with 1 where anything else is not good.
"""

import argparse
import collections
import contextlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from file_table import samples  # noqa: E402

FORMATS = {
    "archive": ("model.keras", []),
    "legacyH5": ("model.h5", []),
    "weightsH5": ("model.weights.h5", []),
    "legacyWeightsH5": ("legacy.h5", ["--weights-only"]),
}


def engines():
    import keras
    import tf_keras

    return {"3": keras, "2": tf_keras}


def quietly(function, *arguments, **options):
    """The result of a function that talks too much."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return function(*arguments, **options)


def load(engine, path, architecture):
    """A model from a whole file, or from weights and an architecture JSON."""
    if architecture is None:
        return quietly(engine.models.load_model, path)
    model = quietly(engine.models.model_from_json, pathlib.Path(architecture).read_text())
    model.load_weights(path)
    return model


def weights_by_layer(model):
    found = []
    for layer in model.layers:
        if hasattr(layer, "layers"):
            found += weights_by_layer(layer)
        elif layer.weights:
            found.append((layer.name, [np.asarray(w) for w in layer.get_weights()]))
    return found


def plain(config):
    """A configuration without what says where the model came from, and with one word for what has several."""
    if isinstance(config, dict):
        skipped = ("build_config", "module", "registered_name", "shared_object_id", "build_input_shape")
        config = {k: plain(v) for k, v in config.items() if k not in skipped}
        # Before TensorFlow, Glorot's initializer was this one.
        if config == {"class_name": "VarianceScaling", "config": {
                "scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}}:
            return {"class_name": "GlorotUniform", "config": {"seed": None}}
        config.pop("implementation", None)  # in which of two ways a recurrent layer computes the same
        if "units" in config or "kernel_size" in config:  # the input's shape in the first layer of a Sequential
            config.pop("batch_input_shape", None)
        for ends in ("input_layers", "output_layers"):  # one end is a list of one, or itself
            if config.get(ends) and not isinstance(config[ends][0], list):
                config[ends] = [config[ends]]
        return config
    if isinstance(config, (list, tuple)):
        return [plain(v) for v in config]
    return config


def random_inputs(model):
    rng = np.random.RandomState(3)
    made = []
    for tensor in model.inputs:
        shape = [2] + [int(d) if d else 5 for d in tensor.shape[1:]]
        whole = "int" in str(tensor.dtype)
        made.append(rng.randint(0, 5, shape).astype("int32") if whole else rng.uniform(-1, 1, shape).astype("float32"))
    return made


def predict(model, inputs):
    found = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    return [np.asarray(a).astype("float32") for a in (found if isinstance(found, (list, tuple)) else [found])]


def fit(model, inputs):
    if getattr(model, "optimizer", None) is None:
        model.compile("sgd", "mse", run_eagerly=True)
    else:
        model.run_eagerly = True
    targets = [np.ones_like(a) / a.shape[-1] for a in predict(model, inputs)]
    few = [a[:2] for a in inputs]
    history = quietly(
        model.fit, few if len(few) > 1 else few[0], [t[:2] for t in targets] if len(targets) > 1 else targets[0][:2],
        epochs=1, verbose=0)
    if not np.all(np.isfinite(history.history["loss"])):
        raise ValueError("fit gives a loss that is not finite")


class OwnLimit(Exception):
    """What Keras cannot do with a model of its own either."""


def fit_or_limit(engine, model, inputs, reference):
    """Fits; an error that Keras meets with its own model too is Keras' limit."""
    try:
        fit(model, inputs)
    except Exception as error:
        own, whose = reference, "the original"
        if own is None or type(own).__module__.split(".")[0] != engine.__name__:
            own, whose = engine.models.clone_model(model), "a model that Keras made itself"
        try:
            fit(own, inputs)
        except Exception as same:
            if type(same) is type(error) and first_line(same) == first_line(error):
                raise OwnLimit(f"{whose} fails in fit likewise: {first_line(error)}") from None
        raise


def first_line(error):
    return re.sub(r"\{\{.*?\}\} ", "", (str(error).strip().splitlines() or [""])[0])[:200]


def judge(engine, path, architecture, known, reference, tolerance):
    """What is wrong with a file, in words; nothing where all is well."""
    problems = []
    model = load(engine, path, architecture)
    inputs, outputs = known if known else (random_inputs(model), None)
    found = predict(model, inputs)
    if outputs is None and reference is not None:
        outputs = predict(reference, inputs)
    if outputs is not None:
        gap = max(float(np.max(np.abs(a - b))) for a, b in zip(found, outputs, strict=True))
        if not gap <= tolerance:
            problems.append(f"predictions differ by {gap:.2g}")
    if reference is not None:
        ours, theirs = weights_by_layer(model), weights_by_layer(reference)
        same = len(ours) == len(theirs) and all(
            len(a[1]) == len(b[1]) and all(x.shape == y.shape and x.dtype == y.dtype and x.tobytes() == y.tobytes() for x, y in zip(a[1], b[1]))
            for a, b in zip(ours, theirs))
        if not same:
            problems.append("other weights")
        if type(reference).__module__.split(".")[0] == type(model).__module__.split(".")[0]:
            a, b = plain(json.loads(model.to_json())["config"]), plain(json.loads(reference.to_json())["config"])
            if a != b:
                problems.append(f"another configuration: {difference(a, b)}")
    if problems:
        return problems
    fit_or_limit(engine, model, inputs, reference)
    return []


def difference(a, b, place=""):
    """The first place where two configurations differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted({*a, *b}, key=str):
            if key not in a or key not in b:
                return f"{place}.{key}: {a.get(key, 'missing')!r} for {b.get(key, 'missing')!r}"
            if a[key] != b[key]:
                return difference(a[key], b[key], f"{place}.{key}")
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for number, (x, y) in enumerate(zip(a, b)):
            if x != y:
                return difference(x, y, f"{place}[{number}]")
    return f"{place}: {a!r} for {b!r}"


def original(engine, path, architecture):
    """The sample itself in this Keras, where that loads it."""
    for way in (None, architecture if architecture and architecture.suffix == ".json" else None):
        with contextlib.suppress(Exception):
            return load(engine, str(path), way)
    if architecture is not None:
        with contextlib.suppress(Exception):
            model = load(engine, str(architecture), None)
            model.load_weights(str(path))
            return model
    return None


def refused(result):
    """Whether keras-bridge wrote nothing because that Keras has no words for the model."""
    return "another function in Keras" in result.stderr or "does not exist in Keras" in result.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("samples", type=pathlib.Path)
    parser.add_argument("--program", default=".build/release/keras-bridge")
    parser.add_argument("--only", default="", help="samples whose name contains this")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    available = engines()
    counts = {generation: collections.Counter() for generation in available}
    apart = {generation: collections.Counter() for generation in available}
    failures = []
    for path, _, known, architecture in samples(arguments.samples):
        if arguments.only not in path.name:
            continue
        more = [] if architecture is None else ["--architecture", str(architecture)]
        doctor = subprocess.run([arguments.program, "doctor", str(path)], capture_output=True, text=True)
        if doctor.returncode == 0 or "--architecture" not in doctor.stderr:
            more = []
        if subprocess.run([arguments.program, "summary", str(path), *more], capture_output=True).returncode:
            continue
        references = {generation: original(engine, path, architecture) for generation, engine in available.items()}
        for generation, engine in available.items():
            reference = references[generation] or next((r for r in references.values() if r is not None), None)
            for form, (name, options) in FORMATS.items():
                reason = ""
                with tempfile.TemporaryDirectory() as folder:
                    out, config = f"{folder}/{name}", None
                    command = [arguments.program, "convert", str(path), *more, "-o", out, "--keras", generation, *options]
                    result = subprocess.run(command, capture_output=True, text=True)
                    if result.returncode:
                        said = [line for line in result.stderr.splitlines() if "error: " in line]
                        said = said[-1].split("error: ", 1)[1].split(" — ", 1)[-1] if said else result.stderr.strip()
                        problems = [] if refused(result) else ["not written: " + said]
                        reason = "refused: " + said if refused(result) else ""
                    else:
                        if "eights" in form:
                            config = f"{folder}/config.json"
                            whole = f"{folder}/whole.keras"
                            subprocess.run(
                                [arguments.program, "convert", str(path), *more, "-o", whole, "--keras", generation],
                                check=True, capture_output=True)
                            with zipfile.ZipFile(whole) as archive:
                                pathlib.Path(config).write_bytes(archive.read("config.json"))
                        try:
                            half = any(word in path.name for word in ("float16",))
                            problems = judge(engine, out, config, known, reference, 2e-3 if half else 1e-5)
                        except OwnLimit as limit:
                            problems, reason = [], f"Keras' own limit: {limit}"
                        except Exception as error:
                            problems = [f"{type(error).__name__}: {first_line(error)}"]
                counts[generation]["bad" if problems else "apart" if reason else "good"] += 1
                if reason:
                    apart[generation][reason] += 1
                line = f"{path.name} → {form} for Keras {generation}"
                if problems:
                    failures.append(line + ": " + "; ".join(problems))
                if arguments.list or problems:
                    print(line, "; ".join(problems) or reason or "good", flush=True)
        for engine in available.values():
            engine.backend.clear_session()
    for generation, count in counts.items():
        print(f"Keras {generation}: {count['good']} of {count.total()} good, {count['bad']} not, {count['apart']} apart:")
        for reason, number in apart[generation].most_common():
            print(f"  {number} {reason}")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
