#!/usr/bin/env bash
# From a machine with only Swift and Python to a digit classifier that was trained in Swift and that real Keras opens:
# installs, builds, trains, evaluates, exports, has Keras load and predict, verifies. Under five minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

out=.build/demo
python=.keras-env/bin/python
began=$SECONDS

step() { printf '\n== %s (%d s)\n' "$*" "$((SECONDS - began))"; }
run() {
    printf '$ %s\n' "$*"
    "$@"
}

step "System packages"
Scripts/system_packages.sh

step "Build, and make the Keras environment beside it"
mkdir -p "$out"
Scripts/keras_env.sh 2>"$out/keras_env.log" &
keras_env=$!
trap 'kill "$keras_env" 2>/dev/null || true' EXIT
run swift build -c release --product keras-bridge
if ! wait "$keras_env"; then
    cat "$out/keras_env.log" >&2
    exit 1
fi
trap - EXIT
bridge=$(swift build -c release --product keras-bridge --show-bin-path)/keras-bridge

step "Train the classic digit CNN in Swift on the embedded 4,000 digits"
run "$bridge" train --architecture mnist-cnn --data embedded --epochs 8 --seed 1 -o "$out/digits.keras" --force

step "Evaluate on the embedded 1,000 test digits"
run "$bridge" evaluate "$out/digits.keras" --data embedded

step "Export for Keras' legacy format too"
run "$bridge" convert "$out/digits.keras" -o "$out/digits.h5" --force

step "Real Keras loads both files and predicts"
TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 "$python" - "$out/digits.keras" "$out/digits.h5" 2>"$out/keras.log" <<'PYTHON' || { cat "$out/keras.log" >&2; exit 1; }
import gzip, sys
import numpy as np
import keras

def idx(name):
    data = gzip.open(f"Fixtures/digits/{name}.gz").read()
    rank = data[3]
    return np.frombuffer(data, "u1", offset=4 + 4 * rank).reshape(np.frombuffer(data, ">u4", rank, 4))

x = idx("t10k-images-idx3-ubyte")[..., None].astype("float32") / 255
y = idx("t10k-labels-idx1-ubyte")
for path in sys.argv[1:]:
    probabilities = keras.models.load_model(path).predict(x, verbose=0)
    right = int((probabilities.argmax(1) == y).sum())
    print(f"{path}: Keras {keras.__version__} reads {right} of {len(y)} digits right")
    if right < 0.95 * len(y):
        sys.exit(f"{path}: expected at least 95 % of the digits right")
PYTHON

step "Verify: do Keras and Swift predict the same?"
status=0
for file in digits.keras digits.h5; do
    run "$bridge" verify "$out/$file" --against keras --data embedded || status=$?
done

step "Verdict"
if [ "$status" -ne 0 ]; then
    echo "DIFFERENT: see above (status $status)."
    exit "$status"
fi
echo "EQUAL: trained in Swift, opened by Keras as .keras and .h5, the same predictions. The files are in $out."
echo "See it read what you draw: swift run -c release digit-app $out/digits.keras --open (builds an HTTP server first, four minutes)"
