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
        *more_loss_cases(indices, probabilities[1:].repeat(2, 0)[:6], bits, sigmoids, maps, map_classes, logits),
    ]


def more_loss_cases(indices, safe, bits, sigmoids, maps, map_classes, logits):
    random = np.random.default_rng(SEED + 4)
    regions = tf.nn.softmax(random.normal(size=(4, 3, 2, 4))).numpy()
    region_classes = np.eye(4, dtype="float32")[random.integers(0, 4, (4, 3, 2))]
    some = np.where(random.uniform(size=6) < 0.3, -1, indices).astype("float32")
    some[2] = -1
    units = random.normal(size=(7, 4))
    units = (units / np.linalg.norm(units, axis=1, keepdims=True)).astype("float32")
    labels = np.array([0, 1, 0, 2, 1, 2, 0], "float32")
    alone = np.array([0, 1, 0, 2, 1, 1, 0], "float32")  # 2 has no counterpart
    speech = (random.normal(size=(4, 7, 5)) * 2).astype("float32")
    letters = np.array([[1, 2, 2, 0], [3, 0, 0, 0], [4, 1, 2, 3], [0, 0, 0, 0]], "float32")
    L = losses
    return [
        (L.CTC(), letters, speech, None),
        (L.CTC(reduction="sum"), letters[:3], speech[:3], None),
        (L.SparseCategoricalCrossentropy(ignore_class=1), map_classes, maps, None),
        (L.SparseCategoricalCrossentropy(ignore_class=-1, from_logits=True), some, logits, None),
        (L.SparseCategoricalCrossentropy(ignore_class=-1), some, tf.nn.softmax(logits).numpy(), logits),
        (L.SparseCategoricalCrossentropy(ignore_class=-1, reduction="sum"), some, safe, None),
        (L.SparseCategoricalCrossentropy(ignore_class=-1, reduction="mean_with_sample_weight"), some, safe, None),
        (L.CategoricalGeneralizedCrossEntropy(), indices, safe, None),
        (L.CategoricalGeneralizedCrossEntropy(q=0.8, reduction="sum"), indices, safe, None),
        (L.CategoricalGeneralizedCrossEntropy(q=0.1), map_classes, maps, None),
        (L.Dice(), bits, sigmoids, None),
        (L.Dice(), region_classes, regions, None),
        (L.Dice(reduction="sum"), bits, sigmoids, None),
        (L.Dice(reduction="mean_with_sample_weight"), bits, sigmoids, None),
        (L.Dice(axis=(1, 2, 3)), region_classes, regions, None),
        (L.Dice(axis=(1, 2)), region_classes, regions, None),
        (L.Dice(axis=(0, 1, 2)), region_classes, regions, None),
        (L.Dice(axis=-1), region_classes, regions, None),
        (L.Tversky(), bits, sigmoids, None),
        (L.Tversky(alpha=0.3, beta=0.8), region_classes, regions, None),
        (L.Tversky(alpha=0.7, beta=0.2, axis=(1, 2)), region_classes, regions, None),
        (L.Tversky(alpha=0.7, beta=0.2, axis=(-3, -2, -1), reduction="sum"), region_classes, regions, None),
        (L.Circle(), labels, units, None),
        (L.Circle(gamma=8.0, margin=0.25), labels, units, None),
        (L.Circle(gamma=8.0, remove_diagonal=False, reduction="sum"), labels, units * np.float32(0.9), None),
        (L.Circle(gamma=4.0), alone, units, None),
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
        *more_metric_runs(size, indices, classes, probabilities, bits, scores, real, other),
    ]
    cases = []
    for metric, targets, outputs, *unweighted in runs:
        results = []
        for t, y, w in zip(targets, outputs, weights):
            metric.update_state(t, y, sample_weight=None if unweighted else w)
            results.append(float(np.mean(metric.result())))  # of several numbers the mean is reported
        config = metrics.serialize(metric)
        batches = [
            {"shape": [list(t.shape), list(y.shape)], "targets": numbers(t), "outputs": numbers(y)}
            for t, y in zip(targets, outputs)
        ]
        cases.append(
            {
                "className": config["class_name"],
                "config": config["config"],
                "isWeighted": not unweighted,
                "batches": batches,
                "results": results,
            }
        )
    write("metrics", {"sampleWeights": numbers(weights[2]), "cases": cases})


