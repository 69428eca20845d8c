#!/usr/bin/env bash
# Makes random models, reads them and runs them forwards and backwards, under AddressSanitizer and, for the kernels in C,
# UndefinedBehaviorSanitizer, with fresh memory full of NaN. Ends with 1 if one crashes, hangs or computes nonsense.
#
#     Scripts/fuzz_models.sh [MODELS [ARGUMENT…]]      20,000 by default; arguments of Scripts/fuzz_models.py
set -euo pipefail
cd "$(dirname "$0")/.."

# What AddressSanitizer does not see. Checks of each pointer too would take the kernels' compiler half an hour.
checks=signed-integer-overflow,shift,integer-divide-by-zero,bounds,float-cast-overflow,unreachable,return,vla-bound
undefined=(-Xcc -fsanitize=$checks -Xcc -fno-sanitize-recover=$checks)
build=(swift build -c release --sanitize=address --scratch-path .build-fuzz-asan --product fuzz-models
    -Xswiftc -DFRESH_MEMORY "${undefined[@]}")
"${build[@]}" 2>&1 | tail -3
exec python3 Scripts/fuzz_models.py "$("${build[@]}" --show-bin-path)/fuzz-models" "$@"
