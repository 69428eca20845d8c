#!/usr/bin/env python3
"""Counts the Keras files that import, and those whose predictions are Keras' own: the table of the README.

    swift build -c release && Scripts/file_table.py FOLDER            the table, as Markdown
    Scripts/file_table.py FOLDER --list                               one line for each file as well
    Scripts/file_table.py FOLDER --readme README.md                   puts the table between its two marks

The folder holds `keras-samples` (`PREFIX-NAME.io.json` beside the files: inputs and outputs as the writer computed them)
and `keras-corpus` (`STEM.x.npy`, `STEM.y.npy`, `index.csv`). Files with weights only are read with the architecture that
lies beside them. A file is

    equal       imported, and no element of any output differs by more than 1e-5 from the stored prediction;
    imported    imported, and there is no stored prediction to compare with;
    different   imported, with another prediction: a mistake;
    waits       refused for layers or options that do not exist here yet; `doctor` lists them all;
    alone       weights without an architecture anywhere: read by `inspect`, with nothing to run;
    refused     not readable by anybody: one sentence, status 65, and no output.

Ends with 1 where a file is different, or refused in another way. Needs numpy.
"""

import argparse
import collections
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

import numpy as np

TOLERANCE = 1e-5
OUTCOMES = {
    "equal": "equal",
    "imported": "imported, no prediction to compare",
    "different": "different",
    "waits": "wait for a layer",
    "alone": "weights without a model",
    "refused": "no Keras file",
}
WRITERS = {
    "keras122tf": "Keras 1.2.2, TensorFlow", "keras122th": "Keras 1.2.2, Theano", "keras206": "Keras 2.0.6",
    "keras224": "Keras 2.2.4", "keras231": "Keras 2.3.1", "tfkeras212": "tf.keras 2.12", "tfkeras213": "tf.keras 2.13",
    "tf_keras": "tf_keras 2.21", "keras305": "Keras 3.0.5", "keras333": "Keras 3.3.3", "keras3": "Keras 3.15.1",
}


def golden(path):
    value = json.loads(path.read_text())

    def array(item):
        return np.array(item["data"], np.float32).reshape(item["shape"])

    return [array(a) for a in value["inputs"]], [array(value["output"])]


def first(*paths):
    return next((p for p in paths if p.exists()), None)


def samples(folder):
    """Every sample: file, version, inputs and outputs, architecture."""
    for path in sorted(folder.iterdir()):
        prefix, _, rest = path.name.partition("-")
        if not path.name.endswith((".h5", ".keras", ".weights.json")) or re.search(r"_0000\d", path.name):
            continue
        stem = path.name.split(".")[0]
        base = stem.replace("-weights", "").replace("-legacyweights", "").replace("cnn-sharded", "cnn-adam")
        io = folder / f"{base}.io.json"
        same = [folder / (base + ending) for ending in (".json", ".keras", ".h5")]
        nearest = [folder / f"{prefix}-{rest.split('-')[0]}-adam.keras", folder / f"{prefix}-{rest.split('-')[0]}-adam.h5"]
        architecture = first(*[p for p in same + nearest if p != path])
        yield path, WRITERS[prefix], golden(io) if io.exists() else None, architecture


def corpus(folder):
    with open(folder / "index.csv", newline="") as file:
        for row in csv.DictReader(file):
            path = folder / row["file"]
            stem = row["file"]
            for ending in (".weights", ".h5", ".hdf5", ".keras"):
                stem = stem.replace(ending, ending.replace(".", "_"))
            inputs = sorted(folder.glob(f"{stem}.x*.npy"))
            outputs = sorted(folder.glob(f"{stem}.y_tfkeras.npy")) or sorted(folder.glob(f"{stem}.y*.npy"))
            known = ([np.load(p) for p in inputs], [np.load(p) for p in outputs]) if inputs and outputs else None
            other = re.search(r"load_weights into (\S+)", row["reference"])
            architecture = folder / other[1] if other else first(folder / f"{stem}.arch.json")
            major = (row["keras_version"] or "?").split(".")[0]
            writer = {"?": "strangers, version not named"}.get(major, f"strangers, Keras {major}")
            yield path, writer, known, architecture


