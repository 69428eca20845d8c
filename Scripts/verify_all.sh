#!/usr/bin/env bash
# Runs `verify` over folders of Keras files and counts: equal, different, not run and why.
#
#   Scripts/verify_all.sh FOLDER…          such as $KERAS_BRIDGE_SHARED/data/keras-samples
#
# Each file meets the Keras that it was written for, Keras 3 or tf_keras. A file that no living Keras loads meets the
# outputs stored beside it: STEM.x*.npy and STEM.y*.npy, or FILE's io.json with inputs and output. Files of weights alone
# take their architecture from STEM.arch.json, or from the whole model of the same name. Ends with 2 where one differs.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
kb=${KERAS_BRIDGE:-$root/.build/release/keras-bridge}
if [ $# -eq 0 ] || [ ! -x "$kb" ]; then
    echo "usage: Scripts/verify_all.sh FOLDER…   (after: swift build -c release)" >&2
    exit 64
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
live=0 stored=0 half=0 different=0 unread=0 alone=0

# Prints the architecture that belongs to a file of weights.
architecture_of() {
    local base=${1%.*} stem
    base=${base%.weights}
    stem=$(stem_of "$1")
    for candidate in "$stem.arch.json" "${base%-weights}.keras" "${base%-weights}.h5" "${base%-weights}.json" \
        "${base%-legacyweights}.keras" "${base%-sharded}-adam.keras"; do
        if [ -e "$candidate" ] && [ "$candidate" != "$1" ]; then
            echo "$candidate"
            return
        fi
    done
}

# FOLDER/NAME.weights.h5 → FOLDER/NAME_weights_h5
stem_of() {
    local folder=${1%/*} name=${1##*/}
    for ending in weights.h5 keras hdf5 h5; do
        if [ "${name%".$ending"}" != "$name" ]; then
            echo "$folder/${name%".$ending"}_${ending//./_}"
            return
        fi
    done
}

# Writes x*.npy and y.npy from an io.json; needs a python3 with NumPy.
unpack_io() {
    "${KERAS_BRIDGE_PYTHON:-python3}" - "$1" "$work" <<'P'
import json, sys
import numpy as np
stored = json.load(open(sys.argv[1]))
def save(name, v): np.save(f"{sys.argv[2]}/{name}.npy", np.array(v["data"], "float32").reshape(v["shape"]))
for number, value in enumerate(stored["inputs"]): save(f"x{number}", value)
save("y", stored["output"])
P
}

for folder in "$@"; do
    for file in "$folder"/*.keras "$folder"/*.h5 "$folder"/*.hdf5 "$folder"/*.weights.json; do
        [ -e "$file" ] || continue
        # The parts of a file in several pieces are named by its index.
        [[ $file =~ _[0-9]{5}\.weights\.h5$ ]] && continue
        name=${file##*/}
        options=()
        if ! message=$("$kb" summary "$file" --json 2>&1 >/dev/null); then
            architecture=$(architecture_of "$file")
            if [ -n "$architecture" ]; then options=(--architecture "$architecture"); fi
            if ! message=$("$kb" summary "$file" "${options[@]}" --json 2>&1 >/dev/null); then
                unread=$((unread + 1))
                printf 'not read   %s\n           %s\n' "$name" "$(head -1 <<<"${message#*error: }" | cut -c1-160)"
                continue
            fi
        fi
        stem=$(stem_of "$file")
        inputs=("$stem".x*.npy)
        [ -e "${inputs[0]}" ] || inputs=()
        outputs=("$stem".y_tfkeras.npy)
        [ -e "${outputs[0]}" ] || outputs=("$stem".y.npy "$stem".y[0-9].npy)
        existing=()
        for output in "${outputs[@]}"; do [ -e "$output" ] && existing+=("$output"); done
        base=${file%.*}
        base=${base%.weights}
        base=${base%-weights}
        if [ ${#inputs[@]} -eq 0 ] && [ -e "$base.io.json" ] && unpack_io "$base.io.json"; then
            inputs=("$work"/x*.npy)
            existing=("$work/y.npy")
        fi
        given=()
        [ ${#inputs[@]} -gt 0 ] && given=(--input "${inputs[@]}")

        result=$("$kb" verify "$file" "${options[@]}" --against keras "${given[@]}" 2>"$work/error")
        status=$?
        how=live
        if [ $status -ne 0 ] && [ $status -ne 2 ] && [ ${#inputs[@]} -gt 0 ] && [ ${#existing[@]} -gt 0 ]; then
            result=$("$kb" verify "$file" "${options[@]}" --reference "${existing[@]}" --input "${inputs[@]}" 2>"$work/error2")
            status=$?
            how=stored
        fi
        # What half precision cannot hold it cannot: once more, with its own tolerance.
        if [ $status -eq 2 ] && grep -q 'hint: .*float16' <<<"$result"; then
            result=$("$kb" verify "$file" "${options[@]}" --against keras "${given[@]}" --atol 1e-2 2>"$work/error")
            status=$?
            how=half
        fi
        rm -f "$work"/*.npy
        case $status in
        0)
            case $how in
            live) live=$((live + 1)) ;;
            stored) stored=$((stored + 1)) ;;
            half) half=$((half + 1)) ;;
            esac
            printf '%-10s %s  %s\n' "equal" "$name" "$(head -1 <<<"$result" | sed 's/.*against //; s/ of .*//')$([ $how = half ] && echo ', half precision: --atol 1e-2')"
            [ $how = stored ] && printf '           %s\n' "$(grep -m1 -v '^starting\|^keras-bridge: warning' "$work/error" | cut -c1-160)"
            ;;
        2)
            different=$((different + 1))
            printf 'DIFFERENT  %s\n%s\n' "$name" "$result"
            ;;
        *)
            alone=$((alone + 1))
            printf 'no Keras   %s\n           %s\n' "$name" "$(grep -m1 -v '^starting\|^keras-bridge: warning' "$work/error" | cut -c1-160)"
            ;;
        esac
    done
done
echo
echo "$((live + stored + half)) equal ($live against a living Keras, $stored against stored outputs," \
    "$half in half precision at atol 1e-2), $different different," \
    "$alone read but no Keras opens them and nothing is stored, $unread not read"
[ $different -eq 0 ] || exit 2
