#!/usr/bin/env bash
# Runs tests under AddressSanitizer, leaks included, and under ThreadSanitizer.
#
#     Scripts/sanitize.sh [FILTER]      which tests, as `swift test --filter` takes it
set -euo pipefail
cd "$(dirname "$0")/.."

filter=${1:-HDF5Tests|KerasFilesTests|TensorsTests}
export SWIFT_BACKTRACE=enable=no
export KERAS_BRIDGE_STRESS_SECONDS=${KERAS_BRIDGE_STRESS_SECONDS:-60}
export LSAN_OPTIONS=suppressions=$PWD/Scripts/leaks_of_others.txt:print_suppressions=0
export TSAN_OPTIONS=suppressions=$PWD/Scripts/races_of_others.txt:halt_on_error=0

for sanitizer in address thread; do
    echo "== $sanitizer"
    # Optimized, because sanitized arithmetic without is too slow.
    swift test -c release --sanitize="$sanitizer" --scratch-path ".build-$sanitizer" \
        -Xswiftc -enable-testing --filter "$filter"
done
