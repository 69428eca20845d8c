#!/usr/bin/env python3
"""Has keras-bridge read damaged files of every format, each in a process of its own, and says what became of them.

    Scripts/mutate.py [MUTANTS] [FORMAT …]      10,000 of each format by default; the same seed, the same damage
    … --seed 1  --binary .build/release/keras-bridge  --keep .build/harmful

Half of the mutants of a format with checksums or packing are damaged inside, and packed again so that they are right
outside. A mutant does harm if the command ends by a signal, twice does not end within 10 seconds, ends with a status that
is not 0 (read), 2 (says what is not supported) or 65 (refused), or takes 1 GiB. Crashes of the isolated process that
`inspect`, `doctor` and `--untrusted` start are counted, and allowed: they end in status 65.
"""

import argparse
import collections
import contextlib
import gzip
import io
import json
import os
import pathlib
import random
import resource
import signal
import struct
import sys
import tempfile
import time
import zipfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
KERAS = ROOT / "Fixtures/keras"
MODEL = str(KERAS / "keras3-small.keras")
SECONDS, BYTES = 10, 1 << 30


# MARK: Damage


def interesting(chance, size):
    """Numbers at the edges of what a format can say."""
    return chance.choice([
        0, 2**64 - 1, 1 << chance.randrange(64), chance.randrange(size), chance.randrange(size) // 8 * 8,
        2**64 - 1 - chance.randrange(64), chance.randrange(256), chance.getrandbits(64),
    ])


def damaged(whole, chance, front=4096):
    """One to three pieces of damage, most of them near the front."""
    data = bytearray(whole)
    for _ in range(chance.randint(1, 3)):
        if len(data) < 2:
            break
        place = chance.randrange(len(data) if chance.random() < 0.2 else min(front, len(data)))
        kind = chance.randrange(8)
        if kind == 0:
            data[place] = chance.randrange(256)
        elif kind == 1:
            data[place] ^= 1 << chance.randrange(8)
        elif kind <= 4:
            width, order = chance.choice([1, 2, 4, 8]), chance.choice(["little", "big"])
            number = interesting(chance, len(data)) & (1 << 8 * width) - 1
            start = place // width * width if kind == 4 else place
            data[start:start + width] = number.to_bytes(width, order)[:len(data) - start]
        elif kind == 5:
            source, count = chance.randrange(len(data)), 1 << chance.randrange(9)
            piece = data[source:source + count]
            data[place:place + len(piece)] = piece
        elif kind == 6:
            data[place] = (data[place] + 1) % 256
        elif chance.random() < 0.5:
            del data[chance.randrange(len(data)):]
        else:
            del data[place:place + chance.randint(1, 16)]
    return bytes(data)


def damaged_json(whole, chance, _=0):
    """A value somewhere inside becomes another one, goes, or appears twice."""
    document = json.loads(whole)
    places = []

    def collect(value):
        if isinstance(value, (dict, list)):
            for key in value if isinstance(value, dict) else range(len(value)):
                places.append((value, key))
                collect(value[key])

    collect(document)
    for _ in range(chance.randint(1, 3)):
        parent, key = chance.choice(places)
        if isinstance(parent, list) and key >= len(parent) or isinstance(parent, dict) and key not in parent:
            continue
        kind = chance.randrange(4)
        if kind == 0:
            del parent[key]
        elif kind == 1:
            other, name = chance.choice(places)
            try:
                parent[key] = json.loads(json.dumps(other[name]))
            except (KeyError, IndexError, ValueError):
                parent[key] = None
        else:
            parent[key] = chance.choice([
                None, True, 0, -1, 1, 2**31, 2**53, -2**63, 2**63, 2**64, 1e308, 1e-320, 0.5, "", "\0", "x" * 300,
                "é\u2028", "../x", "/etc/passwd", "http://127.0.0.1:9/", [], {}, [None], [0], [[]], [-1, 2**40],
                {"class_name": "Lambda", "config": {}}, "float64", "channels_first", "relu", "same", float("nan"),
            ])
    return json.dumps(document).encode()


def damaged_zip(whole, chance, _=0):
    """A member is damaged, and everything packed as if it were right."""
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(list(members))
    if name.endswith(".json") and chance.random() < 0.7:
        members[name] = damaged_json(members[name], chance)
    else:
        members[name] = damaged(members[name], chance, 12_000 if name.endswith(".h5") else 200)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, archive.compression)
    return packed.getvalue()


