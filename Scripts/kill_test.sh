#!/usr/bin/env bash
# Kills keras-bridge while it saves, fills its disk and breaks its writes: the old file must stay whole.
#
#     Scripts/kill_test.sh [KILLS] [BINARY]      200 kills and the release build by default
set -euo pipefail
cd "$(dirname "$0")/.."

kills=${1:-200}
binary=$(realpath "${2:-.build/release/keras-bridge}")
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
failed=0
complain() {
    echo "FAILED: $*" >&2
    failed=$((failed + 1))
}
kb() { "$binary" "$@" >/dev/null 2>"$folder/stderr"; }
whole() { "$binary" doctor "$1" --no-untrusted >/dev/null 2>&1; }
strays() { find "$folder" -name '.*.saving-*' | wc -l; }

# Files to save: large enough for a kill to hit the writing, one in each format.
cp Fixtures/keras/keras3-small.keras "$folder/small.keras"
cat >"$folder/wide.json" <<'JSON'
{"class_name": "Sequential", "config": {"name": "wide", "layers": [
  {"class_name": "InputLayer", "config": {"name": "in", "batch_shape": [null, 28, 28, 1]}},
  {"class_name": "Flatten", "config": {"name": "flat"}},
  {"class_name": "Dense", "config": {"name": "a", "units": 1000, "activation": "relu"}},
  {"class_name": "Dense", "config": {"name": "b", "units": 10, "activation": "softmax"}}]}}
JSON
kb train --architecture "$folder/wide.json" --data embedded --epochs 1 --batch-size 1000 -o "$folder/wide.keras"

echo "== kill -9 while saving"
survived=0 old=0 new=0 killed=0 left=0
for ending in keras h5 weights.h5; do
    target="$folder/target.$ending"
    kb convert "$folder/wide.keras" -o "$target" --no-optimizer
    cp "$target" "$folder/first"
    kb convert "$folder/wide.keras" -o "$folder/second.$ending" --keras 2
    started=$(date +%s%N)
    kb convert "$folder/wide.keras" -o "$target" --keras 2 --force
    duration=$((($(date +%s%N) - started) / 1000))
    for ((i = 0; i < (kills + 2) / 3; i++)); do
        cp "$folder/first" "$target"
        "$binary" convert "$folder/wide.keras" -o "$target" --keras 2 --force >/dev/null 2>&1 &
        child=$!
        if ((i % 3 == 0)); then
            # Anywhere in the run.
            moment=$(((RANDOM * 32768 + RANDOM) % duration))
            sleep "$(printf '0.%06d' $((moment < 999999 ? moment : 999999)))"
        else
            # As soon as the new file is begun, or a few milliseconds later, until it is in place.
            until compgen -G "$folder/.target.$ending.saving-*" >/dev/null || ! kill -0 "$child" 2>/dev/null; do :; done
            ((i % 3 == 1)) || sleep "0.00$((RANDOM % 10))"
        fi
        kill -9 "$child" 2>/dev/null && killed=$((killed + 1))
        wait "$child" 2>/dev/null || true
        if cmp -s "$target" "$folder/first"; then
            old=$((old + 1)) survived=$((survived + 1))
        elif cmp -s "$target" "$folder/second.$ending"; then
            new=$((new + 1)) survived=$((survived + 1))
        else
            complain "kill $i while writing $ending left neither the old file nor the new one"
        fi
        left=$((left + $(strays)))
        # The next run sweeps what the killed one left.
        if (($(strays) > 0)); then
            kb convert "$folder/wide.keras" -o "$target" --force || complain "the next run: $(cat "$folder/stderr")"
            (($(strays) == 0)) || complain "a stray temporary survived the next run"
        fi
    done
done
echo "$survived whole files after $((((kills + 2) / 3) * 3)) tries, $killed killed in time: $old old, $new new;" \
    "$left temporaries left behind, all swept by the next run"

echo "== kill -9 while training writes checkpoints"
checkpoints=0
kb train --architecture "$folder/wide.json" --data embedded --epochs 1 --batch-size 1000 \
    --checkpoint "$folder/check.keras" -o "$folder/trained.keras"
