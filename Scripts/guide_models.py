#!/usr/bin/env python3
"""Makes the models and inputs that Documentation/WhyDoesMyModelDiffer.md speaks of, in the current folder.

Needs Keras 3. Each model has one of the faults that people meet; Scripts/guide.py runs the guide's commands on them.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

L = keras.layers
random = np.random.default_rng(5)


def classifier(epsilon=1e-3, channels=1, dtype=None):
    keras.utils.set_random_seed(3)
    return keras.Sequential([
        L.Input((28, 28, channels)),
        L.Conv2D(8, 3, strides=2, padding="same", name="conv", dtype=dtype),
        L.BatchNormalization(epsilon=epsilon, name="norm", dtype=dtype),
        L.ReLU(name="relu", dtype=dtype),
        L.Dropout(0.25, name="drop", dtype=dtype),
        L.Flatten(name="flat", dtype=dtype),
        L.Dense(10, activation="softmax", name="dense", dtype=dtype),
    ])


# Epsilon: the same weights, 1e-5 for 1e-3.
sound = classifier()
for weight in sound.weights:
    if "moving_variance" in weight.path:
        weight.assign(random.uniform(0.02, 0.2, weight.shape))
sound.save("sound.keras")
wrong = classifier(epsilon=1e-5)
wrong.set_weights(sound.get_weights())
wrong.save("epsilon.keras")

# Padding: one row and column on each side, as PyTorch pads, where Keras' "same" pads the end alone.
x = L.Input((28, 28, 1))
y = L.ZeroPadding2D(1, name="pad")(x)
y = L.Conv2D(8, 3, strides=2, name="conv")(y)
for layer in sound.layers[1:]:
    y = layer.__class__.from_config(layer.get_config())(y)
padded = keras.Model(x, y)
padded.set_weights(sound.get_weights())
padded.save("padded.keras")

# Channel order: colours as they are, and blue first.
colour = classifier(channels=3)
colour.save("colour.keras")
rgb = random.random((16, 28, 28, 3), dtype=np.float32)
np.save("rgb.npy", rgb)
np.save("bgr.npy", np.ascontiguousarray(rgb[..., ::-1]))
np.save("colour_outputs.npy", colour.predict(rgb, verbose=0))

# Dropout left on: model(x, training=True) for model.predict(x), layer by layer.
images = random.random((16, 28, 28, 1), dtype=np.float32)
arrays = {"inputs/0": images}
about = '{"format": "keras-bridge-reference", "version": 1, "engine": "keras", "keras": "%s"}' % keras.__version__
value = images
for layer in sound.layers:
    value = layer(value, training=True) if layer.name == "drop" else layer(value)
    arrays[f"activations/{layer.name}/0/0"] = np.asarray(value)
arrays["outputs/0"] = np.asarray(value)
np.savez("training.npz", about=np.frombuffer(about.encode(), np.uint8), **arrays)

# Adadelta as Keras makes it today: a learning rate of 0.001.
slow = keras.models.clone_model(sound)
slow.compile("adadelta", "categorical_crossentropy")
slow.optimizer.build(slow.trainable_variables)
slow.save("adadelta.keras")

# Half precision.
half = classifier(dtype="mixed_float16")
half.set_weights(sound.get_weights())
half.save("half.keras")
