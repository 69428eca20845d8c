#!/usr/bin/env python3
"""Writes Fixtures/hdf5: small HDF5 files with everything the HDF5 library must read, and much it must refuse.

    python3 Scripts/make_hdf5_fixtures.py Fixtures/hdf5

The committed files were made with Python 3.11, h5py 3.14.0 (HDF5 1.14.6), numpy 2.4. Nothing in them is random; two, latest.h5
and storage.h5, hold the time they were made. They are read by Tests/HDF5Tests.
"""
import os
import sys
import zlib

import h5py
import numpy as np

folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "Fixtures", "hdf5")
os.makedirs(folder, exist_ok=True)
os.chdir(folder)
counting = np.arange(6).reshape(2, 3)


def fixed(text, size, padding, cset=h5py.h5t.CSET_ASCII):
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(size)
    kind.set_strpad(padding)
    kind.set_cset(cset)
    return kind


def low_level_attribute(target, name, kind, data, shape=None):
    space = h5py.h5s.create(h5py.h5s.SCALAR) if shape is None else h5py.h5s.create_simple(shape)
    attribute = h5py.h5a.create(target.id, name, kind, space)
    attribute.write(data, mtype=kind)


# --- every type, layout and string that must be read -----------------------------------------------------------------
with h5py.File("types.h5", "w") as f:
    numbers = f.create_group("numbers")
    for order, sign in (("little", "<"), ("big", ">")):
        for kind in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"):
            numbers.create_dataset(f"{kind}-{order}", data=counting.astype(sign + kind))
    numbers.create_dataset("extremes-i8", data=np.array([-(2**63), 2**63 - 1]))
    numbers.create_dataset("bool", data=np.array([True, False, True]))
    numbers.create_dataset("scalar", data=np.int64(42))
    numbers.create_dataset("empty", data=np.zeros((0, 3), "f4"))
    numbers.create_dataset("null", data=h5py.Empty("f4"))
    numbers.create_dataset("unwritten", shape=(2, 2), dtype="f4", fillvalue=7)
    numbers.create_dataset("bfloat16", data=np.array([0x3F80, 0x4000], "<u2").view("V2"))
    numbers.create_dataset("enum", data=np.array([1], "i4"), dtype=h5py.enum_dtype({"RED": 1}, "i4"))

    layouts = f.create_group("layouts")
    large = np.arange(40 * 30, dtype="f4").reshape(40, 30)
    layouts.create_dataset("chunked", data=large, chunks=(16, 16))
    layouts.create_dataset("all filters", data=large, chunks=(16, 16), shuffle=True, compression="gzip",
                           compression_opts=6, fletcher32=True)
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    plist.set_obj_track_times(False)
    compact = h5py.h5d.create(layouts.id, b"compact", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((2, 3)), plist)
    compact.write(h5py.h5s.ALL, h5py.h5s.ALL, counting.astype("f4"))

    texts = f.create_group("texts")
    texts.create_dataset("fixed", data=np.array([b"one", b"three"]))
    texts.create_dataset("variable", data=["eins", "für"], dtype=h5py.string_dtype("utf-8"))
    texts.attrs.create("ascii", "plain", dtype=h5py.string_dtype("ascii"))
    texts.attrs["utf8"] = "grün 🌱"
    texts.attrs["empty"] = ""
    texts.attrs.create("list ascii", ["a", "", "ccc"], dtype=h5py.string_dtype("ascii"))
    texts.attrs["list utf8"] = ["ä", "ö"]
    texts.attrs["fixed list"] = np.array([b"kernel:0", b"bias:0"])
    texts.attrs["one in a list"] = ["alone"]
    texts.attrs["empty list"] = []
    texts.attrs.create("empty strings", shape=(0,), data=np.array([], "S1"), dtype=h5py.string_dtype("utf-8"))
    texts.attrs["empty ints"] = np.array([], "i4")
    texts.attrs["null"] = h5py.Empty("S1")
    texts.attrs["naïve"] = 1
    low_level_attribute(texts, b"terminated", fixed("", 8, h5py.h5t.STR_NULLTERM), np.array(b"abc\0zzz", "S8"))
    low_level_attribute(texts, b"spaced", fixed("", 6, h5py.h5t.STR_SPACEPAD), np.array([b"ab    ", b" c    "], "S6"),
                        (2,))
    low_level_attribute(texts, b"not text", fixed("", 2, h5py.h5t.STR_NULLPAD), np.array(b"\xff\xfe", "S2"))
    texts.attrs["int"] = np.int32(-5)
    texts.attrs["floats"] = np.array([0.5, -2.0], ">f8")
    texts.attrs["bool"] = True

    f["named type"] = np.dtype("f4")

# --- types that are seen, but not read ---------------------------------------------------------------------------------
with h5py.File("odd.h5", "w") as f:
    f.create_dataset("compound", data=np.zeros(2, [("a", "f4"), ("b", "i4")]))
    f.create_dataset("reference", data=np.array([f.ref], dtype=h5py.ref_dtype))
    f.attrs["compound"] = np.zeros(2, [("a", "f4")])

