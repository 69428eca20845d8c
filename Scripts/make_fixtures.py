#!/usr/bin/env python3
"""Writes Fixtures/keras: one small trained CNN in every format that real Keras writes, in both dialects.

Run with the Python of Scripts/keras_env.sh: .keras-env/bin/python Scripts/make_fixtures.py
Every number comes from the seed below; the same pins give the same numbers, and the same bytes but for .keras archives
(Keras writes the time into them). Golden numbers of training come from make_training_fixtures.py.
"""

import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tf_keras  # noqa: E402

SEED = 20261122
TARGET = Path(__file__).resolve().parent.parent / "Fixtures"
DIALECTS = {"keras3": keras, "tf_keras": tf_keras}


def files():
    folder = TARGET / "keras"
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(SEED + 2)
    x = random.uniform(size=(8, 8, 8, 1)).astype("float32")
    y = np.eye(5, dtype="float32")[random.integers(0, 5, 8)]
    np.save(folder / "small-x.npy", x)
    for dialect, engine in DIALECTS.items():
        engine.utils.set_random_seed(SEED)
        layers = engine.layers
        model = engine.Sequential([
            layers.InputLayer((8, 8, 1)) if dialect == "keras3" else layers.InputLayer(input_shape=(8, 8, 1)),
            layers.Conv2D(3, 3, activation="relu", name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.MaxPooling2D(name="pool"),
            layers.Dropout(0.25, name="drop"),
            layers.Flatten(name="flat"),
            layers.Dense(5, activation="softmax", name="dense"),
        ], name="small")
        model.compile(optimizer=engine.optimizers.Adam(0.01), loss="categorical_crossentropy", metrics=["accuracy"])
        model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
        np.save(folder / f"{dialect}-small-y.npy", model.predict(x, verbose=0))
        (folder / f"{dialect}-small.json").write_text(model.to_json() + "\n", encoding="utf-8")
        prefix = str(folder / f"{dialect}-small")
        # .keras before .h5: Keras 3 forgets the optimizer of a model that it has saved as .h5.
        model.save(prefix + ".keras")
        model.save_weights(prefix + ".weights.h5")
        if dialect == "tf_keras":
            model.save_weights(prefix + "-weights.h5", save_format="h5")  # Keras 3 no longer writes these
        model.save(prefix + ".h5")
        for path in sorted(folder.glob(f"{dialect}-small*")):
            print(f"keras/{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    files()
