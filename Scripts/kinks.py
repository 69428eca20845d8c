"""How far stock Keras parts from stock Keras: 20 steps of the classic MNIST net in float32 and in float64.

    .keras-env/bin/python Scripts/kinks.py [--seeds 3] [--batch 16]

Same weights, same batches, no dropout. The figure is the worst weight after 20 steps, in units of the bound that
KerasBridge's own tests use: 1e-5 + 1e-4 of the weight. Where it is far above 1, ReLU or max pooling met a number so near
to a kink that rounding decided which way it went. No implementation in float32 can promise the bound there.
"""

import argparse
import gzip
import os
import pathlib
import subprocess
import sys
import tempfile

STEPS = 20
RUNS = {
    "Adadelta 1.0": ("Adadelta", {"learning_rate": 1.0}),
    "SGD 0.1": ("SGD", {"learning_rate": 0.1}),
    "SGD 0.05, momentum 0.9": ("SGD", {"learning_rate": 0.05, "momentum": 0.9}),
    "SGD 0.05, Nesterov 0.9": ("SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
    "Adam 0.001": ("Adam", {}),
    "RMSprop 0.001": ("RMSprop", {}),
}
DIGITS = pathlib.Path(__file__).resolve().parent.parent / "Fixtures" / "digits"


def digits(count):
    import numpy as np

    def idx(name, offset):
        return np.frombuffer(gzip.decompress((DIGITS / name).read_bytes()), np.uint8, offset=offset)

    x = idx("train-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28, 1)[:count]
    y = idx("train-labels-idx1-ubyte.gz", 8)[:count]
    return x.astype("float32") / 255, np.eye(10, dtype="float32")[y]


def classic_net(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])


def train(floatx, folder, seeds, batch):
    """Trains in one precision; the weights after the steps go to the folder."""
    import keras
    import numpy as np

    x, y = digits(STEPS * batch)
    for seed in range(1, seeds + 1):
        keras.config.set_floatx("float32")
        keras.utils.set_random_seed(seed)
        start = classic_net(keras).get_weights()
        keras.config.set_floatx(floatx)
        for name, (optimizer, options) in RUNS.items():
            model = classic_net(keras)
            model.set_weights(start)
            model.compile(getattr(keras.optimizers, optimizer)(**options), "categorical_crossentropy")
            for step in range(STEPS):
                rows = slice(step * batch, (step + 1) * batch)
                model.train_on_batch(x[rows], y[rows])
            np.savez(os.path.join(folder, f"{floatx}-{seed}-{name}.npz"), *model.get_weights())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="how many initial weights to try")
    parser.add_argument("--batch", type=int, default=16, help="samples of a step, at most 200")
    parser.add_argument("--train", nargs=2, metavar=("FLOATX", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not 1 <= options.batch <= 200:
        parser.error(f"--batch: expected 1 to 200, found {options.batch}")
    if options.train:
        return train(*options.train, options.seeds, options.batch)

    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        for floatx in ("float32", "float64"):
            subprocess.run(
                [sys.executable, __file__, "--seeds", str(options.seeds), "--batch", str(options.batch), "--train", floatx,
                 folder], check=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}, stderr=subprocess.DEVNULL)
        print(f"worst weight after {STEPS} steps of {options.batch}, Keras in float32 against float64, × the bound, by seed")
        for name in RUNS:
            figures = []
            for seed in range(1, options.seeds + 1):
                a, b = (np.load(os.path.join(folder, f"{f}-{seed}-{name}.npz")) for f in ("float32", "float64"))
                worst = max(float((abs(a[k] - b[k]) / (1e-5 + 1e-4 * abs(b[k]))).max()) for k in b.files)
                figures.append(f"{worst:10.3f}")
            print(f"{name:24}" + "".join(figures))


if __name__ == "__main__":
    main()
