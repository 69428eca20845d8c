#!/usr/bin/env bash
# Runs the whole suite under AddressSanitizer, leaks included, then under ThreadSanitizer. An hour on two cores, most of it
# building; each sanitizer has a build folder of its own.
#
#     Scripts/sanitize.sh [address|thread [FILTER]]      one sanitizer; and which tests, as `swift test --filter` takes it
#
# The stress test goes on for KERAS_BRIDGE_STRESS_SECONDS, 60 by default.
set -euo pipefail
cd "$(dirname "$0")/.."

sanitizers=${1:-address thread}
export SWIFT_BACKTRACE=enable=no
export KERAS_BRIDGE_STRESS_SECONDS=${KERAS_BRIDGE_STRESS_SECONDS:-60}
export LSAN_OPTIONS=suppressions=$PWD/Scripts/leaks_of_others.txt:print_suppressions=0
export TSAN_OPTIONS=suppressions=$PWD/Scripts/races_of_others.txt:halt_on_error=0

for sanitizer in $sanitizers; do
    echo "== $sanitizer"
    export KERAS_BRIDGE_SANITIZER=$sanitizer
    # Optimized, because sanitized arithmetic without is too slow.
    swift test -c release --sanitize="$sanitizer" --scratch-path ".build-$sanitizer" \
        -Xswiftc -enable-testing --filter "${2:-.}"
done
