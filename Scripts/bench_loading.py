#!/usr/bin/env python3
"""How long VGG16 takes to load, and how much memory: here, in Keras, and as plain reads of h5py.

    swift build -c release && .keras-env/bin/python Scripts/bench_loading.py            a table, as Markdown
    … --folder DIR                                      where the files are made (1.1 GB) and kept for another time
    … --runs 5

Makes VGG16 with random weights (553 MB, nothing is downloaded) with Keras in `.h5` and `.keras`. Each measurement is a
process of its own, best of its runs, with the file in the system's cache. Time: for us from opening the file to the model
with all weights, as `keras-bridge summary --json` measures it; for Keras `load_model` without the import; for h5py reading
every dataset into an array. Memory: the largest resident size, less that of the process before it loads; for us all of it.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

MAKE = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
keras.utils.set_random_seed(1)
model = keras.applications.VGG16(weights=None)
model.save(sys.argv[1] + "/vgg16.keras")
model.save(sys.argv[1] + "/vgg16.h5")
"""

READ = """
import json, os, resource, sys, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
kind, path = sys.argv[1:]
if kind == "keras":
    import keras
else:
    import h5py, numpy
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before, start = peak(), time.perf_counter()
if kind == "keras":
    model = keras.models.load_model(path)
else:
    arrays = []
    with h5py.File(path) as file:
        file.visititems(lambda name, item: arrays.append(item[()]) if isinstance(item, h5py.Dataset) else None)
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "bytes": peak() - before}))
"""


def python(source, *arguments):
    result = subprocess.run([sys.executable, "-c", source, *arguments], capture_output=True, text=True, check=True)
    return json.loads(result.stdout.splitlines()[-1]) if result.stdout.strip() else None


def ours(program, path):
    result = subprocess.run([program, "summary", path, "--json"], stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(result.stdout)["loading"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--program", default=".build/release/keras-bridge")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "vgg16.h5").exists():
            python(MAKE, str(folder))
        rows = []
        for name in ("vgg16.h5", "vgg16.keras"):
            path = str(folder / name)
            sides = [
                ("keras-bridge", lambda: ours(arguments.program, path)),
                ("Keras load_model", lambda: python(READ, "keras", path)),
            ]
            if name.endswith(".h5"):
                sides.append(("h5py, plain reads", lambda: python(READ, "h5py", path)))
            for side, measure in sides:
                runs = [measure() for _ in range(arguments.runs)]
                rows.append((name, side, min(r["seconds"] for r in runs), min(r["bytes"] for r in runs)))
        weights = 138_357_544 * 4
        print("| file | read by | seconds | peak memory | of the weights |\n|---|---|--:|--:|--:|")
        for name, side, seconds, size in rows:
            print(f"| {name} | {side} | {seconds:.3f} | {size / 1e6:.0f} MB | {size / weights:.2f} |")


if __name__ == "__main__":
    main()