def damaged_gzip(whole, chance, _=0):
    return gzip.compress(damaged(gzip.decompress(whole), chance, 16), 1, mtime=0)


def damaged_png(whole, chance, _=0):
    """A chunk is damaged before its checksum is made; of pixels, before they are packed."""
    chunks, place = [], 8
    while place + 12 <= len(whole):
        size = struct.unpack(">I", whole[place:place + 4])[0]
        chunks.append([whole[place + 4:place + 8], whole[place + 8:place + 8 + size]])
        place += 12 + size
    chunk = chance.choice(chunks)
    if chunk[0] == b"IDAT" and chance.random() < 0.5:
        try:
            chunk[1] = zlib.compress(damaged(zlib.decompress(chunk[1]), chance, 1000))
        except zlib.error:  # pixels in several chunks
            chunk[1] = damaged(chunk[1], chance)
    else:
        chunk[1] = damaged(chunk[1] or b"\0\0", chance, 64)
    if chance.random() < 0.2:
        chunks.insert(chance.randrange(len(chunks)), chance.choice(chunks))
    return whole[:8] + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)


# MARK: Formats


Format = collections.namedtuple("Format", "ending seeds commands front inside", defaults=[None])


def formats(folder):
    """What is damaged, and the commands that read it; `{}` is the mutant."""

    def fixtures(*names):
        return [(ROOT / "Fixtures" / name).read_bytes() for name in names]

    def array(name, count):
        whole = gzip.decompress((ROOT / f"Fixtures/digits/{name}.gz").read_bytes())
        size = 784 if "images" in name else 1
        head = 16 if "images" in name else 8
        return whole[:4] + struct.pack(">I", count) + whole[8:head + count * size]

    # A folder of ten digits, of which the images are damaged.
    digits = folder / "digits"
    digits.mkdir()
    for part in ("train", "t10k"):
        (digits / f"{part}-labels-idx1-ubyte").write_bytes(array(f"{part}-labels-idx1-ubyte", 10))
        (digits / f"{part}-images-idx3-ubyte").write_bytes(array(f"{part}-images-idx3-ubyte", 10))
    images = array("t10k-images-idx3-ubyte", 10)
    evaluate = ["evaluate", str(ROOT / "Fixtures/models/digits.keras"), "--data", str(digits)]

    inputs = (KERAS / "small-x.npy").read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("input_layer.npy"), inputs)
    predict = ["predict", "{}", "--untrusted", "--input", str(KERAS / "small-x.npy")]
    models = [["inspect", "{}", "--stats", "--attrs"], ["doctor", "{}"], ["summary", "{}", "--untrusted"]] * 3 + [predict]
    architecture = ["--architecture", str(KERAS / "keras3-small.json")]
    weights = [["inspect", "{}", "--tree", "--stats"], ["summary", "{}", "--untrusted", *architecture]]
    of_json = [["doctor", "{}"], ["summary", str(KERAS / "keras3-small.weights.h5"), "--architecture", "{}"]]
    pictures = [["recognize", "{}"], ["recognize", "{}", "--multi"]]
    png = [f"images/{name}.png" for name in ("colours16", "interlaced", "palette-opacity", "gamma", "grey16", "bits")]
    jpeg = [f"images/{name}.jpg" for name in ("baseline", "progressive", "cmyk", "grey-jpeg", "full")]
    return {
        "h5": Format(".h5", fixtures("keras/keras3-small.h5", "keras/tf_keras-small.h5"), models, 12_000),
        "weights.h5": Format(
            ".weights.h5", fixtures("keras/keras3-small.weights.h5", "keras/tf_keras-small.weights.h5"), weights, 12_000),
        "keras": Format(
            ".keras", fixtures("keras/keras3-small.keras", "keras/tf_keras-small.keras"), models, 8000, damaged_zip),
        "json": Format(
            ".json", fixtures("keras/keras3-small.json", "keras/tf_keras-small.json"), of_json, 8000, damaged_json),
        "npy": Format(".npy", [inputs], [["predict", MODEL, "--input", "{}"]], 128),
        "npz": Format(".npz", [packed.getvalue()], [["predict", MODEL, "--input", "{}"]], 200, damaged_zip),
        "idx": Format(str(digits / "t10k-images-idx3-ubyte"), [images], [evaluate], 16),
        "idx.gz": Format(
            str(digits / "t10k-images-idx3-ubyte.gz"), [gzip.compress(images, mtime=0)], [evaluate], 4096, damaged_gzip),
        "png": Format(".png", fixtures(*png), pictures, 200, damaged_png),
        "jpeg": Format(".jpg", fixtures(*jpeg), pictures, 700),
    }


