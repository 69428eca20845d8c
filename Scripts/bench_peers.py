#!/usr/bin/env python3
"""Times KerasBridge and its peers on the same nets, on this machine, alternately, in one session.

    Scripts/bench_peers.py                     all cases of the classic net, three rounds, a table on stdout
    Scripts/bench_peers.py --nets classic,lenet,small,mobilenetv2 --rounds 3 --json out.json
    Scripts/bench_peers.py --nets mine.keras   a model of yours, which TensorFlow's Keras must be able to load
    Scripts/bench_peers.py --cases epoch --peers keras,torch --mnist mnist    training on MNIST itself
    Scripts/bench_peers.py --keras-only        Keras + TensorFlow alone, from .keras-env: the quick comparison

Every peer runs in a process of its own that sleeps while another one is timed. A case is timed in short bursts, peer
after peer, round after round; a table row gives the median over all bursts, the spread (fastest and slowest burst),
and the ratio to ours. The case `epoch`, with --mnist, is one of training on MNIST's 60,000 images, data feeding
and shuffling included. Peers are pinned and live in `.peers-env/`, made here; torch's CPU build is looked for in
$KERAS_BRIDGE_WHEELS if set, since the registry's drags CUDA along.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PINS = [
    "tensorflow-cpu==2.21.0", "keras==3.15.1", "torch==2.13.0", "onnxruntime==1.31.1", "openvino==2026.4.1",
    "ai-edge-litert==2.3.0", "onnx==1.23.2", "tf2onnx==1.17.0",
]
PEERS = ["keras", "tensorflow", "torch", "onnxruntime", "openvino", "openvino-bf16", "litert"]
SECONDS = 1.0  # one burst


# ----------------------------------------------------------------------------------------------------------- the nets

def keras_net(name):
    """The net as a Keras model with random weights; BatchNormalization gets lively statistics."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(1)
    layers = keras.layers
    if name == "classic":
        model = keras.Sequential([
            layers.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"), layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(), layers.Dropout(0.25), layers.Flatten(), layers.Dense(128, activation="relu"),
            layers.Dropout(0.5), layers.Dense(10, activation="softmax")])
    elif name == "lenet":
        model = keras.Sequential([
            layers.Input((28, 28, 1)), layers.Conv2D(6, 5, padding="same", activation="relu"), layers.MaxPooling2D(),
            layers.Conv2D(16, 5, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
            layers.Dense(120, activation="relu"), layers.Dense(84, activation="relu"),
            layers.Dense(10, activation="softmax")])
    elif name == "small":
        model = keras.Sequential([
            layers.Input((28, 28, 1)), layers.Conv2D(8, 3, activation="relu"), layers.Conv2D(12, 3, activation="relu"),
            layers.MaxPooling2D(), layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
            layers.Dense(10, activation="softmax")])
    else:
        maker = {"mobilenetv2": "MobileNetV2", "resnet50": "ResNet50", "vgg16": "VGG16",
                 "efficientnetb0": "EfficientNetB0"}[name]
        model = getattr(keras.applications, maker)(weights=None, input_shape=(224, 224, 3))
    random = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            layer.set_weights([random.uniform(0.5, 1.5, gamma.shape), random.normal(0, 0.1, beta.shape),
                               random.normal(0, 0.1, mean.shape), random.uniform(0.5, 1.5, variance.shape)])
    return model


def make_net(net, folder):
    """Writes the net, or copies the model file that `net` names; then the shape of its input."""
    import keras

    name, path = pathlib.Path(net).stem, f"{folder}/{pathlib.Path(net).stem}.keras"
    if net == name:
        model = keras_net(net)
    else:
        model = keras.models.load_model(net, compile=False)
    model.save(path)
    pathlib.Path(f"{folder}/{name}.shape.json").write_text(json.dumps(model.input_shape[1:]))


def input_shape(folder, name):
    return json.loads(pathlib.Path(f"{folder}/{name}.shape.json").read_text())


def samples(folder, name, count):
    import numpy as np

    return np.random.default_rng(2).random((count, *input_shape(folder, name)), dtype=np.float32)


def digits(folder):
    """MNIST's training images in 0 … 1, [60000, 28, 28, 1], and their labels."""
    import gzip

    import numpy as np

    images, labels = [np.frombuffer(gzip.open(f"{folder}/mnist/train-{name}.gz").read(), np.uint8)
                      for name in ("images-idx3-ubyte", "labels-idx1-ubyte")]
    return images[16:].reshape(-1, 28, 28, 1).astype(np.float32) / 255, labels[8:].astype(np.int64)


def timed(step, seconds=SECONDS):
    """Seconds of one call of `step`: the median of as many as fit into a burst."""
    step()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or (time.perf_counter() < end and len(times) < 5000):
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


# ------------------------------------------------------------------------------------------------ one peer's process

def serve(peer, folder):
    """Answers requests, one JSON line each: {"net", "case", "batch"} → {"seconds"} or {"skip"}."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is not an answer
    cache = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            key = (request["net"], request["case"], request["batch"])
            if key not in cache:
                cache.clear()
                cache[key] = STEPS[peer](folder, *key)
            step = cache[key]
            if request["case"] == "epoch" and step is not None:
                begin = time.perf_counter()
                reply = {"steps": step(), "seconds": time.perf_counter() - begin}
            else:
                reply = {"skip": "no such case"} if step is None else {"seconds": timed(step)}
            import resource
            reply["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        except Exception as problem:  # one peer's trouble must not end the others' run
            reply = {"skip": f"{type(problem).__name__}: {problem}"[:300]}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


def load_keras(folder, net):
    import keras

    return keras.models.load_model(f"{folder}/{net}.keras", compile=False)


def keras_step(folder, net, case, batch):
    import keras
    import numpy as np

    model, x = load_keras(folder, net), samples(folder, net, batch)
    if case == "epoch":
        x, labels = digits(folder)
        y = np.eye(10, dtype=np.float32)[labels]
        model.compile(keras.optimizers.Adadelta(1.0), "categorical_crossentropy", metrics=["accuracy"])
        model.fit(x[:batch], y[:batch], batch_size=batch, verbose=0)  # traces the graph

        def epoch():
            model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
            return -(-len(x) // batch)
        return epoch
    if case == "train":
        # What a user writes: fit, with its data feeding. One call is an epoch of 30 batches.
        x = samples(folder, net, batch * 30)
        y = np.eye(10, dtype=np.float32)[np.arange(len(x)) % 10]
        model.compile(keras.optimizers.Adadelta(1.0), "categorical_crossentropy", metrics=["accuracy"])
        return lambda: model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
    return lambda: model.predict(x, batch_size=batch, verbose=0)


def tensorflow_step(folder, net, case, batch):
    import tensorflow as tf

    if case in ("train", "epoch"):
        return None
    model, x = load_keras(folder, net), tf.constant(samples(folder, net, batch))
    call = tf.function(lambda x: model(x, training=False), jit_compile=False)
    return lambda: call(x).numpy()


def torch_step(folder, net, case, batch):
    import torch
    from torch import nn

    if net not in ("classic", "lenet", "small"):
        return None
    relu, pool, flat = nn.ReLU, lambda: nn.MaxPool2d(2), nn.Flatten
    parts = {
        "classic": [nn.Conv2d(1, 32, 3), relu(), nn.Conv2d(32, 64, 3), relu(), pool(), nn.Dropout(0.25), flat(),
                    nn.Linear(9216, 128), relu(), nn.Dropout(0.5), nn.Linear(128, 10)],
        "lenet": [nn.Conv2d(1, 6, 5, padding=2), relu(), pool(), nn.Conv2d(6, 16, 5), relu(), pool(), flat(),
                  nn.Linear(400, 120), relu(), nn.Linear(120, 84), relu(), nn.Linear(84, 10)],
        "small": [nn.Conv2d(1, 8, 3), relu(), nn.Conv2d(8, 12, 3), relu(), pool(), nn.Conv2d(12, 16, 3), relu(), pool(),
                  flat(), nn.Linear(400, 10)],
    }[net]
    model = nn.Sequential(*parts).to(memory_format=torch.channels_last)
    x = torch.from_numpy(samples(folder, net, batch)).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    if case in ("train", "epoch"):
        y, loss = torch.arange(batch) % 10, nn.CrossEntropyLoss()
        optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)

        def step(x=x, y=y):
            optimizer.zero_grad()
            loss(model(x), y).backward()
            optimizer.step()
        if case == "train":
            return step
        images, labels = [torch.from_numpy(array) for array in digits(folder)]
        images = images.permute(0, 3, 1, 2)  # one channel: channels_last as it lies
        step()

        def epoch():
            order = torch.randperm(len(images))
            for begin in range(0, len(images), batch):
                chosen = order[begin:begin + batch]
                step(images[chosen].contiguous(memory_format=torch.channels_last), labels[chosen])
            return -(-len(images) // batch)
        return epoch
    model.eval()

    def predict():
        with torch.inference_mode():
            torch.softmax(model(x), 1)
    return predict


# tf2onnx takes more than 23 GB for its 138 million weights.
TOO_LARGE_FOR_ONNX = {"vgg16"}


def onnx_file(folder, net):
    path = f"{folder}/{net}.onnx"
    if not os.path.exists(path):
        import tensorflow as tf
        import tf2onnx
        from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

        # Frozen first: Keras' own export leaves some constants, as those of a Normalization, as inputs.
        model, x = load_keras(folder, net), samples(folder, net, 1)
        call = tf.function(lambda x: model(x, training=False))
        frozen = convert_variables_to_constants_v2(call.get_concrete_function(tf.TensorSpec([None, *x.shape[1:]])))
        tf2onnx.convert.from_graph_def(
            frozen.graph.as_graph_def(), input_names=[frozen.inputs[0].name], output_names=[frozen.outputs[0].name],
            opset=17, output_path=path)
    return path


def onnxruntime_step(folder, net, case, batch):
    import onnxruntime

    if case in ("train", "epoch") or net in TOO_LARGE_FOR_ONNX:
        return None
    session = onnxruntime.InferenceSession(onnx_file(folder, net), providers=["CPUExecutionProvider"])
    x, name = samples(folder, net, batch), session.get_inputs()[0].name
    return lambda: session.run(None, {name: x})


def openvino_step(folder, net, case, batch, precision="f32"):
    import openvino

    if case in ("train", "epoch"):
        return None
    if net in TOO_LARGE_FOR_ONNX:
        path = f"{folder}/{net}-saved"
        if not os.path.exists(path):
            load_keras(folder, net).export(path, verbose=False)
        model = openvino.convert_model(path)
    else:
        model = openvino.convert_model(onnx_file(folder, net))
    x = samples(folder, net, batch)
    model.reshape(x.shape)
    hints = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    request = openvino.compile_model(model, "CPU", hints).create_infer_request()
    return lambda: request.infer({0: x}, share_inputs=True)


def litert_step(folder, net, case, batch):
    from ai_edge_litert.interpreter import Interpreter

    if case in ("train", "epoch"):
        return None
    path = f"{folder}/{net}.tflite"
    if not os.path.exists(path):
        import tensorflow as tf

        with open(path, "wb") as file:
            file.write(tf.lite.TFLiteConverter.from_keras_model(load_keras(folder, net)).convert())
    interpreter = Interpreter(path, num_threads=os.cpu_count())
    slot = interpreter.get_input_details()[0]["index"]
    x = samples(folder, net, batch)
    interpreter.resize_tensor_input(slot, x.shape)
    interpreter.allocate_tensors()

    def step():
        interpreter.set_tensor(slot, x)
        interpreter.invoke()
    return step


STEPS = {
    "keras": keras_step, "tensorflow": tensorflow_step, "torch": torch_step, "onnxruntime": onnxruntime_step,
    "openvino": openvino_step, "openvino-bf16": lambda *case: openvino_step(*case, precision="bf16"),
    "litert": litert_step,
}


# ------------------------------------------------------------------------------------------------------- the session

class Peer:
    def __init__(self, name, python, folder):
        self.name = name
        self.process = subprocess.Popen(
            [python, __file__, "--serve", name, "--folder", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=open(f"{folder}/{name}.log", "w"), text=True)

    def ask(self, net, case, batch):
        try:
            self.process.stdin.write(json.dumps({"net": net, "case": case, "batch": batch}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        return json.loads(line) if line else {"skip": "the process ended"}

    def stop(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait()


class Ours:
    """`keras-bridge bench`, one process for each burst; it loads, warms up, and times."""

    name = "keras-bridge"

    def __init__(self, folder):
        self.folder = folder
        self.binary = os.environ.get("KERAS_BRIDGE", str(ROOT / ".build/release/keras-bridge"))

    def epoch(self, batch):
        """From new weights, where the peers go on with theirs; a later epoch would be faster."""
        command = [self.binary, "train", "--architecture", "mnist-cnn", "--data", f"{self.folder}/mnist", "--epochs", "1",
                   "--batch-size", str(batch), "-o", f"{self.folder}/ours.keras", "--force", "--json-events"]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode:
            return {"skip": run.stderr.strip()[:300]}
        epoch = next(event for event in map(json.loads, run.stdout.splitlines()) if event.get("event") == "epoch")
        return {"seconds": epoch["seconds"], "steps": epoch["step"]}

    def ask(self, net, case, batch):
        if case == "epoch":
            return self.epoch(batch)
        command = [self.binary, "bench", f"{self.folder}/{net}.keras", "--json", "--seconds", str(SECONDS),
                   "--threads", str(os.cpu_count()), "--batch-size", str(batch),
                   "--training" if case == "train" else "--no-training"]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode:
            return {"skip": run.stderr.strip()[:300]}
        result = json.loads(run.stdout)
        times = [timing["median_seconds"] for timing in result["runs"] if timing["kind"] == case]
        return {"seconds": times[0], "peak": result["peak_memory_bytes"]} if times else {"skip": "not measured"}

    def stop(self):
        pass




def make_environment():
    python = ROOT / ".peers-env/bin/python"
    stamp = ROOT / ".peers-env/pins"
    if not stamp.exists() or stamp.read_text() != "\n".join(PINS):
        print("making .peers-env (some minutes, once)", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", ROOT / ".peers-env"], check=True)
        wheels = os.environ.get("KERAS_BRIDGE_WHEELS")
        extra = ["--find-links", wheels] if wheels else []
        subprocess.run([python, "-m", "pip", "install", "-q", *extra, *PINS], check=True)
        stamp.write_text("\n".join(PINS))
    return str(python)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nets", default="classic")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--cases", default="epoch,train,predict")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json")
    parser.add_argument("--mnist", help="a folder with MNIST's files: time an epoch of it, too, data feeding included")
    parser.add_argument("--keras-only", action="store_true")
    parser.add_argument("--python", help="use this Python, which has the peers, instead of .peers-env")
    parser.add_argument("--serve")
    parser.add_argument("--folder")
    options = parser.parse_args()
    if options.serve:
        return serve(options.serve, options.folder)

    import tempfile

    peers = ["keras"] if options.keras_only else options.peers.split(",")
    python = options.python or (str(ROOT / ".keras-env/bin/python") if options.keras_only else make_environment())
    folder = tempfile.mkdtemp(prefix="bench-peers-")
    nets = options.nets.split(",")
    make = ("import sys; sys.path.insert(0, sys.argv[1]); import bench_peers\n"
            "for net in sys.argv[3:]: bench_peers.make_net(net, sys.argv[2])")
    subprocess.run([python, "-c", make, str(ROOT / "Scripts"), folder, *nets], check=True,
                   env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}, stdout=subprocess.DEVNULL)
    sides = [Ours(folder)] + [Peer(name, python, folder) for name in peers]
    results = []
    for net in [pathlib.Path(net).stem for net in nets]:
        batches = (1000, 128, 1) if input_shape(folder, net)[0] <= 64 else (16, 1)
        cases = [("train", 128)] if net == "classic" else []
        if net == "classic" and options.mnist:
            os.symlink(pathlib.Path(options.mnist).resolve(), f"{folder}/mnist")
            cases.insert(0, ("epoch", 128))
        cases += [("predict", batch) for batch in batches]
        for case, batch in [case for case in cases if case[0] in options.cases.split(",")]:
            bursts = {side.name: [] for side in sides}
            skips, peaks = {}, {}
            for _ in range(options.rounds):
                for side in sides:
                    if side.name in skips:
                        continue
                    reply = side.ask(net, case, batch)
                    if "skip" in reply:
                        skips[side.name] = reply["skip"]
                        continue
                    steps = 30 if (side.name, case) == ("keras", "train") else reply.get("steps", 1)
                    bursts[side.name].append(reply["seconds"] / steps)
                    peaks[side.name] = reply.get("peak")
                    time.sleep(0.3)
            results.append({"net": net, "case": case, "batch": batch, "seconds": bursts, "skipped": skips, "peak": peaks})
            show(results[-1])
    for side in sides:
        side.stop()
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1))


def show(result):
    """One Markdown table: images per second for batches, microseconds for one image."""
    ours = statistics.median(result["seconds"]["keras-bridge"]) if result["seconds"]["keras-bridge"] else None
    batch = result["batch"]
    print(f"\n{result['net']}, {result['case']}, batch {batch}\n")
    print("| | images/s | slowest … fastest | ms | ours is |\n|---|--:|--:|--:|--:|")
    for name, seconds in result["seconds"].items():
        if not seconds:
            if result["skipped"].get(name) != "no such case":
                print(f"| {name} | – | {result['skipped'].get(name)} | | |")
            continue
        middle = statistics.median(seconds)
        ratio = ""
        if name != "keras-bridge" and ours:
            # Round by round: both were timed within seconds of each other.
            rounds = [theirs / own for theirs, own in zip(seconds, result["seconds"]["keras-bridge"])]
            ratio = f"{middle / ours:.2f} × ({min(rounds):.2f} … {max(rounds):.2f})"
        print(f"| {name} | {batch / middle:,.0f} | {batch / max(seconds):,.0f} … {batch / min(seconds):,.0f} "
              f"| {middle * 1e3:.3f} | {ratio} |")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
