#!/usr/bin/env bash
# Fuzzes every parser: libFuzzer under AddressSanitizer, then damaged copies of whole files.
#
#     Scripts/fuzz.sh [SECONDS [MUTANTS]]      for each target; 60 seconds and 10,000 mutants by default
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
mutants=${2:-10000}
# A trap under AddressSanitizer would wait for a backtracer for minutes.
export SWIFT_BACKTRACE=enable=no
# Swift's runtime keeps metadata for ever; leaks are looked for by Scripts/sanitize.sh, in tests that end.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1

swift build --package-path Fuzz -c release --sanitize=address -Xswiftc -sanitize=fuzzer -Xswiftc -use-ld=lld 2>&1 | tail -3
fuzz=$(swift build --package-path Fuzz -c release --sanitize=address -Xswiftc -sanitize=fuzzer -Xswiftc -use-ld=lld --show-bin-path)/fuzz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
findings=.build/fuzz-findings/
mkdir -p "$findings"

mapfile -t targets < <("$fuzz" targets)
for target in "${targets[@]}"; do
    mkdir "$work/$target" "$work/$target-seeds"
    mapfile -t seeds < <("$fuzz" seeds "$target")
    cp "${seeds[@]}" "$work/$target-seeds"
    "$fuzz" "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=3072 -malloc_limit_mb=1024 \
        -max_len=65536 -artifact_prefix="$findings" -print_final_stats=1 "$work/$target" "$work/$target-seeds" \
        >"$work/log" 2>&1 || {
        tail -40 "$work/log" >&2
        echo "$target: found something, see $findings" >&2
        exit 1
    }
    echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log") runs in $seconds s, 0 findings"
done
((mutants > 0)) || exit 0
for target in "${targets[@]}"; do
    "$fuzz" mutants "$target" "$mutants" 1 "$work/$target-seeds"/*
done
