#!/usr/bin/env bash
# Makes .keras-env/, a virtual environment with the exact Keras that the tests and `verify --against keras` run.
# Quick when it is already right: the pins are kept in .keras-env/pins.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

env=.keras-env
tensorflow=tensorflow-cpu
# TensorFlow has CPU-only wheels for Linux on x86-64 alone; elsewhere the plain package is the same thing.
[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || tensorflow=tensorflow
pins=("$tensorflow==2.21.0" "keras==3.15.1" "h5py==3.14.0" "numpy==2.4.6")
# On its own because it asks for the full tensorflow package beside the CPU-only one.
tf_keras="tf-keras==2.21.0"
stamp="${pins[*]} $tf_keras"

if [ -x "$env/bin/python" ] && [ "$(cat "$env/pins" 2>/dev/null)" = "$stamp" ] && "$env/bin/python" -c '' 2>/dev/null; then
    exit 0
fi

suits() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}
python=
for candidate in python3 /usr/bin/python3 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null && suits "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    say "Keras needs Python 3.11, 3.12 or 3.13 with venv; found: $(python3 --version 2>/dev/null || echo no python3)."
    say "On Debian or Ubuntu: sudo apt-get install python3 python3-venv; with pyenv: pyenv install 3.12 && pyenv local 3.12"
    exit 1
fi

say "Making $env with $("$python" --version): ${stamp} (about 300 MB to download, a minute or two)"
rm -rf "$env"
"$python" -m venv "$env"
pip() { "$env/bin/python" -m pip --disable-pip-version-check --no-input "$@" >&2; }
if ! { pip install --quiet "${pins[@]}" && pip install --quiet --no-deps "$tf_keras"; }; then
    say "pip could not install ${stamp}: is the network reachable? Run Scripts/keras_env.sh again; nothing half-made is used."
    exit 1
fi
if ! complaint=$(TF_CPP_MIN_LOG_LEVEL=3 "$env/bin/python" -c 'import keras, tf_keras, h5py' 2>&1); then
    say "Keras was installed but does not start: ${complaint##*$'\n'}"
    exit 1
fi
printf '%s\n' "$stamp" >"$env/pins"
say "$env is ready."
