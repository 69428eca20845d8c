"""Makes Fixtures/training: golden numbers of optimizers, schedules, losses and metrics, computed by a real Keras.

    .keras-env/bin/python Scripts/make_training_fixtures.py

Versions and seed are written into each file. The same versions give the same files.
"""

import json
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import tensorflow as tf
from keras import losses, metrics, optimizers
from keras.optimizers import schedules

SEED = 20261122
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Fixtures" / "training"


def numbers(array):
    """Floats with the fewest digits that give the same float32 again."""
    return [float(np.format_float_scientific(x, unique=True)) for x in np.asarray(array, np.float32).ravel()]


def write(name, content):
    header = {"keras": keras.__version__, "tensorflow": tf.__version__, "numpy": np.__version__, "seed": SEED}
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps({"made_by": header, **content}, separators=(",", ":")).replace("},{", "},\n{") + "\n")
    print(path, path.stat().st_size)


# Optimizers: 20 steps on a matrix and a vector with given gradients.

STEPS = 20
SHAPES = [(4, 3), (5,)]

OPTIMIZERS = [
    optimizers.Adadelta(),
    optimizers.Adadelta(learning_rate=1.0),
    optimizers.Adadelta(learning_rate=0.5, rho=0.8, epsilon=1e-4),
    optimizers.SGD(),
    optimizers.SGD(learning_rate=0.05, momentum=0.9),
    optimizers.SGD(learning_rate=0.05, momentum=0.9, nesterov=True),
    optimizers.SGD(learning_rate=0.1, clipnorm=0.5),
    optimizers.SGD(learning_rate=0.1, clipvalue=0.3),
    optimizers.SGD(learning_rate=0.1, global_clipnorm=0.7),
    optimizers.SGD(learning_rate=0.1, weight_decay=0.01),
    optimizers.SGD(learning_rate=0.1, use_ema=True, ema_momentum=0.9),
    optimizers.SGD(learning_rate=0.1, momentum=0.5, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=3),
    optimizers.SGD(learning_rate=0.1, gradient_accumulation_steps=3, clipnorm=0.5),
    optimizers.SGD(learning_rate=0.1, loss_scale_factor=8.0),
    optimizers.SGD(learning_rate=schedules.ExponentialDecay(0.1, 5, 0.5)),
    optimizers.Adam(),
    optimizers.Adam(learning_rate=0.05, amsgrad=True),
    optimizers.Adam(learning_rate=0.05, beta_1=0.8, beta_2=0.95, epsilon=1e-4, weight_decay=0.02),
    optimizers.Adam(learning_rate=0.01, gradient_accumulation_steps=2, use_ema=True),
    optimizers.AdamW(learning_rate=0.01),
    optimizers.RMSprop(),
    optimizers.RMSprop(learning_rate=0.01, rho=0.8, momentum=0.9),
    optimizers.RMSprop(learning_rate=0.01, centered=True),
    optimizers.RMSprop(learning_rate=0.01, momentum=0.9, centered=True),
    optimizers.Adagrad(learning_rate=0.1),
    optimizers.Adamax(learning_rate=0.05),
    optimizers.Nadam(learning_rate=0.05),
    optimizers.Lion(learning_rate=0.05),
    optimizers.Ftrl(learning_rate=0.1),
    optimizers.Ftrl(
        learning_rate=0.1,
        learning_rate_power=-0.4,
        l1_regularization_strength=0.05,
        l2_regularization_strength=0.02,
        l2_shrinkage_regularization_strength=0.01,
        beta=0.1,
    ),
    optimizers.Lamb(learning_rate=0.05),
    optimizers.Adafactor(learning_rate=0.1),
    optimizers.Muon(learning_rate=0.05),
    optimizers.Muon(
        learning_rate=0.05, adam_lr_ratio=0.5, momentum=0.8, nesterov=False, ns_steps=3, rms_rate=None, weight_decay=None,
        exclude_layers=["z"],
    ),
    optimizers.ScheduleFreeAdamW(learning_rate=0.05, warmup_steps=4),
    optimizers.LossScaleOptimizer(optimizers.SGD(learning_rate=0.1), initial_scale=4.0, dynamic_growth_steps=3),
]
INFINITE_STEP = 7  # only for LossScaleOptimizer, which leaves it out


