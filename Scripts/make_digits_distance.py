#!/usr/bin/env python3
"""Makes Fixtures/models/digits.distance: what tells how far an image is from the digits that the shipped model knows.

    .keras-env/bin/python Scripts/make_digits_distance.py

Of the 4,000 training digits of Fixtures/digits, as Keras computes what the last layer of Fixtures/models/digits.keras takes:
the mean of each class, and the covariance within the classes. Sources/Digits/MahalanobisDistance.swift has the equation.
The limit is what 99 % of the 1,000 test digits keep.

The file, little-endian: the fingerprint of digits.keras (8 bytes), then float32s: the limit of the squared distance, the ten
means times W, and W, lower triangular, row by row without the zeros; inverse(covariance) = transpose(W) W.
The same versions give the same file.
"""

import gzip
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "Fixtures"
MODEL = FIXTURES / "models" / "digits.keras"
RIDGE = 1e-3
QUANTILE = 0.99


def fingerprint(data):
    """FNV-1a with 64 bits, as Sources/Saving/Fingerprint.swift."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def digits(part):
    """Images in 0…1, [n, 28, 28, 1], and labels."""
    def read(name, header):
        return np.frombuffer(gzip.decompress((FIXTURES / "digits" / name).read_bytes()), np.uint8, offset=header)

    images = read(f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28, 1)
    return images.astype(np.float32) / 255, read(f"{part}-labels-idx1-ubyte.gz", 8)


def main():
    model = keras.saving.load_model(MODEL)
    features = keras.Model(model.inputs, model.layers[-1].input)
    images, labels = digits("train")
    known = features.predict(images, verbose=0).astype(np.float64)
    means = np.stack([known[labels == label].mean(0) for label in range(10)])
    apart = known - means[labels]
    covariance = apart.T @ apart / len(apart)
    covariance += RIDGE * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    whitening = np.linalg.inv(np.linalg.cholesky(covariance))

    unseen = features.predict(digits("t10k")[0], verbose=0) @ whitening.T
    distances = ((unseen[:, None] - means @ whitening.T) ** 2).sum(2).min(1)
    limit = np.quantile(distances, QUANTILE)

    numbers = np.concatenate([[limit], (means @ whitening.T).ravel(), whitening[np.tril_indices(len(whitening))]])
    data = np.uint64(fingerprint(MODEL.read_bytes())).astype("<u8").tobytes() + numbers.astype("<f4").tobytes()
    path = MODEL.with_suffix(".distance")
    path.write_bytes(data)
    print(f"{path.name}: {len(data):,} bytes, limit {limit:.1f} where the median is {np.median(distances):.1f}")


if __name__ == "__main__":
    main()
