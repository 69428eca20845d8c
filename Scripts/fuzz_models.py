#!/usr/bin/env python3
"""Runs random models in processes of their own, and tells which crash, hang or compute nonsense.

    Scripts/fuzz_models.py BINARY [MODELS] [--first SEED] [--jobs N] [--findings FOLDER]

Scripts/fuzz_models.sh builds BINARY and starts this. KERAS_BRIDGE_FUZZ_ONLY=Dense,Dot makes layers of these classes only.
Each finding is kept in FOLDER as a line for `BINARY cases NOTE`; findings are grouped by the place in the sources where
the process stopped.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading

PORTION = 500
ENVIRONMENT = dict(
    os.environ,
    SWIFT_BACKTRACE="enable=no",
    # Swift's runtime keeps metadata for ever. Runs may take 32 MiB: one who takes far more is a finding.
    ASAN_OPTIONS="detect_leaks=0:handle_sigill=1:handle_sigtrap=1:handle_abort=1:max_allocation_size_mb=256:"
    "hard_rss_limit_mb=2000:symbolize=1:detect_stack_use_after_return=0",
    UBSAN_OPTIONS="print_stacktrace=1",
)


class Finding:
    """Where and why a process stopped, or what a model computed wrong."""

    def __init__(self, why, places, case, text):
        self.why, self.places, self.case, self.text = why, places, case, text

    @property
    def group(self):
        return (self.why, self.places[0] if self.places else self.case.get("stage", "?"))


def reason(status, errors):
    """Why a process stopped, and the places in the sources on the way there, innermost first."""
    places = []
    for frame in re.finditer(r"^ *\d+ .* in \S+ at .*?/Sources/(\S+?):(\d+)", errors, re.M):
        if f"{frame[1]}:{frame[2]}" not in places:
            places.append(f"{frame[1]}:{frame[2]}")
    for frame in re.finditer(r"^ *#\d+ 0x\S+ in (.*?) (?:\S*/Sources/(\S+?):(\d+)(?::\d+)?|(\S+\.swift\.o))$", errors, re.M):
        # The linker merges functions that are alike, and then there is a name alone.
        name = re.sub(r"^(?:generic specialization|merged|specialized|protocol witness for)[^A-Z]*", "", frame[1])
        place = f"{frame[2]}:{frame[3]}" if frame[2] else re.sub(r"\(.*", "", name)
        if frame[3] != "0" and place not in places:
            places.append(place)
    failure = re.search(r"Swift runtime failure: ([^\n]*?)(?: <|$| /)", errors)
    sanitizer = re.search(r"(?:ERROR|SUMMARY): AddressSanitizer: (\S+)", errors)
    undefined = re.search(r"runtime error: (.*)", errors)
    if undefined:
        inside = re.search(r"/Sources/(\S+?):(\d+):\d+: runtime error", errors)
        return "undefined: " + re.sub(r"0x\w+|-?\d+", "N", undefined[1]), [f"{inside[1]}:{inside[2]}"] if inside else places
    if sanitizer and sanitizer[1] not in ("ILL", "TRAP", "ABRT"):
        access = re.search(r"^(READ|WRITE) of size", errors, re.M) or re.search(r"caused by a (READ|WRITE)", errors)
        return sanitizer[1] + (" " + access[1] if access else ""), places
    if "requested allocation size" in errors:
        return "allocation too large", places
    if "hard rss limit" in errors:
        return "memory limit", places
    if status in (-signal.SIGPROF, -signal.SIGALRM):
        return "hang", places
    if failure:
        return "trap: " + failure[1], places
    if sanitizer:
        return "trap", places
    fatal = re.search(r"Fatal error: (.*)", errors)
    return ("fatal: " + fatal[1] if fatal else f"status {status}"), places


def demangled(text):
    """The text with Swift's names as people write them."""
    try:
        return subprocess.run(
            ["swift", "demangle", "--simplified"], input=text, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return text


class Runner:
    def __init__(self, options):
        self.options = options
        self.lock = threading.Lock()
        self.verdicts = collections.Counter()
        self.kinds = collections.Counter()
        self.ways = [collections.Counter(), collections.Counter()]
        self.groups = collections.defaultdict(list)
        self.counts = collections.Counter()
        self.models = 0
        self.told = 0

    def child(self, arguments, text=None):
        """Runs a process; its lines, its status, what it said, and what it was at."""
        with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
            note = os.path.join(folder, "note")
            done = subprocess.run(
                [self.options.binary, *arguments, note], input=text, capture_output=True, text=True, env=ENVIRONMENT,
                errors="replace",
            )
            case = {}
            if os.path.exists(note):
                with open(note, "rb") as file:
                    written = file.read().split(b"\0")[0].decode(errors="replace")
                try:
                    case = json.loads(written) if written else {}
                except ValueError:
                    case = {"stage": "?", "model": written}
            leftover = f"/dev/shm/keras-bridge-fuzz-models-{done.pid}.json" if hasattr(done, "pid") else ""
            if leftover and os.path.exists(leftover):
                os.unlink(leftover)
            return done.stdout.splitlines(), done.returncode, done.stderr, case

    def take(self, line):
        """Counts a verdict; the seed that it is of."""
        seed, kind, what, forward, backward = line.split("\t")
        with self.lock:
            self.models += 1
            self.verdicts[kind] += 1
            self.kinds[what if kind == "refused" else kind] += 1
            for counter, names in zip(self.ways, (forward, backward)):
                counter.update(name for name in names.split(",") if name)
        return int(seed), kind, what

    def keep(self, finding):
        with self.lock:
            self.counts[finding.group] += 1
            kept = self.groups[finding.group]
            kept.append(finding)
            kept.sort(key=lambda one: len(one.case.get("model", "")))
            del kept[3:]

    def portion(self, first):
        last = min(first + PORTION, self.options.first + self.options.models)
        while first < last:
            lines, status, errors, case = self.child(["portion", str(first), str(last - first)])
            wrong = []
            for line in lines:
                if line.count("\t") != 4:
                    continue
                seed, kind, what = self.take(line)
                if kind == "wrong":
                    wrong.append((seed, what))
                first = seed + 1
            for seed, what in wrong:
                made = subprocess.run(
                    [self.options.binary, "make", str(seed)], capture_output=True, text=True, env=ENVIRONMENT)
                own = json.loads(made.stdout) if made.returncode == 0 else {"seed": seed, "model": ""}
                stage = what.split(":")[0]
                words = re.sub(r"-?\d[\d.e+-]*", "N", re.sub(r"(cannot be read):.*", r"\1", what))
                self.keep(Finding("wrong: " + words, [], dict(own, stage=stage), what))
            if status == 0:
                return
            if status == 64:
                sys.exit("the binary does not know these arguments")
            with self.lock:
                self.models += 1
                self.verdicts["stopped"] += 1
            why, places = reason(status, demangled(errors))
            self.keep(Finding(why, places, case, errors[-6000:]))
            first = int(case.get("seed", first)) + 1

    def run(self):
        starts = range(self.options.first, self.options.first + self.options.models, PORTION)
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            for done in concurrent.futures.as_completed([pool.submit(self.portion, start) for start in starts]):
                done.result()
                self.save()
                if self.models >= self.told + 5000:
                    self.told = self.models
                    print(f"  {self.models} models, {sum(self.counts.values())} findings", file=sys.stderr, flush=True)
        self.save()

    def save(self):
        os.makedirs(self.options.findings, exist_ok=True)
        with self.lock:
            for group, findings in self.groups.items():
                name = re.sub(r"[^A-Za-z0-9.]+", "-", " ".join(group)).strip("-")[:150]
                with open(os.path.join(self.options.findings, name + ".jsonl"), "w") as file:
                    for finding in findings:
                        file.write(json.dumps(finding.case) + "\n")
                with open(os.path.join(self.options.findings, name + ".txt"), "w") as file:
                    file.write(f"{self.counts[group]} times\n{group}\n{findings[0].places}\n{findings[0].text}\n")

    def smaller(self, finding):
        """The same finding with as few layers as show it: each layer's output is tried as the only one."""
        try:
            object = json.loads(finding.case["model"])
        except (KeyError, ValueError):
            return finding
        config = object["config"]
        if object["class_name"] != "Functional" or finding.why.startswith("wrong"):
            return finding
        layers = {layer["config"]["name"]: layer for layer in config["layers"]}
        inputs = [end[0] for end in config["input_layers"]]

        def sources(node):
            if isinstance(node, list):
                if len(node) >= 3 and isinstance(node[0], str) and node[0] in layers:
                    yield node[0]
                for one in node:
                    yield from sources(one)
            elif isinstance(node, dict):
                for one in node.values():
                    yield from sources(one)

        def needed(name, found):
            if name not in found:
                found.add(name)
                for source in sources(layers[name].get("inbound_nodes", [])):
                    needed(source, found)
            return found

        tries = sorted((needed(name, set()) for name in layers if name not in inputs), key=len)
        ends = {name: None for name in layers}
        for kept in tries[:8]:
            last = [name for name in layers if name in kept and name not in inputs][-1]
            model = {"class_name": "Functional", "config": {
                **config, "layers": [layers[name] for name in layers if name in kept],
                "input_layers": [end for end in config["input_layers"] if end[0] in kept],
                "output_layers": [[last, 1 if "layers" in layers[last]["config"] else 0, 0]]}}
            case = dict(finding.case, model=json.dumps(model))
            for key in ("shapes", "indices"):
                if len(case.get(key, [])) == len(inputs):
                    case[key] = [one for name, one in zip(inputs, case[key]) if name in kept]
            del case["stage"]
            _, status, errors, found = self.child(["cases"], json.dumps(case) + "\n")
            if status not in (0, 64):
                why, places = reason(status, demangled(errors))
                if (why, places[:1]) == (finding.why, finding.places[:1]):
                    return Finding(why, places, dict(found, seed=finding.case.get("seed")), errors[-6000:])
        return finding

    def minimise(self):
        """Makes the first finding of each group smaller."""
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            for group, found in zip(list(self.groups), pool.map(lambda one: self.smaller(one[0]), self.groups.values())):
                self.groups[group][0] = found
        self.save()

    def report(self):
        total = max(self.models, 1)
        print(f"{self.models} models: " + ", ".join(f"{n} {kind}" for kind, n in self.verdicts.most_common()))
        ran = self.verdicts["computed"] + self.verdicts["wrong"]
        print(f"accepted and run: {100 * ran / total:.1f} %")
        for what, count in self.kinds.most_common():
            print(f"  {count:8} {what}")
        for counter, way in zip(self.ways, ("forwards", "backwards")):
            least = sorted(counter.items(), key=lambda pair: pair[1])[:12]
            print(f"{way}: {len(counter)} classes, the rarest " + ", ".join(f"{name} {n}" for name, n in least))
        for group, count in self.counts.most_common():
            first = self.groups[group][0]
            print(f"  {count:6} {group[0]} at {', '.join(first.places[:4]) or first.case.get('stage')}"
                  f" (seed {first.case.get('seed')}, {first.case.get('stage')})")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("models", type=int, nargs="?", default=20_000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--plain", action="store_true", help="the binary has no sanitizers: Swift says where it stops")
    parser.add_argument("--findings", default=".build/model-findings")
    options = parser.parse_args()
    if options.plain:
        ENVIRONMENT["SWIFT_BACKTRACE"] = "enable=yes,color=no,registers=none,images=none,threads=crashed,limit=40"
    runner = Runner(options)
    runner.run()
    runner.minimise()
    runner.report()
    return 1 if runner.counts else 0


if __name__ == "__main__":
    sys.exit(main())
