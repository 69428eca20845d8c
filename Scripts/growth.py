#!/usr/bin/env python3
"""How the work of a command grows with what a file says: each case is run with n and with 2n of something.

    swift build -c release && .keras-env/bin/python Scripts/growth.py [--only chunks,links …] [--program PATH]

Prints a table: the processor's time for n and for 2n, without that of an empty run, and their ratio: 2 where the work is
linear, 4 where it is the square. Ends with 1 where a ratio is above 3, or where a run fails or takes more than two minutes.
A case that takes hardly any time is told as "–": noise has no ratio.
"""

import argparse
import io
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import zipfile

import h5py
import numpy as np

FEWEST_SECONDS = 0.1
MOST_RATIO = 3
MOST_SECONDS = 120


# What the files are made of.


def keras_tensor(layer, call=0, shape=(None, 4)):
    history = [layer, call, 0]
    return {"class_name": "__keras_tensor__",
            "config": {"shape": list(shape), "dtype": "float32", "keras_history": history}}


def entry(class_name, name, config, calls=None):
    found = {"module": "keras.layers", "class_name": class_name, "config": {"name": name, **config}, "name": name}
    if calls is not None:
        found["inbound_nodes"] = [
            {"args": call, "kwargs": {}} for call in calls]
    return found


def functional(layers, inputs, output):
    config = {"name": "model", "layers": layers, "input_layers": [[name, 0, 0] for name in inputs],
              "output_layers": [output]}
    return {"module": "keras.src.models.functional", "class_name": "Functional", "config": config,
            "keras_version": "3.0.0"}


def sequential(layers, shape=(None, 4)):
    first = entry("InputLayer", "input", {"batch_shape": list(shape), "dtype": "float32"})
    return {"module": "keras", "class_name": "Sequential",
            "config": {"name": "model", "layers": [first] + layers}, "keras_version": "3.0.0"}


def dense(name, units=4, calls=None):
    return entry("Dense", name, {"units": units, "activation": "linear", "use_bias": False}, calls)


def write(folder, name, value):
    path = folder / name
    path.write_text(json.dumps(value))
    return str(path)


def empty_weights(folder):
    path = folder / "empty.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_group("layers")
        file.create_group("vars")
    return str(path)


def summary(folder, model, weights=None):
    if weights is None:
        return ["summary", empty_weights(folder), "--architecture", write(folder, "model.json", model),
                "--allow-missing"]
    return ["summary", str(weights), "--architecture", write(folder, "model.json", model)]


# The cases: each makes its files in a folder and says what to run.


def chunks(folder, n):
    """gzip chunks of one number"""
    path = folder / "w.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/dense/vars/0", data=np.ones((1, n), "f4"), chunks=(1, 1), compression="gzip")
        file.create_group("vars")
    return summary(folder, sequential([dense("dense", n)], (None, 1)), path)


def unwritten(folder, n):
    """chunks that were never written"""
    path = folder / "w.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/dense/vars/0", (1, n), "f4", chunks=(1, 1), compression="gzip")
        file.create_group("vars")
    return summary(folder, sequential([dense("dense", n)], (None, 1)), path)


def links(folder, n):
    """weights that are links to one dataset"""
    path = folder / "w.weights.h5"
    with h5py.File(path, "w") as file:
        first = file.create_dataset("layers/dense/vars/0", data=np.ones((4, 4), "f4"))
        for i in range(1, n):
            file[f"layers/dense_{i}/vars/0"] = first
        file.create_group("vars")
    return summary(folder, sequential([dense(f"dense_{i}") for i in range(n)]), path)


def weights(folder, n):
    """layers with weights of their own"""
    path = folder / "w.weights.h5"
    with h5py.File(path, "w") as file:
        for i in range(n):
            file.create_dataset("layers/dense" + (f"_{i}" if i else "") + "/vars/0", data=np.ones((4, 4), "f4"))
        file.create_group("vars")
    return summary(folder, sequential([dense(f"dense_{i}") for i in range(n)]), path)


def doubled(folder, n):
    """layers numbered twice, as tf.keras 2.13 did"""
    path = folder / "w.weights.h5"
    with h5py.File(path, "w") as file:
        for i in range(n):
            name = "_layer_checkpoint_dependencies/dense" + (f"_{2 * i}" if i else "")
            file.create_dataset(name + "/vars/0", data=np.ones((4, 4), "f4"))
        file.create_group("vars")
    return summary(folder, sequential([dense(f"dense_{i}") for i in range(n)]), path)


def legacy(folder, n):
    """layers of a legacy file"""
    path = folder / "w.h5"
    with h5py.File(path, "w") as file:
        names = [f"d{i}" for i in range(n)]
        file.attrs["layer_names"] = np.array(names, "S")
        for name in names:
            group = file.create_group(name)
            group.attrs["weight_names"] = np.array([name + "/kernel:0"], "S")
            group[name + "/kernel:0"] = np.ones((4, 4), "f4")
    return summary(folder, sequential([dense(name) for name in names]), path)


def groups(folder, n):
    """groups in one group"""
    path = folder / "groups.h5"
    with h5py.File(path, "w") as file:
        for i in range(n):
            file.create_group(f"all/g{i}")
    return ["inspect", "--no-untrusted", "--tree", str(path)]


