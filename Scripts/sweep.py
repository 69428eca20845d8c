#!/usr/bin/env python3
"""Sweeps over every layer and operation: each option and each extent at its extremes, and data of shapes that do not fit.

    Scripts/sweep.py [--binary FILE] [--command FILE] [--jobs N] [--cases N] [--sample N] [--findings FILE]

Each case is a model of one layer; it is read, checked and run forwards and backwards. No case may end the process, take
4 GiB, or take ten seconds. A sample of the cases goes through the command (predict and summary) too, where no status may
be 70. Prints the figures as a row of the reliability table; ends with 1 if there is a finding.
"""

import argparse
import collections
import concurrent.futures
import copy
import json
import os
import random
import re
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import zlib
from base64 import b85decode

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
EXTREMES = [-1, 0, 1, 2**31 - 1, 2**31, 2**62, 2**63 - 1]
NUMBERS = [-1.0, 0.0, 1e300, float("nan"), float("inf")]
MEMORY = 4 << 30
ENVIRONMENT = dict(
    os.environ, SWIFT_BACKTRACE="enable=no", ASAN_OPTIONS="detect_leaks=0:max_allocation_size_mb=2048:symbolize=0")
# A weights file that holds nothing.
EMPTY = b85decode(
    "c-rgqaB<`1lHy_j0S*oZ76t(ZWbhvfG}ux3F!=;1%?PDCp!5nRm^dR?P68?}2sIyFT}Y6tD@gT!Gyt>b0V{;&U>F4>5qP*d27u@"
    "YC?A$ePcWgX%So(EEh<K&M-K|^#g%?Nm?8WOR^;@{fHVD$g3<JgoPJ^DSO+V5dV_!fD%l(C=kEea!7%$2m{ILPPsgJGI{*Mh@j{#"
)


sanitized = False


def bounded():
    """Limits memory, which AddressSanitizer has to do itself: it reserves far more than it uses."""
    if not sanitized:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def replaced(node, names):
    """A call with other names of inputs."""
    if isinstance(node, list):
        if len(node) >= 3 and isinstance(node[0], str) and node[0] in names:
            return [names[node[0]], *node[1:]]
        return [replaced(one, names) for one in node]
    if isinstance(node, dict):
        return {key: replaced(value, names) for key, value in node.items()}
    return node


def model(template, layer, declared):
    """The text of a model of one layer, for inputs of these shapes."""
    layers, names = [], {}
    for position, shape in enumerate(declared):
        name = f"input_{position}"
        names[f"template_input_{position}"] = name
        config = {"batch_shape": shape, "dtype": "float32", "name": name}
        layers.append({"class_name": "InputLayer", "config": config, "name": name, "inbound_nodes": []})
    own = copy.deepcopy(layer)
    own["config"]["name"] = own["name"] = "layer"
    own["inbound_nodes"] = [replaced(template["node"], names)]
    layers.append(own)
    config = {
        "name": "model", "trainable": True, "layers": layers,
        "input_layers": [[name, 0, 0] for name in names.values()],
        "output_layers": [["layer", 0, position] for position in range(template["outputs"])],
    }
    return json.dumps({"class_name": "Functional", "config": config})


