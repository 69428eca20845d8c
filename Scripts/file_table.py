#!/usr/bin/env python3
"""Counts the Keras files that import, and those whose predictions are Keras' own: the table of the README.

    swift build -c release && Scripts/file_table.py ../shared/data            the table, as Markdown
    Scripts/file_table.py ../shared/data --list                               one line for each file as well

The folder holds `keras-samples` (`PREFIX-NAME.io.json` beside the files: inputs and outputs as the writer computed them)
and `keras-corpus` (`STEM.x.npy`, `STEM.y.npy`, `index.csv`). Files with weights only are read with the architecture that
lies beside them. Equal means: no element differs by more than 1e-5 from the stored prediction. Needs numpy.
"""

import argparse
import collections
import csv
import json
import pathlib
import subprocess
import tempfile
import zipfile

import numpy as np

TOLERANCE = 1e-5
WAITS = "which is not supported"


def golden(path):
    value = json.loads(path.read_text())
    array = lambda a: np.array(a["data"], np.float32).reshape(a["shape"])
    return [array(a) for a in value["inputs"]], array(value["output"])


def first(*paths):
    return next((p for p in paths if p.exists()), None)


def samples(folder):
    """Every sample: file, version, inputs, outputs, architecture."""
    for path in sorted(folder.iterdir()):
        prefix, _, rest = path.name.partition("-")
        if not path.name.endswith((".h5", ".keras", ".weights.json")) or "_0000" in path.name:
            continue
        stem = path.name.split(".")[0]
        base = stem.replace("-weights", "").replace("-legacyweights", "")
        io = folder / f"{base}.io.json"
        same = [folder / (base + ending) for ending in (".json", ".keras", ".h5")]
        nearest = [folder / f"{prefix}-{rest.split('-')[0]}-adam.keras", folder / f"{prefix}-{rest.split('-')[0]}-adam.h5"]
        architecture = first(*[p for p in same + nearest if p != path])
        yield path, prefix, golden(io) if io.exists() else None, architecture


def corpus(folder):
    with open(folder / "index.csv", newline="") as file:
        for row in csv.DictReader(file):
            path = folder / row["file"]
            stem = row["file"]
            for ending in (".weights", ".h5", ".hdf5", ".keras"):
                stem = stem.replace(ending, ending.replace(".", "_"))
            inputs = sorted(folder.glob(f"{stem}.x*.npy"))
            special = folder / f"{stem}.y_tfkeras.npy"
            outputs = special if special.exists() else folder / f"{stem}.y.npy"
            known = ([np.load(p) for p in inputs], np.load(outputs)) if inputs and outputs.exists() else None
            yield path, "strangers", known, first(folder / f"{stem}.arch.json")


def kind(path):
    if zipfile.is_zipfile(path):
        return ".keras"
    if path.suffix == ".json" or path.name.endswith(".weights.h5"):
        return ".weights.h5"
    return "legacy .h5"


def attempt(program, path, known, architecture):
    """What becomes of one file: equal, imported, waits or refused, and why."""
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "summary", str(path)]
        if known:
            inputs = []
            for number, array in enumerate(known[0]):
                np.save(f"{folder}/x{number}.npy", array)
                inputs.append(f"{folder}/x{number}.npy")
            command = [program, "predict", str(path), "--input", *inputs, "--output", f"{folder}/y.npz"]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode and "--architecture" in result.stderr and architecture:
            result = subprocess.run(command + ["--architecture", str(architecture)], capture_output=True, text=True)
        if result.returncode:
            return ("waits" if WAITS in result.stderr else "refused"), result.stderr.strip().splitlines()[-1]
        if not known:
            return "imported", ""
        found = list(np.load(f"{folder}/y.npz").values())[0]
        gap = np.max(np.abs(found - known[1])) if found.shape == known[1].shape else np.inf
        return ("equal" if gap <= TOLERANCE else "different"), f"largest difference {gap:.2g}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--program", default=".build/release/keras-bridge")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    table = collections.defaultdict(collections.Counter)
    files = [*samples(arguments.data / "keras-samples"), *corpus(arguments.data / "keras-corpus")]
    for path, writer, known, architecture in files:
        outcome, why = attempt(arguments.program, path, known, architecture)
        table[writer, kind(path)][outcome] += 1
        if arguments.list:
            print(f"{outcome:9} {path.name}  {why[:200]}")
    columns = ["equal", "imported", "different", "waits", "refused"]
    print("| writer | format | files | equal | imported, nothing to compare with | different | waits for a layer | refused |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    total = collections.Counter()
    for (writer, form), counts in sorted(table.items()):
        total += counts
        print(f"| {writer} | {form} | {counts.total()} | " + " | ".join(str(counts[c]) for c in columns) + " |")
    print(f"| all | | {total.total()} | " + " | ".join(str(total[c]) for c in columns) + " |")


if __name__ == "__main__":
    main()