def more_metric_runs(size, indices, classes, probabilities, bits, scores, real, other):
    random = np.random.default_rng(SEED + 5)
    flags = [random.integers(0, 2, (n, 6)).astype("float32") for n in size]
    raw = [(random.normal(size=(n, 6)) * 2).astype("float32") for n in size]
    sigmoids = [tf.sigmoid(x).numpy() for x in raw]
    rounded = [np.round(x, 1).astype("float32") for x in sigmoids]  # equal scores, and scores on a threshold
    guesses = [random.integers(0, 6, n).astype("float32") for n in size]
    sorted_ids = [np.argsort(-p, axis=1).astype("float32") for p in probabilities]
    maps = [tf.nn.softmax(random.normal(size=(n, 2, 3, 4))).numpy() for n in size]
    map_classes = [random.integers(0, 4, (n, 2, 3)).astype("float32") for n in size]
    map_hot = [np.eye(4, dtype="float32")[c.astype(int)] for c in map_classes]
    whole = [np.round(x).astype("float32") for x in real]
    near = [np.round(x + 0.3).astype("float32") for x in real]
    positive = [np.abs(x) + 0.1 for x in real]
    odds = [np.abs(x) + 0.1 for x in other]
    rest = dict(num_thresholds=20)
    M = metrics
    auc = [
        M.AUC(curve=curve, summation_method=method, **options)
        for curve in ["ROC", "PR", "PRGAIN"]
        for method in ["interpolation", "majoring", "minoring"]
        for options in [{}, {"thresholds": [0.6, 0.15, 0.3]}]
    ]
    rates = [
        (M.SensitivityAtSpecificity, 0.6),
        (M.SpecificityAtSensitivity, 0.5),
        (M.PrecisionAtRecall, 0.5),
        (M.RecallAtPrecision, 0.5),
    ]
    return [
        *[
            (metric, flags, y)
            for counts in [M.TruePositives, M.FalsePositives, M.TrueNegatives, M.FalseNegatives]
            for metric, y in [
                (counts(), sigmoids),
                (counts(thresholds=0.3), rounded),
                (counts(thresholds=[0.7, 0.2]), rounded),
                (counts(thresholds=[0.0, 0.25, 0.5, 0.75, 1.0]), rounded),
            ]
        ],
        *[
            (kind(**options), flags, rounded)
            for kind in [M.Precision, M.Recall]
            for options in [
                {"thresholds": [0.8, 0.3, 0.5]},
                {"thresholds": [0.0, 0.5, 1.0]},
                {"top_k": 2},
                {"top_k": 3, "thresholds": 0.4},
                {"top_k": 3, "thresholds": [0.0, 0.5, 1.0]},
                {"class_id": 4},
                {"class_id": 1, "top_k": 2},
            ]
        ],
        *[(kind(bound), flags, sigmoids) for kind, bound in rates],
        *[(kind(bound, class_id=2, **rest), flags, rounded) for kind, bound in rates],
        *[(kind(bound, num_thresholds=1), flags, rounded) for kind, bound in rates],
        *[(kind(1.0, num_thresholds=2), flags, sigmoids) for kind, _ in rates],
        *[(metric, flags, rounded) for metric in auc],
        (M.AUC(), bits, scores),
        (M.AUC(num_thresholds=2), bits, scores),
        (M.AUC(thresholds=[0.25, 0.5, 0.75]), flags, rounded),
        (M.AUC(from_logits=True, curve="PR", **rest), flags, raw),
        (M.AUC(label_weights=[1.0, 0.5, 2.0, 0.0, 1.0, 3.0]), flags, sigmoids),
        (M.AUC(multi_label=True), flags, sigmoids),
        (M.AUC(multi_label=True, num_labels=6, label_weights=[1.0, 0.5, 2.0, 0.0, 1.0, 3.0], curve="PR"), flags, sigmoids),
        (M.AUC(multi_label=True, thresholds=[0.2, 0.5], from_logits=True), flags, raw),
        *[
            (metric, t, y)
            for average in [None, "micro", "macro", "weighted"]
            for metric, t, y in [
                (M.F1Score(average=average), classes, probabilities),
                (M.F1Score(average=average, threshold=0.4), flags, rounded),
                (M.FBetaScore(average=average, beta=2.0), classes, probabilities),
                (M.FBetaScore(average=average, beta=0.5, threshold=0.5), flags, rounded),
            ]
        ],
        (M.IoU(6, [1, 3]), indices, guesses),
        (M.IoU(6, [0, 2, 5], dtype="float32"), indices, guesses),
        (M.IoU(4, [0, 2], sparse_y_pred=False), map_classes, maps, "unweighted"),
        (M.IoU(4, [0, 2], sparse_y_true=False, sparse_y_pred=False, ignore_class=1), map_hot, maps, "unweighted"),
        (M.BinaryIoU(), bits, scores, "unweighted"),
        (M.BinaryIoU(target_class_ids=[1], threshold=0.3), flags, rounded, "unweighted"),
        (M.MeanIoU(6), indices, guesses),
        (M.MeanIoU(6, ignore_class=2, dtype="float32"), indices, guesses),
        (M.MeanIoU(3), indices, guesses),
        (M.MeanIoU(4, sparse_y_pred=False), map_classes, maps, "unweighted"),
        (M.OneHotIoU(4, [1, 2]), map_hot, maps, "unweighted"),
        (M.OneHotIoU(6, [1, 2], sparse_y_pred=True, dtype="float32"), classes, guesses),
        (M.OneHotMeanIoU(4, ignore_class=0), map_hot, maps, "unweighted"),
        (M.OneHotMeanIoU(6), classes, probabilities),
        (M.R2Score(), real, other),
        (M.R2Score(class_aggregation="variance_weighted_average"), real, other),
        (M.R2Score(class_aggregation=None), real, other),
        (M.R2Score(num_regressors=2), real, other),
        (M.R2Score(num_regressors=50), real, other),
        (M.PearsonCorrelation(), real, other),
        (M.ConcordanceCorrelation(), real, other),
        (M.Accuracy(), whole, near),
        (M.SparseTopKCategoricalAccuracy(k=2, from_sorted_ids=True), indices, sorted_ids),
        (M.CosineSimilarity(), real, other),
        (M.LogCoshError(), real, other),
        (M.MeanAbsolutePercentageError(), real, other),
        (M.MeanSquaredLogarithmicError(), positive, odds),
        (M.Hinge(), bits, scores),
        (M.SquaredHinge(), bits, scores),
        (M.CategoricalHinge(), classes, probabilities),
        (M.KLDivergence(), classes, probabilities),
        (M.Poisson(), positive, odds),
        (M.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1), classes, raw),
        (M.MeanMetricWrapper(losses.huber, name="huber_error", delta=0.5), real, other),
        (M.MeanMetricWrapper(losses.cosine_similarity, name="negative"), real, other),
        (M.MeanMetricWrapper(M.categorical_accuracy, name="right"), classes, probabilities),
    ]


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