def make_optimizers():
    random = np.random.default_rng(SEED)
    initial = [random.normal(size=shape).astype("float32") for shape in SHAPES]
    gradients = [[random.normal(scale=0.5, size=shape).astype("float32") for shape in SHAPES] for _ in range(STEPS)]
    cases = []
    for optimizer in OPTIMIZERS:
        weights = [keras.Variable(w, name=f"w{i}") for i, w in enumerate(initial)]
        config = optimizers.serialize(optimizer)
        for step, given in enumerate(gradients):
            given = [tf.constant(g) for g in given]
            if isinstance(optimizer, optimizers.LossScaleOptimizer):
                given = [g * (np.inf if step == INFINITE_STEP else 1.0) for g in given]
            optimizer.apply(given, weights)
        cases.append(
            {
                "className": config["class_name"],
                "config": config["config"],
                "weights": [numbers(w) for w in weights],
                "variables": [
                    {"name": v.name, "shape": list(v.shape), "values": numbers(v)} for v in optimizer.variables
                ],
            }
        )
    write(
        "optimizers",
        {
            "shapes": [list(shape) for shape in SHAPES],
            "initial": [numbers(w) for w in initial],
            "gradients": [[numbers(g) for g in step] for step in gradients],
            "infiniteStep": INFINITE_STEP,
            "cases": cases,
        },
    )


SCHEDULES = [
    schedules.ExponentialDecay(0.1, 10, 0.9),
    schedules.ExponentialDecay(0.1, 10, 0.9, staircase=True),
    schedules.InverseTimeDecay(0.1, 10, 0.5),
    schedules.InverseTimeDecay(0.1, 10, 0.5, staircase=True),
    schedules.PolynomialDecay(0.1, 20, 0.01, power=0.5),
    schedules.PolynomialDecay(0.1, 20, 0.01, power=2.0, cycle=True),
    schedules.PiecewiseConstantDecay([5, 20], [1.0, 0.5, 0.1]),
    schedules.CosineDecay(0.1, 20, alpha=0.1),
    schedules.CosineDecay(0.01, 20, alpha=0.1, warmup_target=0.1, warmup_steps=5),
    schedules.CosineDecayRestarts(0.1, 7, t_mul=2.0, m_mul=0.8, alpha=0.05),
    schedules.CosineDecayRestarts(0.1, 7, t_mul=1.0, m_mul=0.9),
]


def make_schedules():
    steps = [0, 1, 4, 5, 6, 9, 10, 15, 19, 20, 21, 25, 33, 39, 41, 100]
    cases = []
    for schedule in SCHEDULES:
        config = schedules.serialize(schedule)
        rates = [float(schedule(tf.constant(step, tf.int64))) for step in steps]
        cases.append({"className": config["class_name"], "config": config["config"], "rates": numbers(rates)})
    write("schedules", {"steps": steps, "cases": cases})


# Losses: values, the weighted mean, and the gradients of the mean by outputs and, behind a softmax or sigmoid, by logits.


