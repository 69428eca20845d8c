#!/usr/bin/env python3
"""Writes the golden numbers and sample files of Fixtures/ with real Keras, both dialects.

Run with the Python of Scripts/keras_env.sh: .keras-env/bin/python Scripts/make_fixtures.py [optimizers|schedules|losses|files …]
Without a name it makes all. Every number comes from the seed below; the same pins give the same numbers, and the same
bytes but for .keras archives (Keras writes the time into them).
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras  # noqa: E402

SEED = 20261122
TARGET = Path(__file__).resolve().parent.parent / "Fixtures"
DIALECTS = {"keras3": keras, "tf_keras": tf_keras}


def numbers(value):
    """Float32 as JSON numbers that read back to the same bits."""
    array = np.asarray(value)
    if array.dtype.kind == "f":
        array = array.astype("float32")
    # repr of a float32 is the shortest text that reads back as the same float32.
    flat = [float(repr(float(str(v)))) if array.dtype.kind == "f" else int(v) for v in array.ravel()]
    return {"shape": list(array.shape), "values": flat}


def made_by(engine):
    return {"script": "Scripts/make_fixtures.py", "seed": SEED, "keras": engine.__version__,
            "tensorflow": tf.__version__, "numpy": np.__version__}


def write_json(name, content):
    path = TARGET / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(
        json.dumps(key) + ": " + (
            "[\n" + ",\n".join(json.dumps(item, separators=(",", ":")) for item in value) + "\n]"
            if isinstance(value, list) else json.dumps(value, separators=(",", ":")))
        for key, value in content.items())
    path.write_text("{\n" + lines + "\n}\n", encoding="utf-8")
    print(f"{name}: {path.stat().st_size:,} bytes")


# MARK: optimizers: 20 steps on two small variables

STEPS = 20
SHAPES = [(3, 2), (2,)]
SHOWN = (1, 2, 5, 10, 20)  # after which steps the weights are kept

OPTIMIZERS = [  # (name, class, options, dialects that have it)
    ("sgd", "SGD", {}),
    ("sgd-momentum", "SGD", {"learning_rate": 0.05, "momentum": 0.9}),
    ("sgd-nesterov", "SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
    ("sgd-weight-decay", "SGD", {"weight_decay": 0.1}),
    ("sgd-clipnorm", "SGD", {"clipnorm": 0.5}),
    ("sgd-global-clipnorm", "SGD", {"global_clipnorm": 0.5}),
    ("sgd-clipvalue", "SGD", {"clipvalue": 0.3}),
    ("sgd-ema", "SGD", {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 4}),
    ("sgd-accumulation", "SGD", {"gradient_accumulation_steps": 4}),
    ("rmsprop", "RMSprop", {}),
    ("rmsprop-momentum", "RMSprop", {"momentum": 0.9}),
    ("rmsprop-centered", "RMSprop", {"learning_rate": 0.01, "rho": 0.8, "momentum": 0.5, "centered": True}),
    ("adagrad", "Adagrad", {"learning_rate": 0.1}),
    ("adadelta", "Adadelta", {"learning_rate": 1.0}),
    ("adadelta-rho", "Adadelta", {"learning_rate": 0.5, "rho": 0.9, "epsilon": 1e-6}),
    ("adam", "Adam", {}),
    ("adam-rate", "Adam", {"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4}),
    ("adam-amsgrad", "Adam", {"learning_rate": 0.02, "amsgrad": True}),
    ("adam-ema", "Adam", {"learning_rate": 0.02, "use_ema": True, "ema_momentum": 0.8}),
    ("adam-accumulation", "Adam", {"learning_rate": 0.02, "gradient_accumulation_steps": 2}),
    ("adamw", "AdamW", {"learning_rate": 0.02, "weight_decay": 0.05}),
    ("adamax", "Adamax", {"learning_rate": 0.02}),
    ("nadam", "Nadam", {"learning_rate": 0.02}),
    ("lion", "Lion", {"learning_rate": 0.01}),
    ("ftrl", "Ftrl", {"learning_rate": 0.1, "l1_regularization_strength": 0.01, "l2_regularization_strength": 0.02}),
    ("adafactor", "Adafactor", {"learning_rate": 0.05}),
    ("lamb", "Lamb", {"learning_rate": 0.02}),
    ("muon", "Muon", {"learning_rate": 0.02}),
    ("schedule-free-adamw", "ScheduleFreeAdamW", {"learning_rate": 0.02, "warmup_steps": 5}),
    ("sgd-schedule", "SGD", {"momentum": 0.9, "learning_rate": {
        "class_name": "ExponentialDecay",
        "config": {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.7, "staircase": True}}}),
]


def optimizers():
    random = np.random.default_rng(SEED)
    initial = [random.normal(size=s).astype("float32") for s in SHAPES]
    gradients = [[(random.normal(size=s) * 2.0 ** -(t % 3)).astype("float32") for s in SHAPES] for t in range(STEPS)]
    for dialect, engine in DIALECTS.items():
        cases = []
        for name, class_name, options in OPTIMIZERS:
            made = getattr(engine.optimizers, class_name, None)
            given = dict(options)
            if isinstance(given.get("learning_rate"), dict):
                rate = given["learning_rate"]
                given["learning_rate"] = getattr(engine.optimizers.schedules, rate["class_name"])(**rate["config"])
            try:
                optimizer = made(**given)
            except TypeError:  # this dialect has no such optimizer or option
                continue
            variables = [
                tf.Variable(v, name=f"v{i}") if dialect == "tf_keras" else keras.Variable(v, name=f"v{i}")
                for i, v in enumerate(initial)]
            optimizer.build(variables)
            weights = []
            for step, pair in enumerate(gradients, 1):
                optimizer.apply_gradients([(tf.constant(g), v) for g, v in zip(pair, variables)])
                if step in SHOWN:
                    weights.append([numbers(v.numpy())["values"] for v in variables])
            state = optimizer.variables() if callable(optimizer.variables) else optimizer.variables
            cases.append({
                "name": name, "class_name": class_name,
                "config": json.loads(json.dumps(optimizer.get_config(), default=float)),
                "weights": weights,
                "variables": [{"name": getattr(v, "path", v.name), **numbers(v.numpy())} for v in state]})
        write_json(f"optimizers/{dialect}.json", {
            "made_by": made_by(engine), "steps_shown": {"after": list(SHOWN)},
            "initial": [numbers(v) for v in initial],
            "gradients": [[numbers(g)["values"] for g in pair] for pair in gradients], "cases": cases})


# MARK: learning rate schedules

SCHEDULES = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}),
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5, "staircase": True}),
    ("PiecewiseConstantDecay", {"boundaries": [5, 12], "values": [0.5, 0.2, 0.1]}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "end_learning_rate": 0.01, "power": 2.0}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 8, "end_learning_rate": 0.01, "cycle": True}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5, "staircase": True}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "alpha": 0.1}),
    ("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 20, "warmup_target": 0.1, "warmup_steps": 6}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 6, "t_mul": 2.0, "m_mul": 0.8}),
]


def schedules():
    for dialect, engine in DIALECTS.items():
        cases = []
        for class_name, options in SCHEDULES:
            schedule = getattr(engine.optimizers.schedules, class_name)(**options)
            values = [numbers(np.asarray(schedule(step)))["values"][0] for step in range(41)]
            config = json.loads(json.dumps(schedule.get_config(), default=float))
            cases.append({"class_name": class_name, "config": config, "values": values})
        write_json(f"schedules/{dialect}.json", {"made_by": made_by(engine), "cases": cases})


# MARK: losses: value and gradient for a small batch

LOSSES = [  # (class, options, kind of target)
    ("CategoricalCrossentropy", {}, "one_hot"),
    ("CategoricalCrossentropy", {"from_logits": True}, "one_hot"),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, "one_hot"),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, "one_hot"),
    ("CategoricalFocalCrossentropy", {}, "one_hot"),
    ("SparseCategoricalCrossentropy", {}, "class"),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, "class"),
    ("BinaryCrossentropy", {}, "binary"),
    ("BinaryCrossentropy", {"from_logits": True}, "binary"),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, "binary"),
    ("BinaryFocalCrossentropy", {}, "binary"),
    ("MeanSquaredError", {}, "real"),
    ("MeanAbsoluteError", {}, "real"),
    ("MeanAbsolutePercentageError", {}, "real"),
    ("MeanSquaredLogarithmicError", {}, "positive"),
    ("Huber", {}, "real"),
    ("Huber", {"delta": 0.3}, "real"),
    ("LogCosh", {}, "real"),
    ("CosineSimilarity", {}, "real"),
    ("Hinge", {}, "binary"),
    ("SquaredHinge", {}, "binary"),
    ("CategoricalHinge", {}, "one_hot"),
    ("KLDivergence", {}, "distribution"),
    ("Poisson", {}, "positive"),
]


def losses():
    random = np.random.default_rng(SEED + 1)
    rows, classes = 5, 4
    logits = random.normal(size=(rows, classes)).astype("float32")
    exponentials = np.exp(logits)
    probabilities = (exponentials / exponentials.sum(1, keepdims=True)).astype("float32")
    label = random.integers(0, classes, rows)
    sample_weight = random.uniform(0.2, 2, rows).astype("float32")
    distribution = random.dirichlet(np.ones(classes), rows).astype("float32")
    targets = {
        "one_hot": np.eye(classes, dtype="float32")[label], "class": label.astype("float32"),
        "binary": random.integers(0, 2, (rows, classes)).astype("float32"),
        "real": random.normal(size=(rows, classes)).astype("float32"),
        "positive": random.uniform(0.1, 3, (rows, classes)).astype("float32"), "distribution": distribution}
    for dialect, engine in DIALECTS.items():
        cases = []
        for class_name, options, kind in LOSSES:
            loss = getattr(engine.losses, class_name)(**options)
            wild = options.get("from_logits") or kind == "real"
            prediction = tf.constant(logits if wild else probabilities)
            target = targets[kind].astype("int32") if kind == "class" else targets[kind]
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(prediction)
                value = loss(target, prediction)
                weighted = loss(target, prediction, sample_weight=sample_weight)
            cases.append({
                "class_name": class_name, "config": options,
                "target": numbers(targets[kind]), "prediction": numbers(prediction.numpy()),
                "value": numbers(value.numpy())["values"][0],
                "gradient": numbers(tape.gradient(value, prediction).numpy())["values"],
                "weighted_value": numbers(weighted.numpy())["values"][0],
                "weighted_gradient": numbers(tape.gradient(weighted, prediction).numpy())["values"]})
        write_json(f"losses/{dialect}.json", {
            "made_by": made_by(engine), "sample_weight": numbers(sample_weight), "cases": cases})


# MARK: files: one small trained CNN in every format


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


PARTS = {"optimizers": optimizers, "schedules": schedules, "losses": losses, "files": files}

if __name__ == "__main__":
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        sys.exit(f"{unknown[0]} is nothing that is made here; expected {', '.join(PARTS)}")
    for name in wanted:
        PARTS[name]()