def kind(path):
    if zipfile.is_zipfile(path):
        return ".keras"
    if path.suffix == ".json" or path.name.endswith(".weights.h5"):
        return ".weights.h5"
    return "legacy .h5"


def attempt(program, path, known, architecture):
    """What becomes of one file, and why."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "y.npz")
        command = [program, "summary", str(path)]
        if known:
            inputs = []
            for number, array in enumerate(known[0]):
                np.save(f"{folder}/x{number}.npy", array)
                inputs.append(f"{folder}/x{number}.npy")
            command = [program, "predict", str(path), "--input", *inputs, "--output", str(out)]
        more = []
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode and "--architecture" in result.stderr and architecture:
            more = ["--architecture", str(architecture)]
            result = subprocess.run(command + more, capture_output=True, text=True)
        if result.returncode:
            why = result.stderr.strip().split(" — ", 1)[-1]
            if result.returncode != 65 or len(result.stderr.strip().splitlines()) != 1 or result.stdout or out.exists():
                return "different", "not one sentence with status 65: " + result.stderr
            doctor = subprocess.run([program, "doctor", str(path), *more, "--json"], capture_output=True, text=True)
            if doctor.returncode == 2:
                found = json.loads(doctor.stdout)["findings"]
                names = collections.Counter(f["class_name"] if f.get("class_name") else f.get("option", "?") for f in found)
                return "waits", ", ".join(f"{name} ×{count}" for name, count in sorted(names.items()))
            return ("alone" if "--architecture" in result.stderr else "refused"), why
        if not known:
            return "imported", ""
        with np.load(out) as found:
            pairs = list(zip(found.values(), known[1], strict=True))
        gap = max(np.max(np.abs(a - b)) if a.shape == b.shape else np.inf for a, b in pairs)
        return ("equal" if gap <= TOLERANCE else "different"), f"largest difference {gap:.2g}"


def table(counts):
    columns = [c for c in OUTCOMES if any(row[c] for row in counts.values())]
    lines = ["| written by | format | files | " + " | ".join(OUTCOMES[c] for c in columns) + " |"]
    lines.append("|---|---|--:|" + "--:|" * len(columns))
    total = collections.Counter()
    for (writer, form), row in counts.items():
        total += row
        lines.append(f"| {writer} | {form} | {row.total()} | " + " | ".join(str(row[c] or "") for c in columns) + " |")
    lines.append(f"| **all** | | **{total.total()}** | " + " | ".join(f"**{total[c]}**" for c in columns) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--program", default=".build/release/keras-bridge")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--readme", type=pathlib.Path)
    arguments = parser.parse_args()
    counts = collections.defaultdict(collections.Counter)
    failures = 0
    found = [*samples(arguments.data / "keras-samples"), *corpus(arguments.data / "keras-corpus")]
    order = list(WRITERS.values())
    found.sort(key=lambda f: (order.index(f[1]) if f[1] in order else 99, f[1], kind(f[0]), f[0].name))
    for path, writer, known, architecture in found:
        outcome, why = attempt(arguments.program, path, known, architecture)
        counts[writer, kind(path)][outcome] += 1
        failures += outcome == "different"
        if arguments.list:
            print(f"{outcome:9} {path.name}  {why[:300]}")
    text = table(counts)
    if arguments.readme:
        readme = arguments.readme.read_text()
        start, end = "<!-- file table: Scripts/file_table.py -->", "<!-- end of file table -->"
        before, rest = readme.split(start)
        arguments.readme.write_text(before + start + "\n" + text + "\n" + end + rest.split(end)[1])
    else:
        print(text)
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