def loss_cases(random):
    classes = np.eye(5, dtype="float32")[random.integers(0, 5, 6)]
    soft = random.dirichlet(np.ones(5), 6).astype("float32")
    indices = random.integers(0, 5, 6).astype("float32")
    logits = (random.normal(size=(6, 5)) * 3).astype("float32")
    logits[0] = [40, -40, 0, 3, 2]  # probabilities that are clipped
    probabilities = tf.nn.softmax(logits).numpy()
    unnormalized = random.uniform(0.05, 2, (6, 5)).astype("float32")
    sigmoids = tf.sigmoid(logits).numpy()
    bits = random.integers(0, 2, (6, 5)).astype("float32")
    signs = bits * 2 - 1
    real = random.normal(size=(6, 5)).astype("float32")
    other = random.normal(size=(6, 5)).astype("float32")
    other[0] = real[0] + 3
    positive = random.uniform(0.1, 2, (6, 5)).astype("float32")
    maps = tf.nn.softmax(random.normal(size=(2, 3, 2, 4))).numpy()
    map_classes = random.integers(0, 4, (2, 3, 2)).astype("float32")
    L = losses
    return [
        (L.CategoricalCrossentropy(), classes, probabilities, None),
        (L.CategoricalCrossentropy(), soft, unnormalized, None),
        (L.CategoricalCrossentropy(label_smoothing=0.1), classes, unnormalized, None),
        (L.CategoricalCrossentropy(from_logits=True), classes, logits, None),
        (L.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2), classes, logits, None),
        (L.CategoricalCrossentropy(), classes, probabilities, logits),
        (L.SparseCategoricalCrossentropy(), indices, probabilities, None),
        (L.SparseCategoricalCrossentropy(), indices, unnormalized, None),
        (L.SparseCategoricalCrossentropy(from_logits=True), indices, logits, None),
        (L.SparseCategoricalCrossentropy(), indices, probabilities, logits),
        (L.SparseCategoricalCrossentropy(), map_classes, maps, None),
        (L.BinaryCrossentropy(), bits, sigmoids, None),
        (L.BinaryCrossentropy(label_smoothing=0.1), bits, sigmoids, None),
        (L.BinaryCrossentropy(from_logits=True), bits, logits, None),
        (L.BinaryCrossentropy(), bits, sigmoids, logits),
        (L.BinaryFocalCrossentropy(), bits, sigmoids, None),
        (L.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.3, gamma=1.5), bits, sigmoids, None),
        (L.CategoricalFocalCrossentropy(), classes, probabilities[1:].repeat(2, 0)[:6], None),
        (L.MeanSquaredError(), real, other, None),
        (L.MeanAbsoluteError(), real, other, None),
        (L.MeanAbsolutePercentageError(), real, other, None),
        (L.MeanSquaredLogarithmicError(), positive, unnormalized, None),
        (L.Huber(), real, other, None),
        (L.Huber(delta=0.5), real, other, None),
        (L.LogCosh(), real, other, None),
        (L.Hinge(), signs, real, None),
        (L.Hinge(), bits, real, None),
        (L.SquaredHinge(), signs, real, None),
        (L.CategoricalHinge(), classes, real, None),
        (L.KLDivergence(), soft, probabilities[1:].repeat(2, 0)[:6], None),
        (L.Poisson(), positive, unnormalized, None),
        (L.CosineSimilarity(), real, other, None),
        (L.MeanSquaredError(reduction="sum"), real, other, None),
        (L.MeanSquaredError(reduction="mean_with_sample_weight"), real, other, None),
    ]


def make_losses():
    random = np.random.default_rng(SEED + 1)
    cases = []
    for loss, targets, outputs, logits in loss_cases(random):
        weights = random.uniform(0, 2, len(targets)).astype("float32")
        start = tf.constant(outputs if logits is None else logits)
        if logits is not None:
            activation = keras.activations.sigmoid if isinstance(loss, losses.BinaryCrossentropy) else keras.activations.softmax
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(start)
            y = start if logits is None else activation(start)
            values = loss.call(tf.constant(targets), y)
            mean = loss(tf.constant(targets), y)
            per_value = weights.reshape([-1] + [1] * (len(values.shape) - 1)) * np.ones(values.shape, "float32")
            weighted = loss(tf.constant(targets), y, sample_weight=per_value)
        config = losses.serialize(loss)
        if isinstance(loss, losses.Huber) and loss._fn_kwargs["delta"] != 1.0:
            config["config"]["delta"] = loss._fn_kwargs["delta"]  # Keras forgets it
        cases.append(
            {
                "className": config["class_name"],
                "config": config["config"],
                "targets": {"shape": list(targets.shape), "values": numbers(targets)},
                "outputs": {"shape": list(outputs.shape), "values": numbers(outputs)},
                "logits": None if logits is None else {"shape": list(logits.shape), "values": numbers(logits)},
                "sampleWeights": numbers(weights),
                "values": {"shape": list(values.shape), "values": numbers(values)},
                "mean": numbers(mean)[0],
                "weighted": numbers(weighted)[0],
                "gradient": numbers(tape.gradient(mean, start)),
                "weightedGradient": numbers(tape.gradient(weighted, start)),
            }
        )
    write("losses", {"cases": cases})