# MARK: Runs


class Reader:
    """Runs the command, one process after another."""

    def __init__(self, binary, folder):
        self.binary, self.log = binary, folder / "stderr"
        self.environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no"}
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGALRM, self.give_up)

    def give_up(self, *_):
        self.hangs = True
        with contextlib.suppress(ProcessLookupError):  # it ended in this very moment
            os.kill(self.process, signal.SIGKILL)

    def run(self, arguments):
        """How it ended, whether it had to be ended, what it said, seconds by the clock and by the processor, and the
        memory that it or its child took."""
        files = [
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, str(self.log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        ]
        self.hangs = False
        start = time.perf_counter()
        self.process = os.posix_spawn(self.binary, [self.binary, *arguments], self.environment, file_actions=files)
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        _, status, usage = os.wait4(self.process, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        seconds = time.perf_counter() - start
        unit = 1 if sys.platform == "darwin" else 1024
        return os.waitstatus_to_exitcode(status), self.hangs, self.log.read_text(errors="replace"), seconds, \
            usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit


def mutate(name, kind, options, reader, folder):
    """Reads all mutants of one format, and prints their row; returns how many did harm."""
    tally, slowest, longest, most, harmful = collections.Counter(), 0, 0, 0, 0
    target = pathlib.Path(kind.ending) if "/" in kind.ending else folder / f"mutant{kind.ending}"
    spare = target.with_name(target.name.removesuffix(".gz")) if name == "idx.gz" else None
    if spare:
        spare.unlink(missing_ok=True)
    for number in range(options.mutants):
        chance = random.Random(f"{options.seed} {name} {number}")
        whole = kind.seeds[number % len(kind.seeds)]
        inside = kind.inside and chance.random() < 0.5
        target.write_bytes((kind.inside if inside else damaged)(whole, chance, kind.front))
        command = [str(target) if word == "{}" else word for word in chance.choice(kind.commands)]
        status, hangs, said, seconds, busy, memory = reader.run(command)
        if hangs:  # once more: a busy machine may stand still for seconds
            status, hangs, said, seconds, busy, memory = reader.run(command)
        slowest, longest, most = max(slowest, seconds), max(longest, busy), max(most, memory)
        tally["accepted" if status in (0, 2) else "refused"] += 1
        tally["apart"] += "crashed (" in said
        harm = "a hang" if hangs else f"signal {-status}" if status < 0 else "" if status in (0, 2, 65) \
            else f"status {status}"
        if not harm and memory >= BYTES:
            harm = f"{memory >> 20} MiB"
        if harm:
            harmful += 1
            tally["hangs" if hangs else "crashes" if status < 0 else "other"] += 1
            options.keep.mkdir(parents=True, exist_ok=True)
            kept = options.keep / f"{name}-{options.seed}-{number}{target.suffix}"
            kept.write_bytes(target.read_bytes())
            print(f"{kept}: {harm} of {' '.join(command)}\n{said[-600:]}", file=sys.stderr)
    print(
        f"| {name} | {options.mutants:,} | {tally['refused']:,} | {tally['accepted']:,} | {tally['apart']:,} | "
        f"{tally['crashes']} | {tally['hangs']} | {tally['other']} | {slowest:.2f} s | "
        f"{longest:.2f} s | {most >> 20} MiB |", flush=True)
    return harmful


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mutants", nargs="?", type=int, default=10_000)
    parser.add_argument("formats", nargs="*")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--binary", default=str(ROOT / ".build/release/keras-bridge"))
    parser.add_argument("--keep", type=pathlib.Path, default=ROOT / ".build/harmful")
    options = parser.parse_args()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as temporary:
        folder = pathlib.Path(temporary)
        known = formats(folder)
        chosen = options.formats or list(known)
        if strangers := set(chosen) - set(known):
            parser.error(f"no format {', '.join(sorted(strangers))}; there are {', '.join(known)}")
        reader = Reader(options.binary, folder)
        print(
            "| format | mutants | refused | accepted | crashes of the isolated process | crashes | hangs | other statuses "
            "| slowest | most processor time | peak memory |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
        harmful = sum(mutate(name, known[name], options, reader, folder) for name in chosen)
    if harmful:
        sys.exit(f"{harmful} mutants did harm; they are in {options.keep}")
    print(f"\nno mutant of {options.mutants * len(chosen):,} did harm")


if __name__ == "__main__":
    main()