def changed(value, path=()):
    """Every copy of a value in which one number, word or list is an extreme one."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("name", "class_name", "module", "registered_name", "dtype"):
                continue
            for place, other in changed(inner, path + (key,)):
                yield place, {**value, key: other}
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            for place, other in changed(inner, path + (str(position),)):
                yield place, value[:position] + [other] + value[position + 1:]
        for number in EXTREMES:
            yield path, number
        yield path, []
        yield path, value + value[-1:]
    elif path:
        for number in EXTREMES:
            yield path, number
        if isinstance(value, float):
            for number in NUMBERS:
                yield path, number
        if value is None:
            yield path, [2**62]
            yield path, [2**31, 2**31]


def cases(templates):
    """All cases: what is done, to which class, and the case itself."""
    seen = collections.Counter()
    for template in templates:
        name, shapes = template["class"], template["inputs"]
        seen[name] += 1
        unknown = [[None, *shape[1:]] for shape in shapes]

        def case(declared, real, layer=template["layer"]):
            return {"seed": 1, "shapes": real, "indices": [template["indices"]] * len(real),
                    "model": model(template, layer, declared)}

        if seen[name] <= 2:
            done = set()
            for place, layer in changed(template["layer"]):
                text = json.dumps(layer)
                if text not in done:
                    done.add(text)
                    yield "option", f"{name} {'.'.join(place[1:])}", case(unknown, shapes, layer)
            for position, shape in enumerate(shapes):
                for axis in range(len(shape)):
                    for extreme in EXTREMES:
                        declared, real = copy.deepcopy(unknown), copy.deepcopy(shapes)
                        declared[position][axis] = extreme
                        real[position][axis] = min(max(extreme, 0), 1)
                        yield "extent", f"{name} input {position}", case(declared, real)
        if seen[name] <= 4:
            for free in ("one", "all"):
                for position, shape in enumerate(shapes):
                    for axis, extent in enumerate(shape):
                        for other in {0, 1, extent + 1, 2 * extent, max(extent - 1, 0), 7} - {extent}:
                            declared, real = copy.deepcopy(unknown), copy.deepcopy(shapes)
                            if free == "all":
                                declared = [[None] * len(shape) for shape in shapes]
                            declared[position][axis] = None
                            real[position][axis] = other
                            yield "shape", f"{name} input {position}", case(declared, real)


class Sweep:
    def __init__(self, options):
        self.options = options
        self.lock = threading.Lock()
        self.verdicts = collections.Counter()
        self.findings = collections.defaultdict(list)

    def portion(self, portion):
        """Runs cases one after another; one that ends the process is a finding, and the others go on."""
        portion = list(portion)
        while portion:
            with tempfile.NamedTemporaryFile() as note:
                done = subprocess.run(
                    [self.options.binary, "cases", note.name], capture_output=True, text=True, env=ENVIRONMENT,
                    preexec_fn=bounded, input="".join(json.dumps(case) + "\n" for _, _, case in portion))
                stage = re.search(rb'"stage": "([^"]*)"', note.read())
            lines = [line for line in done.stdout.splitlines() if line.count("\t") == 4]
            with self.lock:
                for (kind, place, case), line in zip(portion, lines):
                    verdict, what = line.split("\t")[1:3]
                    self.verdicts[verdict] += 1
                    if verdict == "wrong":
                        self.findings[("wrong: " + re.sub(r"-?\d[\d.e+-]*", "N", what), place)].append(case)
            if len(lines) == len(portion):
                return
            kind, place, case = portion[len(lines)]
            reason = "hang" if done.returncode in (-signal.SIGPROF, -signal.SIGALRM) else f"status {done.returncode}"
            with self.lock:
                self.verdicts["stopped"] += 1
                self.findings[(f"{reason} in {stage[1].decode() if stage else '?'}", place)].append(case)
            portion = portion[len(lines) + 1:]

    def command(self, case):
        """A case through the command: the statuses of predict and of summary, and what they said."""
        with tempfile.TemporaryDirectory() as folder:
            def path(name): return os.path.join(folder, name)
            with open(path("model.json"), "w") as file:
                file.write(case["model"])
            with open(path("empty.weights.h5"), "wb") as file:
                file.write(zlib.decompress(EMPTY))
            inputs = []
            for position, shape in enumerate(case["shapes"]):
                inputs.append(path(f"{position}.npy"))
                header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({''.join(f'{n}, ' for n in shape)}), }}"
                header += " " * (-(len(header) + 11) % 64) + "\n"
                count = 1
                for extent in shape:
                    count *= extent
                with open(inputs[-1], "wb") as file:
                    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
                    file.write(b"".join(struct.pack("<f", number % 4) for number in range(count)))
            model = ["empty.weights.h5", "--architecture", "model.json", "--allow-missing"]
            found = []
            for arguments in (["predict", *model, "--input", *inputs], ["summary", *model]):
                done = subprocess.run(
                    [self.options.command, *arguments], cwd=folder, capture_output=True, text=True, errors="replace",
                    env=ENVIRONMENT, preexec_fn=bounded)
                crashed = done.returncode not in (0, 64, 65) or "crashed" in done.stderr
                found.append((arguments[0], done.returncode, done.stderr[-300:] if crashed else ""))
            return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=os.path.join(PACKAGE, ".build/release/fuzz-models"))
    parser.add_argument("--command", default=os.path.join(PACKAGE, ".build/release/keras-bridge"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--sample", type=int, default=500)
    parser.add_argument("--cases", type=int, help="no more than so many, drawn from all")
    parser.add_argument("--findings", help="where to write the findings, a JSON object a line")
    parser.add_argument("--sanitized", action="store_true", help="the binary is that of Scripts/fuzz_models.sh")
    options = parser.parse_args()
    global sanitized
    sanitized = options.sanitized
    lines = subprocess.run(
        [options.binary, "templates"], capture_output=True, text=True, check=True, env=ENVIRONMENT).stdout
    every = list(cases([json.loads(line) for line in lines.splitlines()]))
    if options.cases:
        every = random.Random(2).sample(every, min(options.cases, len(every)))
    kinds = collections.Counter(kind for kind, _, _ in every)
    classes = len({place.split(" ")[0] for _, place, _ in every})
    sweep = Sweep(options)
    # Neighbours crash together: shuffled, portions take about the same time.
    shuffled = random.Random(1).sample(every, len(every))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(sweep.portion, [shuffled[start:start + 100] for start in range(0, len(shuffled), 100)]))
        sample = [case for _, _, case in shuffled if all(0 <= n < 1000 for s in case["shapes"] for n in s)]
        sample = sample[:options.sample]
        statuses = collections.Counter()
        for (case, found) in zip(sample, pool.map(sweep.command, sample)):
            for name, status, text in found:
                statuses[status] += 1
                if text:
                    sweep.findings[(f"{name}: status {status}: {text[:100]}", "the command")].append(case)
    if options.findings:
        with open(options.findings, "w") as file:
            for (what, place), found in sorted(sweep.findings.items()):
                file.write(json.dumps({"what": what, "place": place, "count": len(found), "case": found[0]}) + "\n")
    by_reason = collections.Counter()
    for (what, place), found in sweep.findings.items():
        by_reason[what] += len(found)
    for what, count in by_reason.most_common():
        print(f"{count} × {what}", file=sys.stderr)
    stopped = sum(len(found) for found in sweep.findings.values())
    print(
        f"| {classes} layers and operations: {kinds['option']:,} extremes of options, {kinds['extent']:,} of extents, "
        f"{kinds['shape']:,} data shapes that do not fit | {len(every):,} | {sweep.verdicts['refused']:,} refused, "
        f"{sweep.verdicts['computed']:,} computed | {stopped:,} crashes, hangs or wrong numbers; by the command "
        f"({len(sample):,} × predict, summary): " + ", ".join(f"{n} × {s}" for s, n in sorted(statuses.items())) + " |")
    return 1 if sweep.findings else 0


if __name__ == "__main__":
    sys.exit(main())