# Metrics: the running result after each of three batches, the last with sample weights.


def make_metrics():
    random = np.random.default_rng(SEED + 2)
    size = [7, 7, 4]
    logits = [(random.normal(size=(n, 6)) * 2).astype("float32") for n in size]
    probabilities = [tf.nn.softmax(x).numpy() for x in logits]
    indices = [random.integers(0, 6, n).astype("float32") for n in size]
    classes = [np.eye(6, dtype="float32")[i.astype(int)] for i in indices]
    scores = [random.uniform(size=(n, 1)).astype("float32") for n in size]
    bits = [random.integers(0, 2, (n, 1)).astype("float32") for n in size]
    real = [random.normal(size=(n, 3)).astype("float32") for n in size]
    other = [random.normal(size=(n, 3)).astype("float32") for n in size]
    weights = [None, None, random.uniform(0, 2, 4).astype("float32")]
    M = metrics
    runs = [
        (M.CategoricalAccuracy(), classes, probabilities),
        (M.SparseCategoricalAccuracy(), indices, probabilities),
        (M.BinaryAccuracy(), bits, scores),
        (M.BinaryAccuracy(threshold=0.3), bits, scores),
        (M.TopKCategoricalAccuracy(k=2), classes, probabilities),
        (M.SparseTopKCategoricalAccuracy(k=3), indices, probabilities),
        (M.MeanSquaredError(), real, other),
        (M.RootMeanSquaredError(), real, other),
        (M.MeanAbsoluteError(), real, other),
        (M.CategoricalCrossentropy(), classes, probabilities),
        (M.SparseCategoricalCrossentropy(), indices, probabilities),
        (M.BinaryCrossentropy(), bits, scores),
        (M.Precision(), bits, scores),
        (M.Recall(), bits, scores),
    ]
    cases = []
    for metric, targets, outputs in runs:
        results = []
        for t, y, w in zip(targets, outputs, weights):
            metric.update_state(t, y, sample_weight=w)
            results.append(float(metric.result()))
        config = metrics.serialize(metric)
        batches = [
            {"shape": [list(t.shape), list(y.shape)], "targets": numbers(t), "outputs": numbers(y)}
            for t, y in zip(targets, outputs)
        ]
        cases.append(
            {"className": config["class_name"], "config": config["config"], "batches": batches, "results": results}
        )
    write("metrics", {"sampleWeights": numbers(weights[2]), "cases": cases})


# Fit: a small convolutional net, trained by `fit` without shuffling and dropout.

FITS = [
    ("adadelta", "categorical_crossentropy", {}, {}),
    ("sgd", "categorical_crossentropy", {}, {}),
    ("adam", "sparse_categorical_crossentropy", {"class_weight": {0: 0.5, 3: 2.0}}, {}),
    ("rmsprop", "categorical_crossentropy", {"sample_weight": True}, {}),
    ("adam", "categorical_crossentropy", {"validation_split": 0.3}, {"regularized": True}),
    ("sgd", "mean_squared_error", {}, {"batch_normalization": True}),
]


def fit_optimizer(name):
    return {
        "adadelta": lambda: optimizers.Adadelta(learning_rate=1.0),
        "sgd": lambda: optimizers.SGD(learning_rate=0.05, momentum=0.9, nesterov=True),
        "adam": lambda: optimizers.Adam(learning_rate=0.01),
        "rmsprop": lambda: optimizers.RMSprop(learning_rate=0.005),
    }[name]()