def attributes(folder, n):
    """objects with 500 attributes each"""
    path = folder / "attributes.h5"
    with h5py.File(path, "w") as file:
        for i in range(n):
            group = file.create_group(f"g{i}")
            for j in range(500):
                group.attrs[f"a{j}"] = j
    return ["inspect", "--no-untrusted", "--attrs", str(path)]


def npz(folder, n):
    """arrays of an .npz, one for each input"""
    names = [f"i{i}" for i in range(n)]
    layers = [entry("InputLayer", name, {"batch_shape": [None, 4], "dtype": "float32"}, []) for name in names]
    layers.append(entry("Add", "add", {}, [[[keras_tensor(name) for name in names]]]))
    with zipfile.ZipFile(folder / "inputs.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            array = io.BytesIO()
            np.save(array, np.ones((2, 4), "f4"))
            archive.writestr(name + ".npy", array.getvalue())
    model = write(folder, "model.json", functional(layers, names, ["add", 0, 0]))
    return ["predict", empty_weights(folder), "--architecture", model, "--allow-missing", "--input",
            str(folder / "inputs.npz")]


def nested(folder, n):
    """StackedRNNCells inside each other"""
    cell = {"module": "keras.layers", "class_name": "SimpleRNNCell", "config": {"name": "cell", "units": 2}}
    for depth in range(n):
        cell = {"module": "keras.layers", "class_name": "StackedRNNCells",
                "config": {"name": f"stack_{depth}", "cells": [cell]}}
    return summary(folder, sequential([entry("RNN", "rnn", {"cell": cell})], (None, 3, 2)))


def chain(folder, n, order):
    names = ["input"] + [f"a{i}" for i in range(n)]
    layers = [entry("InputLayer", "input", {"batch_shape": [None, 4], "dtype": "float32"}, [])]
    layers += [entry("Activation", new, {"activation": "relu"}, [[keras_tensor(old)]])
               for old, new in zip(names, names[1:])]
    return summary(folder, functional(order(layers), ["input"], [names[-1], 0, 0]))


def ordered(folder, n):
    """layers in order"""
    return chain(folder, n, list)


def reversed_layers(folder, n):
    """layers in reverse order"""
    return chain(folder, n, lambda layers: layers[::-1])


def shared(folder, n):
    """calls of one layer"""
    layers = [entry("InputLayer", "input", {"batch_shape": [None, 4], "dtype": "float32"}, []),
              entry("Activation", "a", {"activation": "relu"},
                    [[keras_tensor("input")]] + [[keras_tensor("a", i)] for i in range(n - 1)])]
    return summary(folder, functional(layers, ["input"], ["a", n - 1, 0]))


def reversed_calls(folder, n):
    """calls of one layer in reverse order"""
    calls = [[keras_tensor("a", i + 1)] for i in range(n - 1)] + [[keras_tensor("input")]]
    layers = [entry("InputLayer", "input", {"batch_shape": [None, 4], "dtype": "float32"}, []),
              entry("Activation", "a", {"activation": "relu"}, calls)]
    return summary(folder, functional(layers, ["input"], ["a", 0, 0]))


CASES = {
    "chunks": (chunks, 8000), "unwritten": (unwritten, 100_000), "links": (links, 1000), "weights": (weights, 1000),
    "doubled": (doubled, 1000), "legacy": (legacy, 1000), "groups": (groups, 4000), "attributes": (attributes, 20),
    "npz": (npz, 300), "nested": (nested, 15), "ordered": (ordered, 4500), "reversed": (reversed_layers, 4500),
    "shared": (shared, 12_000), "calls": (reversed_calls, 12_000),
}


def seconds(program, arguments):
    """The processor's seconds of a run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=MOST_SECONDS,
                            env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if result.returncode != 0:
        raise RuntimeError(f"status {result.returncode}: {result.stderr.strip()[-200:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=".build/release/keras-bridge")
    parser.add_argument("--only", default="", help="names of cases: " + ",".join(CASES))
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    chosen = [name for name in options.only.split(",") if name] or list(CASES)
    failed = False
    print(f"{'case':11} {'of':42} {'n':>7} {'s':>7} {'s for 2n':>9} {'ratio':>6}")
    with tempfile.TemporaryDirectory() as root:
        base = min(seconds(program, ["--version"]) for _ in range(3))
        for name in chosen:
            make, n = CASES[name]
            label = f"{name:11} {make.__doc__:42} {n:7}"
            try:
                times = []
                for count in (n, 2 * n):
                    folder = pathlib.Path(root) / f"{name}-{count}"
                    folder.mkdir()
                    command = make(folder, count)
                    times.append(max(0, min(seconds(program, command) for _ in range(2)) - base))
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                failed = True
                print(f"{label} FAIL {error}", flush=True)
                continue
            if times[1] < FEWEST_SECONDS:
                verdict = f"{'–':>6}"
            else:
                ratio = times[1] / max(times[0], 0.001)
                failed |= ratio > MOST_RATIO
                verdict = f"{ratio:6.1f}" + (" FAIL" if ratio > MOST_RATIO else "")
            print(f"{label} {times[0]:7.2f} {times[1]:9.2f} {verdict}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