for ((i = 0; i < (kills + 9) / 10; i++)); do
    "$binary" train --architecture "$folder/wide.json" --data embedded --epochs 1000 --batch-size 1000 \
        --checkpoint "$folder/check.keras" --resume --force -o "$folder/trained.keras" >/dev/null 2>&1 &
    child=$!
    sleep "$((RANDOM % 2)).$((RANDOM % 10))$((RANDOM % 10))"
    kill -9 "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
    whole "$folder/check.keras" || complain "kill $i left a checkpoint that cannot be read"
    checkpoints=$((checkpoints + 1))
done
# What the last one left, the next file in its place sweeps.
kb convert "$folder/small.keras" -o "$folder/check.keras" --force || complain "the next run: $(cat "$folder/stderr")"
(($(strays) == 0)) || complain "a stray temporary of a checkpoint survived the next run"
echo "$checkpoints checkpoints whole after $(((kills + 9) / 10)) kills"

echo "== writes that fail"
cc -shared -fPIC -O2 -o "$folder/failing_writes.so" Scripts/failing_writes.c -ldl
broken=0
cp "$folder/small.keras" "$folder/target.keras"
for fault in "write 28" "write 5" "fsync 5" "rename 30" "open 28"; do
    read -r call number <<<"$fault"
    for ((n = 1; n <= 40; n++)); do
        status=0
        # wide.keras has 3 MB: some 800 writes of 4 KiB, of which every twentieth fails here.
        LD_PRELOAD="$folder/failing_writes.so" FAIL_CALL=$call FAIL_WITH=$number FAIL_AT=$((n == 1 ? 1 : n * 20)) \
            "$binary" convert "$folder/wide.keras" -o "$folder/target.keras" --no-optimizer --force \
            >/dev/null 2>"$folder/stderr" || status=$?
        if ((status == 0)); then
            ((n > 1)) || [ "$call" = fsync ] || complain "$call $n did not fail"
            cp "$folder/small.keras" "$folder/target.keras"
            break
        fi
        broken=$((broken + 1))
        ((status == 74)) || complain "$call $n failed with status $status, not 74: $(cat "$folder/stderr")"
        grep -q "target.keras" "$folder/stderr" || complain "$call $n: the error names no file"
        cmp -s "$folder/small.keras" "$folder/target.keras" || complain "$call $n changed the old file"
        (($(strays) == 0)) || complain "$call $n left a temporary"
    done
done
echo "$broken failed calls (write, fsync, rename, open), each an error with status 74 and the old file whole"

echo "== full disk, read-only folder"
status=0
# A limit that ThreadSanitizer's own start, which writes half a MiB, stays below.
(ulimit -f 1100; "$binary" convert "$folder/wide.keras" -o "$folder/target.keras" --force) >/dev/null 2>&1 || status=$?
((status == 74)) || complain "a full disk ended with status $status"
cmp -s "$folder/small.keras" "$folder/target.keras" || complain "a full disk changed the old file"
full="stood in for by a limit on file sizes"
mkdir "$folder/tiny"
if mount -t tmpfs -o size=1m tmpfs "$folder/tiny" 2>/dev/null; then
    full="and a tmpfs of 1 MiB"
    cp "$folder/small.keras" "$folder/tiny/target.keras"
    status=0
    kb convert "$folder/wide.keras" -o "$folder/tiny/target.keras" --force || status=$?
    ((status == 74)) || complain "a full tmpfs ended with status $status"
    cmp -s "$folder/small.keras" "$folder/tiny/target.keras" || complain "a full tmpfs changed the old file"
    (($(strays) == 0)) || complain "a full tmpfs kept a temporary"
    umount "$folder/tiny"
fi
readonly="a read-only folder"
mkdir "$folder/locked"
chmod a-w "$folder/locked"
if [ "$(id -u)" = 0 ]; then
    readonly="a folder in /proc (root may write anywhere else)"
    locked=/proc
else
    locked="$folder/locked"
fi
status=0
kb convert "$folder/small.keras" -o "$locked/out.keras" || status=$?
((status == 74)) || complain "$readonly ended with status $status"
echo "a full disk ($full) and $readonly: status 74, the old file whole"

((failed == 0)) || {
    echo "$failed checks failed" >&2
    exit 1
}
echo "every old file stayed whole"
