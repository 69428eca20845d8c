#!/usr/bin/env python3
"""Writes Fixtures/images: one small picture in many kinds of PNG and JPEG, with the pixels that Pillow reads from each.

    python3 Scripts/make_image_fixtures.py [FOLDER]

Needs Pillow and NumPy. NAME.raw holds rows of grey, RGB or RGBA bytes.
"""
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 22, 17
folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent / "Fixtures/images")
folder.mkdir(parents=True, exist_ok=True)

y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
colours = np.stack([x * 11, y * 14, 255 - x * 5 - y * 7], -1).astype("uint8")
colours[:5, :4] = [250, 20, 30]  # a corner that tells which way up the picture is
grey = colours[..., 1]
opacity = (x * 11).astype("uint8")


def keep(name, mode, image=None):
    """Stores what Pillow reads from the file."""
    image = image or Image.open(folder / name)
    (folder / (name.rsplit(".", 1)[0] + ".raw")).write_bytes(np.asarray(image.convert(mode)).tobytes())


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(name, rows, depth, kind, interlace=0, extra=b""):
    """A PNG of rows of packed bytes, unfiltered."""
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, kind, 0, 0, interlace)
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    (folder / name).write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b""))


PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def adam7(pixels):
    for left, top, right, down in PASSES:
        part = pixels[top::down, left::right]
        if part.size:
            yield from (row.tobytes() for row in part)


plain = Image.fromarray(colours)
plain.save(folder / "colours.png")
Image.fromarray(grey).save(folder / "grey.png")
Image.fromarray(np.dstack([colours, opacity])).save(folder / "opacity.png")
Image.fromarray(np.dstack([grey, opacity]), "LA").save(folder / "grey-opacity.png")
plain.quantize(16).save(folder / "palette.png")
plain.quantize(16).save(folder / "palette-opacity.png", transparency=bytes([0, 128, 255] + [255] * 13))
Image.fromarray((x + y) % 3 == 0).save(folder / "bits.png")
png("interlaced.png", adam7(colours), 8, 2, interlace=1)
png("interlaced-grey.png", adam7(grey), 8, 0, interlace=1)
gamma = chunk(b"gAMA", struct.pack(">I", 100000))  # says that the numbers are linear; readers pass over it
png("gamma.png", (row.tobytes() for row in colours), 8, 2, extra=gamma)
wide = (colours.astype(">u2") * 256 + 200).astype(">u2")
png("colours16.png", (row.tobytes() for row in wide), 16, 2)
png("grey16.png", (row.tobytes() for row in wide[..., 1]), 16, 0)
for name, mode in [("colours", "RGB"), ("grey", "L"), ("opacity", "RGBA"), ("grey-opacity", "RGBA"), ("palette", "RGB"),
                   ("palette-opacity", "RGBA"), ("bits", "L"), ("interlaced", "RGB"), ("interlaced-grey", "L"),
                   ("gamma", "RGB"), ("colours16", "RGB")]:
    keep(name + ".png", mode)
(folder / "grey16.raw").write_bytes(grey.tobytes())  # Pillow clips such grey

for name, options in [("baseline", {}), ("progressive", {"progressive": True}), ("full", {"subsampling": 0})]:
    plain.save(folder / f"{name}.jpg", quality=90, **options)
    keep(f"{name}.jpg", "RGB")
Image.fromarray(grey).save(folder / "grey-jpeg.jpg", quality=90)
keep("grey-jpeg.jpg", "L")
plain.convert("CMYK").save(folder / "cmyk.jpg", quality=95)
keep("cmyk.jpg", "RGB")