# --- links -----------------------------------------------------------------------------------------------------------
with h5py.File("links.h5", "w") as f:
    f.create_dataset("real/data", data=np.float32([1, 2]))
    f["hard"] = f["real"]
    f["soft"] = h5py.SoftLink("/real")
    f["dangling"] = h5py.SoftLink("/nowhere")
    f["external"] = h5py.ExternalLink("types.h5", "/numbers")
    f["real/itself"] = f["real"]

with h5py.File("soft.h5", "w") as f:
    f.create_dataset("data", data=np.float32([1, 2]))
    f["link"] = h5py.SoftLink("/data")

# --- the newest format: superblock 3, headers 2, dense links and attributes -------------------------------------------
with h5py.File("latest.h5", "w", libver="latest") as f:
    for index in range(20):
        f.create_dataset(f"group/{index}", data=np.float32([index, index + 0.5]))
        f.attrs[f"attribute {index}"] = f"text {index}"
    f.create_dataset("chunked", data=np.arange(1000, dtype="f4"), chunks=(100,), compression="gzip")

# --- a userblock before the file -------------------------------------------------------------------------------------
with h5py.File("userblock.h5", "w", userblock_size=512) as f:
    f.attrs["text"] = "behind 512 bytes"
    f["data"] = np.float32([1, 2])

# --- storage that is refused -----------------------------------------------------------------------------------------
with h5py.File("storage.h5", "w") as f:
    f.create_dataset("source", data=np.float32([1, 2]))
    layout = h5py.VirtualLayout(shape=(2,), dtype="f4")
    layout[:] = h5py.VirtualSource(f["source"])
    f.create_virtual_dataset("virtual", layout)
    f.create_dataset("external", shape=(4,), dtype="u1", external=[("outside.bin", 0, h5py.h5f.UNLIMITED)])
    f.create_dataset("lzf", data=np.zeros(100, "f4"), chunks=(100,), compression="lzf")
    f.create_dataset("scale offset", data=np.arange(100), chunks=(100,), scaleoffset=0)
    f.create_dataset("bomb", shape=(2**20, 2**18), dtype="f4")
    f.create_dataset("chunked bomb", shape=(2**13, 2**13), dtype="f4", chunks=(2**10, 2**10), compression="gzip")
    for name, filters, stored in (
        ("short", {"compression": "gzip"}, zlib.compress(b"abcd" * 4)),
        ("long", {"compression": "gzip"}, zlib.compress(b"abcd" * 200)),
        ("cut off", {"compression": "gzip"}, zlib.compress(bytes(range(256)) * 2)[:100]),
        ("no room for a checksum", {"fletcher32": True}, b"abc"),
        ("short and shuffled", {"compression": "gzip", "shuffle": True, "fletcher32": True}, zlib.compress(b"x") + b"0000"),
    ):
        f.create_dataset(name, shape=(256,), chunks=(128,), dtype="f4", **filters).id.write_direct_chunk((0,), stored)
    f.create_dataset("many chunks", shape=(2**21,), chunks=(1,), dtype="u1")
    f.create_dataset("rank 12", shape=(1,) * 12, dtype="f4", data=np.ones((1,) * 12, "f4"))
    f.create_dataset("overflow", shape=(2**40, 2**40, 2**40), dtype="f4", chunks=(1, 1, 1))

# --- names that are not ASCII: groups turn into the new kind, and put more than eight links into a heap --------------


def legacy(target, names):
    """What Keras 2's save_weights writes for Dense layers of these names."""
    target.attrs["layer_names"] = [name.encode() for name in names]
    target.attrs["keras_version"] = b"2.12.0"
    target.attrs["backend"] = b"tensorflow"
    for number, name in enumerate(names):
        group = target.create_group(name)
        group.attrs["weight_names"] = [f"{name}/kernel:0".encode()]
        group.create_dataset(f"{name}/kernel:0", data=np.float32([[1 + number]]))


with h5py.File("names-few.h5", "w") as f:
    legacy(f, ["größe", "dense"])

with h5py.File("names.h5", "w") as f:
    legacy(f, ["größe"] + [f"dense_{index}" for index in range(9)])
    many = f.create_group("many")
    for index in range(200):
        many[f"größe {index}"] = f["größe"]

# --- many links to one dataset ---------------------------------------------------------------------------------------
with h5py.File("one-dataset.weights.h5", "w") as f:
    f.create_group("vars")
    f.create_dataset("layers/dense/vars/0", shape=(128, 128), dtype="f4")
    for place in ("layers/dense_1/vars/0", "layers/dense_2/vars/0", *(f"optimizer/vars/{n}" for n in range(40))):
        f[place] = f["layers/dense/vars/0"]

# --- shapes that only look small -------------------------------------------------------------------------------------
with h5py.File("shapes.h5", "w") as f:
    f.create_dataset("zero last", shape=(2**62, 2**62, 0), dtype="f4")
    f.create_dataset("zero first", shape=(0, 2**62, 2**62), dtype="f4", chunks=(1, 1, 1), maxshape=(None, None, None))
    f.create_dataset("long", shape=(2**63 - 1,), dtype="u1", chunks=(2,))
    f.create_dataset("long too", shape=(2**62,), dtype="u1", chunks=(1024,))