def fit_model(options):
    extra = {}
    if options.get("regularized"):
        extra = {
            "kernel_regularizer": keras.regularizers.L1L2(1e-3, 1e-2),
            "bias_regularizer": keras.regularizers.L2(0.1),
            "kernel_constraint": keras.constraints.MaxNorm(0.9, axis=[0, 1, 2]),
        }
    layers = [
        keras.layers.Input((6, 6, 1)),
        keras.layers.Conv2D(3, 3, activation="relu", name="conv", **extra),
        keras.layers.MaxPooling2D(2, name="pool"),
        keras.layers.Flatten(name="flatten"),
        keras.layers.Dense(6, activation="relu", name="hidden"),
        keras.layers.Dense(4, activation="softmax", name="out"),
    ]
    if options.get("batch_normalization"):
        layers.insert(2, keras.layers.BatchNormalization(momentum=0.8, name="norm"))
    return keras.Sequential(layers, name="net")


def make_fits():
    random = np.random.default_rng(SEED + 3)
    samples, size = 37, 8
    x = random.uniform(size=(samples, 6, 6, 1)).astype("float32")
    labels = random.integers(0, 4, samples)
    for i, label in enumerate(labels):  # something to learn
        x[i, label : label + 3, label : label + 3] += 1.0
    sample_weights = random.uniform(0, 2, samples).astype("float32")
    cases = []
    for name, loss, arguments, options in FITS:
        model = fit_model(options)
        initial = [(random.normal(scale=0.3, size=w.shape)).astype("float32") for w in model.get_weights()]
        if options.get("batch_normalization"):
            names = [w.path for w in model.weights]
            initial = [np.abs(w) + 0.5 if "gamma" in n or "variance" in n else w for n, w in zip(names, initial)]
        model.set_weights(initial)
        metrics_ = ["accuracy", "mse"] if loss != "sparse_categorical_crossentropy" else ["accuracy"]
        model.compile(optimizer=fit_optimizer(name), loss=loss, metrics=metrics_, weighted_metrics=metrics_[:1])
        y = labels if loss.startswith("sparse") else np.eye(4, dtype="float32")[labels]
        arguments = dict(arguments)
        if arguments.get("sample_weight"):
            arguments["sample_weight"] = sample_weights
        history = model.fit(x, y, epochs=4, batch_size=size, shuffle=False, verbose=0, **arguments)
        evaluated = model.evaluate(x, y, batch_size=size, verbose=0, return_dict=True)
        cases.append(
            {
                "optimizer": optimizers.serialize(fit_optimizer(name)),
                "loss": loss,
                "metrics": metrics_,
                "classWeights": [arguments.get("class_weight", {}).get(i, 1.0) for i in range(4)],
                "usesSampleWeights": "sample_weight" in arguments,
                "validationSplit": arguments.get("validation_split", 0.0),
                "regularized": options.get("regularized", False),
                "batchNormalization": options.get("batch_normalization", False),
                "initial": [{"shape": list(w.shape), "values": numbers(w)} for w in initial],
                "weights": [{"shape": list(w.shape), "values": numbers(w)} for w in model.get_weights()],
                "history": {key: numbers(values) for key, values in history.history.items()},
                "evaluated": {key: numbers(value)[0] for key, value in evaluated.items()},
                "variables": [numbers(v) for v in model.optimizer.variables],
            }
        )
    write(
        "fits",
        {
            "batchSize": size,
            "epochs": 4,
            "x": {"shape": list(x.shape), "values": numbers(x)},
            "labels": [int(label) for label in labels],
            "sampleWeights": numbers(sample_weights),
            "cases": cases,
        },
    )


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(SEED)
    make_optimizers()
    make_schedules()
    make_losses()
    make_metrics()
    make_fits()
