#!/usr/bin/env bash
# Watches keras-bridge by strace while it reads files that name other files and addresses: it must open none of them.
#
#     Scripts/opened_files.sh [BINARY]      the release build by default; status 77 where strace cannot be used
set -euo pipefail
cd "$(dirname "$0")/.."

binary=$(realpath "${1:-.build/release/keras-bridge}")
fixtures=$PWD/Fixtures
if ! command -v strace >/dev/null || ! strace -o /dev/null true 2>/dev/null; then
    echo "strace is missing, or may not watch processes here" >&2
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# What lies ready to be opened, and must not be.
for bait in bait.txt bait.h5 outside.bin types.h5; do echo bait >"$bait"; done
cp "$fixtures"/hdf5/{soft,links,storage}.h5 .

python3 - "$fixtures/keras" <<'PYTHON'
import copy, json, os, shutil, sys, zipfile

fixtures = sys.argv[1]
archive = zipfile.ZipFile(f"{fixtures}/keras3-small.keras")
members = {name: archive.read(name) for name in archive.namelist()}
config = json.loads(members["config.json"])
bait = os.path.abspath("bait.txt")
url = "http://127.0.0.1:9/bait.txt"


def pack(name, members, links=()):
    with zipfile.ZipFile(name, "w") as target:
        for member, content in members.items():
            info = zipfile.ZipInfo()
            info.filename = member
            if member in links:
                info.create_system, info.external_attr = 3, 0o120777 << 16
            target.writestr(info, content)


def with_layer(name, class_name, **options):
    changed = copy.deepcopy(config)
    layer = {
        "module": "keras.layers", "class_name": class_name, "registered_name": None,
        "config": {"name": "strange", **options},
    }
    changed["config"]["layers"].insert(1, layer)
    pack(f"{name}.keras", {**members, "config.json": json.dumps(changed)})
    with open(f"{name}.json", "w") as file:
        json.dump(changed, file)


with_layer("vocabulary", "StringLookup", vocabulary=bait)
with_layer("address", "StringLookup", vocabulary=url)
with_layer("integers", "IntegerLookup", vocabulary=bait)
with_layer("text", "TextVectorization", vocabulary=bait)
with_layer("saved", "TFSMLayer", filepath=os.path.dirname(bait), call_endpoint="serve")
with_layer("code", "Lambda", function={"class_name": "__lambda__", "config": {"code": f"open('{bait}')"}})
with_layer("function", "Lambda", function={
    "module": "keras.utils", "class_name": "function", "config": "get_file", "registered_name": "get_file"})
with_layer("torch", "TorchModuleWrapper", module={"class_name": "torch", "config": {"file": bait}})
with_layer("initializer", "Dense", units=1, kernel_initializer={
    "module": "builtins", "class_name": "function", "config": f"open('{bait}')", "registered_name": "function"})
for number, name in enumerate(["../bait.txt", bait, "assets/../../bait.txt", "a\\..\\bait.txt"]):
    pack(f"outside{number}.keras", {**members, name: "x"})
pack("link.keras", {**members, "assets/link": bait}, links=["assets/link"])
pack("weights-link.keras", {**members, "model.weights.h5": bait}, links=["model.weights.h5"])
pack("without.keras", {name: content for name, content in members.items() if name != "model.weights.h5"})
for number, name in enumerate(["../bait.h5", os.path.abspath("bait.h5"), url, "a/../bait.h5"]):
    with open(f"shards{number}.weights.json", "w") as file:
        json.dump({"metadata": {}, "weight_map": {"/layers/conv/vars": name}}, file)
shutil.copy(f"{fixtures}/keras3-small.json", "plain.json")
PYTHON

# That the watch sees what it should.
strace -f -qq -e trace=openat -o trace cat bait.txt >/dev/null
grep -q bait trace || { echo "strace does not tell what was opened" >&2; exit 1; }

failed=0
watched=0
for file in *.h5 *.keras *.json; do
    case $file in bait.h5 | types.h5 | plain.json) continue ;; esac
    commands=("inspect $file --stats" "doctor $file" "summary $file" "summary $file --architecture plain.json")
    [[ $file != *.json ]] || commands=("doctor $file" "summary $fixtures/keras/keras3-small.weights.h5 --architecture $file")
    [[ $file != *.weights.json ]] || commands=("summary $file --architecture plain.json")
    for command in "${commands[@]}"; do
        status=0
        # shellcheck disable=SC2086
        strace -f -qq -e trace=open,openat,openat2,connect,execve,socket -o trace "$binary" $command \
            >/dev/null 2>stderr || status=$?
        watched=$((watched + 1))
        case $status in 0 | 2 | 65) ;; *)
            echo "FAILED: $command ended with status $status: $(cat stderr)" >&2
            failed=$((failed + 1))
            ;;
        esac
        # Nothing but libraries, the system's own files, this program, and what was named on the command line.
        if grep -E 'AF_INET|execve\(|open' trace | grep -vE 'ENOENT|execve\("(/proc/self/exe|'"$binary"')"' |
            grep -vE '"(/lib|/usr|/etc|/proc|/sys|/dev)[^"]*"|"/[^"]*\.so[.0-9]*"|"'"$(dirname "$binary")"'/[^"]*"' |
            grep -vE '"('"$file"'|plain.json|'"$fixtures"'/keras/keras3-small.weights.h5)"' >found; then
            echo "FAILED: $command opened what it should not:" >&2
            cat found >&2
            failed=$((failed + 1))
        fi
        # Not even a look whether they are there.
        if grep -E 'bait|outside\.bin|types\.h5|AF_INET' trace >&2; then
            echo "FAILED: $command looked for the bait" >&2
            failed=$((failed + 1))
        fi
    done
done
((failed == 0)) || exit 1
echo "$watched runs opened nothing but the files that they were given"
