#!/usr/bin/env bash
# Runs the tests that hold the runtime against Keras and against plain arithmetic on every instruction set, one after
# another: each reads KERAS_BRIDGE_ISA. Half an hour on two cores, and ten minutes of building where AVX-512 is emulated.
#
#     Scripts/every_isa.sh [FILTER]      which tests, as `swift test --filter` takes it
#
# Where an x86 machine has no AVX-512, its kernels are compiled to instructions of AVX2, in a build folder of their own:
# the same source, blocks and order of sums, sixteen lanes as two registers of eight.
set -euo pipefail
cd "$(dirname "$0")/.."

filter=${1:-BorderTests|NetworkTests|ParityTests|RuntimeTests|TensorsTests|TrainingTests}
swift build -c release --build-tests
for isa in reference neon avx2 avx512 amx; do
    if KERAS_BRIDGE_ISA=$isa .build/release/keras-bridge summary Fixtures/models/digits.keras >/dev/null 2>&1; then
        printf '\n== %s\n' "$isa"
        KERAS_BRIDGE_ISA=$isa swift test -c release --skip-build --filter "$filter"
    elif [ "$isa" = avx512 ] && [ "$(uname -m)" = x86_64 ]; then
        printf '\n== %s, emulated\n' "$isa"
        KERAS_BRIDGE_ISA=$isa swift test -c release --scratch-path .build-avx512 \
            -Xcc -DCK_EMULATED_AVX512 -Xcc -Wno-psabi --filter "$filter"
    else
        printf '\n== %s: not on this machine\n' "$isa"
    fi
done
