"""Starts digit-app for the scripts that test it, and makes drawings from real MNIST strokes for them."""

import contextlib
import gzip
import http.client
import io
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".app-env"


def enter_environment(*parts):
    """Runs this script again by the Python of .app-env, which is made where it is missing."""
    if pathlib.Path(sys.prefix) == ENVIRONMENT:
        return
    subprocess.run([ROOT / "Scripts" / "app_env.sh", *parts], check=True)
    python = str(ENVIRONMENT / "bin" / "python")
    os.execv(python, [python, *sys.argv])


def binary(name="digit-app"):
    """The program as it was built last, or built now."""
    built = subprocess.run(
        ["swift", "build", "-c", "release", "--product", name, "--show-bin-path"], cwd=ROOT, check=True,
        capture_output=True, text=True).stdout.strip()
    path = pathlib.Path(built) / name
    if not path.exists():
        subprocess.run(["swift", "build", "-c", "release", "--product", name], cwd=ROOT, check=True)
    return path


class Server:
    """A running digit-app: `address`, `port`, `process`."""

    def __init__(self, *options):
        command = [os.environ.get("DIGIT_APP") or binary(), "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if "http://" not in line:
            sys.exit(f"digit-app did not start: {line}{self.process.stderr.read()}")
        self.address = line.split()[1]
        self.port = int(self.address.rstrip("/").rsplit(":", 1)[1])

    def stop(self):
        """Asks it to end, and returns its status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)


@contextlib.contextmanager
def serving(*options):
    server = Server(*options)
    try:
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory() as path:
        yield pathlib.Path(path)


def unseen_digits():
    """MNIST's test digits where KERAS_BRIDGE_SHARED names a folder, else the embedded ones, of MNIST's training part."""
    shared = os.environ.get("KERAS_BRIDGE_SHARED")
    if shared:
        return digits(pathlib.Path(shared) / "data" / "mnist"), "MNIST's test digits"
    return digits(), "embedded digits, which the shipped model has seen"


def digits(home=ROOT / "Fixtures" / "digits"):
    """The test digits of a folder, the 1,000 embedded ones by default: (label, 28 × 28 bytes as an array)."""
    import numpy

    def idx(name):
        data = gzip.open(home / f"{name}.gz").read()
        rank = data[3]
        shape = numpy.frombuffer(data, ">u4", rank, 4)
        return numpy.frombuffer(data, "u1", offset=4 + 4 * rank).reshape(shape)

    return list(zip(idx("t10k-labels-idx1-ubyte").tolist(), idx("t10k-images-idx3-ubyte")))


def drawing(digit, random, side=280):
    """A digit as somebody might have drawn it on the page: scaled, shifted, thickened or thinned; a PNG with alpha."""
    import numpy
    from PIL import Image, ImageFilter

    scale = random.uniform(0.45, 1.15) * side / 28
    size = round(28 * scale)
    large = Image.fromarray(digit).resize((size, size), Image.BICUBIC).filter(ImageFilter.GaussianBlur(scale * 0.35))
    # Where the edge is taken decides how thick strokes are; the edge itself is as sharp as a canvas draws it.
    threshold = random.uniform(70, 150)
    ink = numpy.clip((numpy.asarray(large, "f4") - threshold) / 12 + 0.5, 0, 1)
    surface = numpy.zeros((side, side), "f4")
    top, left = (random.randint(min(0, side - size), max(0, side - size)) for _ in range(2))
    y, x = max(0, top), max(0, left)
    part = ink[y - top:, x - left:][: side - y, : side - x]
    surface[y:y + part.shape[0], x:x + part.shape[1]] = part
    pixels = numpy.zeros((side, side, 4), "u1")
    pixels[..., 3] = (surface * 255).round()
    file = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(file, "PNG", compress_level=1)
    return file.getvalue()


def strokes(digit):
    """A digit's middle lines, as a pen would go: lists of points in 0 … 1, from the thinned picture."""
    import numpy

    ink = numpy.pad(digit > 110, 1).astype(int)
    while True:  # Zhang and Suen, 1984
        before = ink.sum()
        for odd in (0, 1):
            p = [numpy.roll(ink, shift, (0, 1)) for shift in
                 ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))]
            neighbours = sum(p)
            changes = sum((p[i] == 0) & (p[(i + 1) % 8] == 1) for i in range(8))
            a, b = (p[0] * p[2] * p[4], p[2] * p[4] * p[6]) if not odd else (p[0] * p[2] * p[6], p[0] * p[4] * p[6])
            ink[(ink == 1) & (neighbours >= 2) & (neighbours <= 6) & (changes == 1) & (a == 0) & (b == 0)] = 0
        if ink.sum() == before:
            break
    left = {(int(x), int(y)) for y, x in zip(*numpy.nonzero(ink))}
    whole = set(left)

    def around(point):
        x, y = point
        near = [(x + dx, y + dy) for dx, dy in ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))]
        return [one for one in near if one in whole]

    lines = []
    while left:
        point = min(left, key=lambda one: (len(around(one)) != 1, len([n for n in around(one) if n in left]) != 1, one[1]))
        # A line that begins beside another one is joined to it.
        joined = [n for n in around(point) if n not in left]
        line = joined[:1] + [point]
        left.discard(point)
        while True:
            onward = [n for n in around(line[-1]) if n in left]
            if not onward:
                touching = [n for n in around(line[-1]) if n not in line]
                line += touching[:1]
                break
            straight = line[-1] if len(line) < 2 else (2 * line[-1][0] - line[-2][0], 2 * line[-1][1] - line[-2][1])
            step = min(onward, key=lambda n: (n[0] - straight[0]) ** 2 + (n[1] - straight[1]) ** 2)
            line.append(step)
            left.discard(step)
        if len(line) > 2 or len(lines) == 0:
            lines.append([((x - 0.5) / 28, (y - 0.5) / 28) for x, y in smooth(line)])
    return lines


def smooth(line):
    """The same line without the corners of pixels; its ends stay."""
    for _ in range(2):
        line = line[:1] + [
            tuple((a[i] + 2 * b[i] + c[i]) / 4 for i in (0, 1)) for a, b, c in zip(line, line[1:], line[2:])
        ] + line[-1:]
    return line
