#!/usr/bin/env bash
# Draws every picture that training has to offer, for a person to look at: curves, confusions, misread digits, the network,
# its filters and what its layers make of a digit, as SVG and PNG. A minute.
#
#     Scripts/training_pictures.sh FOLDER
set -euo pipefail
folder=$(realpath -m "${1:?a folder for the pictures}")
cd "$(dirname "$0")/.."
mkdir -p "$folder"
kb=${KERAS_BRIDGE:-}
if [ -z "$kb" ]; then
    swift build -c release --product keras-bridge >&2
    kb=$PWD/.build/release/keras-bridge
fi
model="$folder/digits.keras"

for ending in svg png; do
    "$kb" train --architecture mnist-cnn --data embedded --epochs 5 --validation-split 0.1 --seed 1 \
        --optimizer adam --learning-rate 0.001 --learning-rate-schedule one-cycle --plot "$folder/history.$ending" \
        -o "$model" --force
    "$kb" evaluate "$model" --data embedded --confusion "$folder/confusion.$ending" --errors "$folder/errors.$ending" --force
    for subject in model filters activations; do
        data=()
        [ "$subject" != activations ] || data=(--data embedded --sample 7)
        "$kb" plot "$model" "$subject" "${data[@]}" -o "$folder/$subject.$ending" --force
    done
done
"$kb" plot "$model" activations --data embedded --sample 7 --dark -o "$folder/activations-dark.png" --force
