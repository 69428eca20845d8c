#!/usr/bin/env bash
# Sets up what the tests need, then formats, builds and tests. The same here and in CI.
#
#     Scripts/test.sh                  everything that needs nothing beside this folder, as on a newcomer's machine
#     Scripts/test.sh --shared         only the suites that use the folder that KERAS_BRIDGE_SHARED names
#     Scripts/test.sh ARGUMENTS…       the arguments go on to `swift test`; without the steps after it
#
# Tests are one program: `--shared` builds the same, and nothing anew after the others have run.
set -euo pipefail

shared=
if [ "${1:-}" = --shared ]; then
    if [ $# -ne 1 ] || [ ! -d "${KERAS_BRIDGE_SHARED:-}/data" ]; then
        echo "usage: KERAS_BRIDGE_SHARED=FOLDER Scripts/test.sh --shared   (FOLDER holds data/; see Documentation/Contributing.md)" >&2
        exit 64
    fi
    shared=$(cd "$KERAS_BRIDGE_SHARED" && pwd)
fi

cd "$(dirname "$0")/.."
source Scripts/steps.sh

if [ -n "$shared" ]; then
    step "System packages"
    Scripts/system_packages.sh
    step "Build (release)"
    swift build -c release --build-tests
    step "Test with the shared folder (release)"
    # A test checks that every suite which uses the folder is called so.
    KERAS_BRIDGE_SHARED=$shared swift test -c release --skip-build --filter '[./]Shared[A-Za-z0-9]*Tests/'
    exit 0
fi

# As a newcomer, whatever this machine has.
[ $# -gt 0 ] || unset KERAS_BRIDGE_SHARED

step "System packages"
Scripts/system_packages.sh
step "Keras environment (.keras-env)"
Scripts/keras_env.sh
step "Format"
Scripts/format.sh --check
step "Build (release)"
swift build -c release --build-tests
step "Size"
Scripts/size_report.sh
step "Test (release)"
# Without --skip-build everything is built anew, for @testable, which no test needs.
swift test -c release --skip-build "$@"
[ $# -eq 0 ] || exit 0
step "Damaged files"
Scripts/mutate.py 50
if [ -x /usr/bin/chromium ] && [ -x /usr/bin/chromedriver ]; then
    step "The digit app in a browser"
    Scripts/browser_test.py
fi
